"""Every command line of the two documents for phases, flags and scripts (rows U1-U3, U6, U7), run in examples/homelab:
what it must have done to a file, an object or a record, and its exit code.

Simulated nodes are enough for all of them. On real pods: what http, dns and a chart's tests find in
test_real_checks.py, what `--cache-images` does in test_real_images.py. Lines that break something first put it right
again. One line is carried out by a Python of its own, the others by one that is forked (see forked.py).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from e2e.documented import COLD, RESULTS, Line, World, make_world, nothing
from e2e.rig import Finished
from fairlead.model.local_cluster import LocalCluster
from tls_material import make_certificate, tls_secret

pytestmark = [pytest.mark.e2e, pytest.mark.own_cluster]

DEPLOY = "scripts/deployment/deploy-unified.sh"
HOST = "podinfo.homelab.example.test"
PHASES = ["validate", "provision", "deploy", "secure", "test"]


# -- what is broken or prepared before a line


def more_pages(world: World) -> None:
    """A change of the repository that a deployment would make."""
    overlay = world.clone.folder / "clusters/local/applications/podinfo/kustomization.yaml"
    overlay.write_text(overlay.read_text() + "\nreplicas: [{name: pages, count: 4}]\n")


def more_outputs(world: World) -> None:
    root = world.clone.folder / "terraform/main.tf"
    root.write_text(root.read_text() + '\noutput "added" { value = "new" }\n')


def no_cluster(world: World) -> None:
    def away(data: dict[str, Any]) -> None:
        for environment in data["environments"].values():
            environment["cluster"] = {"driver": "context", "kubeconfig": "/nowhere", "context": "away"}

    world.edit_project(away)


def no_pages(world: World) -> None:
    world.clone.kubectl("delete", "deployment", "pages", "-n", "pages")


def other_version(world: World) -> None:
    world.edit_project(lambda data: data["environments"]["local"].update(kubernetes="1.31"))


def locked_state(world: World) -> None:
    hold_state(world, "somebody")


def hold_state(world: World, holder: str | None) -> None:
    patch = json.dumps({"spec": {"holderIdentity": holder}})
    world.clone.kubectl("patch", state_lock(world), "-n", "fairlead-system", "--type=merge", "-p", patch)


def state_lock(world: World) -> str:
    leases = world.clone.kubectl("get", "leases", "-n", "fairlead-system", "-o", "name").split()
    (found,) = [lease for lease in leases if "lock-tfstate-default" in lease]
    return found


def pod_of_root(world: World) -> None:
    patch = json.dumps({"spec": {"template": {"spec": {"hostPID": True}}}})
    world.clone.kubectl("patch", "deploy", "pages", "-n", "pages", "-p", patch)


def no_pod_of_root(world: World) -> None:
    """What nobody states is nobody's to take back, so a deployment leaves it."""
    patch = json.dumps({"spec": {"template": {"spec": {"hostPID": None}}}})
    world.clone.kubectl("patch", "deploy", "pages", "-n", "pages", "-p", patch)
    world.clone.kubectl("rollout", "status", "deploy/pages", "-n", "pages", "--timeout=120s")


def no_certificate(world: World) -> None:
    world.clone.kubectl("delete", "secret", "podinfo-tls", "-n", "podinfo")


def issued(world: World) -> None:
    put_certificate(world, days=90)


def expired(world: World) -> None:
    put_certificate(world, days=-2)


def put_certificate(world: World, *, days: float) -> None:
    """As cert-manager would: on simulated nodes nobody issues."""
    made = make_certificate("podinfo", hosts=hosts_of(world), days=days, age=30)
    secret = tls_secret("podinfo-tls", made, namespace="podinfo")
    world.clone.kubectl("apply", "-f", "-", stdin=yaml.safe_dump(secret))


def hosts_of(world: World) -> list[str]:
    ingress = world.get("ingress", "podinfo", "-n", "podinfo")
    return [host for entry in ingress["spec"]["tls"] for host in entry["hosts"]]


