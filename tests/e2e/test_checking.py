"""The verbs of one phase alone, on simulated nodes: `test`, `secure`, `validate --pre-deployment`.

What needs pods that run (http, dns, helm) is in test_real_checks.py.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from e2e.objects import config_map, job, lease_holder, run_of, stream, workload
from e2e.rig import Clone, writes
from fairlead.model.local_cluster import LocalCluster

pytestmark = pytest.mark.e2e

OURS = ("fairlead", "Helm", "HashiCorp", "OpenTofu", "kubectl")


NAME = "checked"


@pytest.fixture(scope="module")
def deployed(local_cluster: LocalCluster, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A small environment, deployed; who breaks it mends it."""
    root = tmp_path_factory.mktemp(NAME)
    clone = Clone(folder=root / "project", home=root / "home", kubeconfig=Path(local_cluster.kubeconfig))
    clone.write("manifests/shop.yaml", stream(workload("web"), config_map("settings", a="1")))
    clone.write("tests/job.yaml", stream(job("smoke")))
    clone.write("tests/smoke.py", "import os, sys\nsys.exit(int(open('result').read()))\n")
    clone.write("result", "0")
    clone.project(
        NAME,
        {"name": "shop", "namespace": NAME, "manifests": "manifests"},
        {"name": "smoke", "namespace": NAME, "test": {"job": "tests/job.yaml"}},
        {"name": "script", "test": {"command": [sys.executable, "tests/smoke.py"]}},
        {"name": "up", "test": {"http": f"{NAME}/web:80/healthz", "retryFor": "1s"}},
        {"name": "names", "test": {"dns": ["kubernetes.default"]}},
        podSecurity="baseline",
    )
    clone.commit()
    clone.run("deploy").expect()
    return clone


def outcomes(report: dict[str, object]) -> dict[str, str]:
    run = report["run"]
    assert isinstance(run, dict)
    return {name: step["result"]["outcome"] for name, step in run["steps"].items()}


def test_runs_every_test_again_and_leaves_the_last_run_as_it_is(deployed: Clone) -> None:
    before = run_of(deployed)["id"]
    done = deployed.run("test", "-q", "-o", "json").expect(0)
    assert outcomes(done.json) == {
        "test/rollouts": "passed",
        "smoke": "passed",
        "script": "passed",
        "up": "skipped",
        "names": "skipped",
    }
    assert done.json["run"]["steps"]["up"]["result"]["reason"].startswith("not evaluated: nodes are simulated")
    assert done.err == ""
    assert run_of(deployed)["id"] == before
    assert deployed.run("resume").expect(3)


def test_results_are_always_written_as_junit(deployed: Clone) -> None:
    deployed.write("result", "7")
    done = deployed.run("test", "-o", "junit").expect(1)
    written = ET.parse(deployed.folder / "test-results.xml").getroot()
    assert ET.tostring(written) == ET.tostring(ET.fromstring(done.out))
    failed = [case.get("name") for case in written.iter("testcase") if case.find("failure") is not None]
    assert failed == ["script"]
    deployed.write("result", "0")


def test_selected_tests_alone_run_and_words_after_the_flags_are_one_more(deployed: Clone) -> None:
    report = deployed.run("test", "-l", "script", "-o", "json", "touch", "made").expect().json
    assert outcomes(report) == {"script": "passed", "test/command": "passed"}
    assert (deployed.folder / "made").exists()


def test_where_nothing_is_evaluated_nothing_is_good(deployed: Clone) -> None:
    done = deployed.run("test", "-l", "up").expect(1)
    assert "1 not evaluated; 0 checked: nothing was evaluated" in done.out


def test_broken_rollout_turns_test_red(deployed: Clone) -> None:
    deployed.kubectl("delete", "configmap", "settings", "-n", NAME)
    done = deployed.run("test").expect(1)
    assert "ConfigMap" in done.out
    assert "is gone" in done.out
    deployed.run("deploy").expect()