# -- what a line must have done


def five_phases_and_releases(world: World, _: Finished) -> None:
    run = world.run_state()
    assert run["state"] == "succeeded"
    assert [phase["phase"] for phase in run["phases"]] == PHASES
    releases = world.get("secrets", "-A", "-l", "owner=helm,status=deployed")["items"]
    assert {"podinfo", "gateway", "prometheus"} <= {secret["metadata"]["labels"]["name"] for secret in releases}


def terraform_is_left_alone(world: World, _: Finished) -> None:
    assert world.run_state()["left_out"] == ["phase provision: --skip-terraform"]
    assert not [name for _, resource, _, name in world.writes() if resource == "secrets" and "tfstate" in name]


def releases_are_left_alone(world: World, _: Finished) -> None:
    assert world.get("deployment", "pages", "-n", "pages")["spec"]["replicas"] == 1
    assert world.run_state()["left_out"] == ["phase deploy: --skip-helmfile"]


def no_test_ran(world: World, _: Finished) -> None:
    assert world.run_state()["left_out"] == ["phase test: --skip-tests"]
    assert not [write for write in world.writes() if write[1] == "jobs"]


def nothing_is_written(world: World, _: Finished) -> None:
    assert world.writes() == []


def plan_without_cluster(world: World, done: Finished) -> None:
    nothing_is_written(world, done)
    assert "cluster not observed" in done.out
    assert "release podinfo" in done.out or "podinfo" in done.out


def requests_are_told(_: World, done: Finished) -> None:
    assert "debug: GET /version: 200 after " in done.err


def steps_overlap(world: World, _: Finished) -> None:
    running: set[str] = set()
    most = 0
    for event in map(json.loads, (world.clone.folder / "events.jsonl").read_text().splitlines()):
        if event["kind"] == "step-started":
            running.add(event["step"])
        elif event["kind"] == "step-ended":
            running.discard(event["step"])
        most = max(most, len(running))
    assert most > 1


def unchanged_is_passed_over(world: World, done: Finished) -> None:
    assert "input as recorded" in done.err
    nothing_is_written(world, done)


def images_come_first(world: World, done: Finished) -> None:
    result = world.run_state()["steps"]["deploy/images"]["result"]
    assert result["reason"].endswith("images not fetched: the nodes are simulated")
    assert done.err.index("deploy/images: ") < done.err.index("> pages")


def closed_meanwhile(world: World, done: Finished) -> None:
    """Scaled, announced, and open again with everything as it was."""
    closed = world.run_state()["steps"]["maintenance/close"]["result"]
    assert closed["reason"] == "closed to other deployments, 1 workload scaled"
    assert "local is open again" in done.err
    written = [(verb, resource) for verb, resource, _, _ in world.writes()]
    assert ("delete", "configmaps") in written
    assert written.count(("update", "deployments")) == 2  # down, and up again
    assert world.get("deployment", "pages", "-n", "pages")["spec"]["replicas"] == 1
    assert not world.exists("configmap", "fairlead-maintenance", "-n", "pages")
    assert world.run_state()["state"] == "succeeded"


def only_pages_moved(world: World, _: Finished) -> None:
    assert world.get("deployment", "pages", "-n", "pages")["spec"]["replicas"] == 4
    steps = world.run_state()["steps"]
    assert "pages" in steps
    assert "podinfo" not in steps


def last_words_were_a_test(world: World, done: Finished) -> None:
    assert world.run_state()["steps"]["test/command"]["result"]["outcome"] == "passed"
    assert world.results()["test/rollouts"] == "passed"  # of the script itself


def last_words_turned_it_red(world: World, done: Finished) -> None:
    assert world.run_state()["steps"]["test/command"]["result"]["outcome"] == "failed"
    assert "false ended with 1" in done.out


def gates_refuse(world: World, done: Finished) -> None:
    assert "the gates of production are not evaluated yet" in done.err
    nothing_is_written(world, done)


def is_asked_for_an_environment(_: World, done: Finished) -> None:
    assert "which environment?" in done.err
    assert "local, staging, production" in done.err


def unknown_environment(_: World, done: Finished) -> None:
    assert "unknown environment: nowhere" in done.err


def everything_before_a_deployment(world: World, done: Finished) -> None:
    nothing_is_written(world, done)
    for words in ("helm 4.", "kustomize 5.", "tofu 1.", "platform: 0 resources would change", "nodes ready, simulated"):
        assert words in done.out, words
    assert "schemas of Kubernetes 1.34" in done.out


def version_is_refused(_: World, done: Finished) -> None:
    assert "the environment states kubernetes 1.31" in done.out


def lock_is_named(world: World, done: Finished) -> None:
    hold_state(world, None)
    assert "platform: its state is locked" in done.out


def cluster_does_not_answer(_: World, done: Finished) -> None:
    assert "the kubeconfig /nowhere does not exist" in done.err


def json_alone(world: World, done: Finished) -> None:
    steps = json.loads(done.out)["run"]["steps"]
    assert steps["test/rollouts"]["result"]["outcome"] == "passed"
    assert set(world.results()) == set(steps)


def junit_alone(world: World, done: Finished) -> None:
    assert ET.fromstring(done.out).tag == "testsuites"
    assert done.out.strip() == (world.clone.folder / RESULTS).read_text().strip()


def red_in_both(world: World, done: Finished) -> None:
    result = json.loads(done.out)["run"]["steps"]["test/rollouts"]["result"]
    assert "Deployment pages/pages is gone" in result["reason"]
    assert world.results()["test/rollouts"] == "failed"


def every_test_ran(world: World, _: Finished) -> None:
    results = world.results()
    assert results["test/rollouts"] == "passed"
    assert results["cache-keeps"] == "passed"
    assert results["podinfo-answers"] == "skipped"  # not evaluated: nodes are simulated


def stated_tests_ran(world: World, _: Finished) -> None:
    assert "cache-keeps" in world.results()
    assert "test/rollouts" not in world.results()


def only_looked(world: World, done: Finished) -> None:
    assert world.results()["test/rollouts"] == "passed"
    assert "cache-keeps" not in world.results()
    nothing_is_written(world, done)


def pods_are_gone(world: World, _: Finished) -> None:
    assert world.results()["test/rollouts"] == "failed"


def policies_hold(world: World, done: Finished) -> None:
    assert "objects at level baseline" in done.out
    assert "RBAC of " in done.out
    nothing_is_written(world, done)


def pod_is_named(_: World, done: Finished) -> None:
    assert "Deployment pages/pages: the pod: hostPID must not be true" in done.out


def tls_is_in_order(_: World, done: Finished) -> None:
    assert "Ingresses and Gateways" in done.out
    assert "certificates in " in done.out


def certificates_last(_: World, done: Finished) -> None:
    assert "the first to expire is Secret podinfo/podinfo-tls on " in done.out


def certificate_is_named(_: World, done: Finished) -> None:
    assert "Secret podinfo/podinfo-tls: the certificate CN=podinfo expired on " in done.out


DEV = "--environment development"
VALIDATE = "python3 scripts/testing/validate_deployment.py"
REPORTER = "python3 scripts/testing/test_reporter.py"
POLICIES = "python3 scripts/security/security-policy-compliance-checks.py"
TLS = "python3 scripts/security/tls-configuration-validation.py --check-all"
EXPIRY = "python3 scripts/security/certificate-expiry-monitoring.py --check-expiry"