def test_takes_the_lock_only_where_a_test_writes(deployed: Clone, audit_log: Path) -> None:
    before = audit_log.stat().st_size
    deployed.run("test", "-l", "script").expect()
    deployed.run("secure").expect()
    deployed.run("validate", "--pre-deployment").expect()
    assert writes(audit_log, since=before, agents=OURS) == []
    assert lease_writes(audit_log, before) == 0
    deployed.run("test", "-l", "smoke").expect()
    assert lease_writes(audit_log, before) > 0
    assert not lease_holder(deployed, NAME)


def lease_writes(log: Path, since: int) -> int:
    with log.open("rb") as lines:
        lines.seek(since)
        events = [json.loads(line) for line in lines if line.endswith(b"\n")]
    return sum(
        e["verb"] in ("create", "update", "patch") and (e.get("objectRef") or {}).get("namespace") == "fairlead-system"
        for e in events
        if e.get("userAgent", "").startswith("fairlead")
    )


def test_secure_finds_a_pod_that_was_let_in_by_hand(deployed: Clone) -> None:
    deployed.run("secure", "--check", "policies").expect(0)
    patch = {"spec": {"template": {"spec": {"hostNetwork": True}}}}
    deployed.kubectl("patch", "deploy", "web", "-n", NAME, "-p", json.dumps(patch))
    done = deployed.run("secure", "-o", "json").expect(1)
    (failed,) = [s for s in done.json["run"]["steps"].values() if s["result"]["outcome"] == "failed"]
    assert "hostNetwork" in failed["result"]["findings"][0]["message"]
    deployed.run("drift", "--revert", "--yes").expect()


def test_validate_before_a_deployment_says_what_it_looked_at(deployed: Clone) -> None:
    report = deployed.run("validate", "--pre-deployment", "-q", "-o", "json").expect().json
    assert list(outcomes(report)) == ["validate/tools", "validate/project", "validate/cluster"]
    assert "nodes ready, simulated" in report["run"]["steps"]["validate/cluster"]["result"]["reason"]


def test_validate_before_a_deployment_ends_with_1_where_no_cluster_answers(deployed: Clone) -> None:
    text = deployed.kubeconfig.read_text()
    broken = deployed.write("broken.kubeconfig", re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:1", text))
    file = deployed.folder / "fairlead.yaml"
    project = file.read_text()
    file.write_text(project.replace(str(deployed.kubeconfig), str(broken)))
    assert "does not answer" in deployed.run("validate", "--pre-deployment").expect(1).err
    file.write_text(project)


TERRAFORM = """
terraform {
  backend "kubernetes" {}
}
variable "environment" { type = string }
output "host" { value = "%s.example.test" }
"""


def test_validate_before_a_deployment_looks_at_the_terraform_state(clone: Clone) -> None:
    clone.write("terraform/main.tf", TERRAFORM % "a")
    clone.project("state-check", {"name": "place", "terraform": "terraform"})
    clone.commit()

    def checked(code: int) -> dict[str, object]:
        report = clone.run("validate", "--pre-deployment", "-q", "-o", "json").expect(code).json
        found: dict[str, object] = report["run"]["steps"]["validate/terraform"]["result"]
        return found

    assert "tofu 1.12" in clone.run("validate", "--pre-deployment").expect().out
    assert "not applied yet" in str(checked(0)["reason"])
    clone.run("deploy").expect()
    assert checked(0)["reason"] == "place: 0 resources would change"
    lock(clone, "somebody")
    assert "its state is locked" in str(checked(1)["reason"])
    lock(clone, None)
    clone.kubectl("delete", "secret", f"tfstate-default-{suffix(clone)}", "-n", "fairlead-system")
    assert "its state is empty" in str(checked(1)["reason"])


def lock(clone: Clone, holder: str | None) -> None:
    patch = json.dumps({"spec": {"holderIdentity": holder}})
    lease = f"lock-tfstate-default-{suffix(clone)}"
    clone.kubectl("patch", "lease", lease, "-n", "fairlead-system", "--type=merge", "-p", patch)


def suffix(clone: Clone) -> str:
    names = json.loads(clone.kubectl("get", "leases", "-n", "fairlead-system", "-o", "json"))["items"]
    (found,) = [n for each in names if (n := each["metadata"]["name"]).startswith("lock-tfstate-default-state-check")]
    return str(found).removeprefix("lock-tfstate-default-")