LINES = [
    # U1
    Line(name="deploy", line=f"{DEPLOY} {DEV}", effect=five_phases_and_releases),
    # U2
    Line(
        name="skip-terraform",
        line=f"{DEPLOY} {DEV} --skip-terraform",
        prepare=more_outputs,
        effect=terraform_is_left_alone,
    ),
    Line(
        name="skip-helmfile",
        line=f"{DEPLOY} {DEV} --skip-helmfile",
        prepare=more_pages,
        effect=releases_are_left_alone,
    ),
    Line(name="skip-tests", line=f"{DEPLOY} {DEV} --skip-tests", environ={"FAIRLEAD": COLD}, effect=no_test_ran),
    Line(name="dry-run", line=f"{DEPLOY} {DEV} --dry-run", prepare=more_pages, effect=nothing_is_written),
    Line(
        name="dry-run-without-cluster",
        line=f"{DEPLOY} {DEV} --dry-run",
        prepare=no_cluster,
        effect=plan_without_cluster,
    ),
    Line(
        name="dry-run-staging",
        line=f"{DEPLOY} --environment staging --dry-run",
        prepare=no_cluster,
        effect=plan_without_cluster,
    ),
    Line(
        name="dry-run-production",
        line=f"{DEPLOY} --environment production --dry-run",
        prepare=no_cluster,
        effect=plan_without_cluster,
    ),
    Line(name="production", line=f"{DEPLOY} --environment production", code=3, effect=gates_refuse),
    Line(name="debug", line=f"{DEPLOY} {DEV} --debug", effect=requests_are_told),
    Line(name="debug-by-variable", line=f"DEBUG=true {DEPLOY} {DEV}", effect=requests_are_told),
    Line(name="parallel", line=f"{DEPLOY} {DEV} --parallel --events-file events.jsonl", effect=steps_overlap),
    Line(name="incremental", line=f"{DEPLOY} {DEV} --incremental", effect=unchanged_is_passed_over),
    Line(
        name="cache-images",
        line=f"{DEPLOY} {DEV} --cache-images",
        prepare=more_pages,
        moves_pages=True,
        effect=images_come_first,
    ),
    Line(name="maintenance-mode", line=f"{DEPLOY} {DEV} --maintenance-mode", effect=closed_meanwhile),
    Line(
        name="component-only",
        line=f"{DEPLOY} {DEV} --skip-terraform --skip-tests --selector pages",
        prepare=more_pages,
        moves_pages=True,
        effect=only_pages_moved,
    ),
    Line(
        name="words-after-the-flags",
        line=f"{DEPLOY} {DEV} --skip-terraform python3 scripts/testing/staging_validation.py",
        effect=last_words_were_a_test,
    ),
    Line(
        name="words-after-the-flags-that-fail",
        line=f"{DEPLOY} {DEV} --skip-terraform false",
        code=1,
        effect=last_words_turned_it_red,
    ),
    Line(name="no-environment", line=DEPLOY, code=4, effect=is_asked_for_an_environment),
    Line(name="unknown-environment", line=f"{DEPLOY} --environment nowhere", code=4, effect=unknown_environment),
    # U3
    Line(name="validate", line=f"{VALIDATE} --pre-deployment {DEV}", effect=everything_before_a_deployment),
    Line(
        name="validate-by-variable",
        line=f"{VALIDATE} --pre-deployment",
        environ={"FAIRLEAD_ENVIRONMENT": "development"},
        effect=everything_before_a_deployment,
    ),
    Line(
        name="validate-without-environment",
        line=f"{VALIDATE} --pre-deployment",
        code=4,
        effect=is_asked_for_an_environment,
    ),
    Line(
        name="validate-other-version",
        line=f"{VALIDATE} --pre-deployment {DEV}",
        prepare=other_version,
        code=1,
        effect=version_is_refused,
    ),
    Line(
        name="validate-locked-state",
        line=f"{VALIDATE} --pre-deployment {DEV}",
        prepare=locked_state,
        code=1,
        effect=lock_is_named,
    ),
    Line(
        name="validate-without-cluster",
        line=f"{VALIDATE} --pre-deployment {DEV}",
        prepare=no_cluster,
        code=4,
        effect=cluster_does_not_answer,
    ),
    # U6
    Line(name="policies", line=f"{POLICIES} {DEV}", effect=policies_hold),
    Line(
        name="policies-broken",
        line=f"{POLICIES} {DEV}",
        prepare=pod_of_root,
        undo=no_pod_of_root,
        code=1,
        effect=pod_is_named,
    ),
    Line(name="tls", line=f"{TLS} {DEV}", prepare=issued, undo=no_certificate, effect=tls_is_in_order),
    Line(
        name="tls-broken",
        line=f"{TLS} {DEV}",
        prepare=expired,
        undo=no_certificate,
        code=1,
        effect=certificate_is_named,
    ),
    Line(name="expiry", line=f"{EXPIRY} {DEV}", prepare=issued, undo=no_certificate, effect=certificates_last),
    Line(
        name="expiry-broken",
        line=f"{EXPIRY} {DEV}",
        prepare=expired,
        undo=no_certificate,
        code=1,
        effect=certificate_is_named,
    ),
    # U7
    Line(name="reporter-json", line=f"{REPORTER} {DEV} --output-format json", effect=json_alone),
    Line(name="reporter-junit", line=f"{REPORTER} {DEV} --output-format junit", effect=junit_alone),
    Line(
        name="reporter-broken",
        line=f"{REPORTER} {DEV} --output-format json",
        prepare=no_pages,
        moves_pages=True,
        code=1,
        effect=red_in_both,
    ),
    Line(name="reporter-without-environment", line=REPORTER, code=4, effect=is_asked_for_an_environment),
    Line(name="orchestrator", line=f"testing/k3s-validation/orchestrator.sh {DEV}", effect=every_test_ran),
    Line(
        name="integrated-orchestrator",
        line="python3 scripts/testing/integrated_test_orchestrator.py",
        environ={"FAIRLEAD_ENVIRONMENT": "development"},
        effect=every_test_ran,
    ),
    Line(
        name="integration-tester", line=f"python3 scripts/testing/integration_tester.py {DEV}", effect=stated_tests_ran
    ),
    Line(name="staging-validation", line=f"python3 scripts/testing/staging_validation.py {DEV}", effect=only_looked),
    Line(
        name="production-health",
        line=f"python3 scripts/testing/production_health_check.py {DEV}",
        effect=only_looked,
    ),
    Line(
        name="production-health-broken",
        line=f"python3 scripts/testing/production_health_check.py {DEV}",
        prepare=no_pages,
        moves_pages=True,
        code=1,
        effect=pods_are_gone,
    ),
]


@pytest.fixture(scope="module")
def world(local_cluster: LocalCluster, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Deployed once; every line finds it so."""
    root = tmp_path_factory.mktemp("documented")
    found = make_world(root, Path(local_cluster.kubeconfig), Path(local_cluster.audit_log))
    found.clone.run("deploy", "-e", "local", timeout=900).expect()
    return found


@pytest.fixture
def ready(world: World, request: pytest.FixtureRequest) -> Iterator[World]:
    line: Line = request.getfixturevalue("documented")
    line.prepare(world)
    world.start()
    yield world
    line.undo(world)
    if line.prepare is not nothing:
        world.mend(pages=line.moves_pages)


@pytest.mark.parametrize("documented", LINES, ids=lambda line: line.name)
def test_line_does_what_the_documents_say(documented: Line, ready: World) -> None:
    done = ready.shell(documented.line, **documented.environ)
    done.expect(documented.code)
    documented.effect(ready, done)


@pytest.mark.parametrize("script", sorted({line.line.split("--")[0].split()[-1] for line in LINES}))
def test_script_says_where_fairlead_is_missing(world: World, script: str) -> None:
    clone = dataclasses.replace(world.clone, environ={"FAIRLEAD": "/nowhere/fairlead"})
    program = "" if script.endswith(".sh") else "python3 "
    done = dataclasses.replace(world, clone=clone).shell(f"{program}{script} --help")
    assert done.code != 0
    assert "/nowhere/fairlead" in done.err
