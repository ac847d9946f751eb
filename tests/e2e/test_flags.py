"""The flags of the documents (U2), environment variables, output forms, reports, and the exit codes a script sees."""

from __future__ import annotations

import json
import signal
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema_rs
import pytest
import yaml

from e2e.objects import chart, config_map, crd, run_of, stream, workload
from e2e.rig import SAMPLE, Clone, ended, eventually

pytestmark = pytest.mark.e2e

ROOT = """terraform {
  backend "kubernetes" {}
}
variable "environment" { type = string }
resource "terraform_data" "place" { input = var.environment }
output "host" { value = terraform_data.place.output }
"""


def project(clone: Clone, name: str, **environment: Any) -> None:
    """One plain component with a definition of its own, one release."""
    chart(clone, "web", stream(config_map("web", host="{{ .Values.host }}")), values={"host": "none"})
    clone.write(
        "manifests/app.yaml", stream(config_map("app"), crd(name.replace("-", ""), name.replace("-", "").title(), V1))
    )
    clone.project(
        name,
        {"name": "web", "namespace": name, "helm": {"chart": "charts/web"}},
        {"name": "app", "namespace": name, "tier": "storage", "manifests": "manifests"},
        **environment,
    )


V1 = {"name": "v1", "storage": True}


def with_root(clone: Clone, name: str) -> None:
    project(clone, name)
    clone.write("terraform/main.tf", ROOT)
    data = yaml.safe_load((clone.folder / "fairlead.yaml").read_text())
    data["components"].append({"name": "place", "terraform": "terraform"})
    clone.write("fairlead.yaml", data)


def phases(report: Any) -> dict[str, str]:
    return {phase["phase"]: phase["outcome"] for phase in report["run"]["phases"]}


# -- leaving out


@pytest.mark.parametrize(
    ("flag", "phase"), [("--skip-terraform", "provision"), ("--skip-helmfile", "deploy"), ("--skip-tests", "test")]
)
def test_phase_left_out_is_not_evaluated(clone: Clone, flag: str, phase: str) -> None:
    with_root(clone, f"left-out-{phase}")
    clone.run("deploy").expect()
    done = clone.run("deploy", "--environment", "development", flag, "-o", "json").expect()
    assert phases(done.json)[phase] == "skipped"
    assert any(f"phase {phase}" in reason for reason in done.json["run"]["bundle"]["unpromotable"])
    text = clone.run("deploy", flag).expect().out
    assert f"not promotable: phase {phase}" in text


def test_first_deploy_without_terraform_and_applications_writes_nothing(clone: Clone) -> None:
    with_root(clone, "nothing-left")
    clone.run("deploy", "--skip-terraform", "--skip-helmfile", "--skip-tests").expect()
    assert clone.kubectl("get", "namespace", "nothing-left", "--ignore-not-found") == ""


def test_project_of_terraform_alone_deploys(clone: Clone) -> None:
    clone.write("terraform/main.tf", ROOT)
    clone.project("root-alone", {"name": "place", "terraform": "terraform"})
    clone.run("deploy").expect()


def test_plan_of_a_terraform_root_works_before_the_first_deploy(clone: Clone) -> None:
    clone.kubectl("delete", "namespace", "fairlead-system", "--ignore-not-found")
    with_root(clone, "first-plan")
    done = clone.run("plan", "--detailed-exitcode").expect(2)
    assert "place" in done.out
    assert clone.kubectl("get", "namespace", "fairlead-system", "--ignore-not-found") == ""


@pytest.mark.parametrize(
    ("selector", "deployed"), [("app", {"app"}), ("kind=helm", {"web"}), ("tier!=storage", {"web"})]
)
def test_selector_deploys_only_what_it_picks(clone: Clone, selector: str, deployed: set[str]) -> None:
    name = "selected-" + "".join(c for c in selector if c.isalpha())
    project(clone, name)
    done = clone.run("deploy", "-l", selector, "-o", "json").expect()
    assert {step["component"] for step in done.json["run"]["steps"].values() if step.get("component")} == deployed
    assert any("not selected" in reason for reason in done.json["run"]["bundle"]["unpromotable"])


def test_crds_stay_as_they_are(clone: Clone) -> None:
    project(clone, "skipcrds")
    clone.run("deploy", "--skip-crds").expect()
    assert clone.kubectl("get", "crd", "skipcrds.faults.example.test", "--ignore-not-found") == ""


# -- dry-run


def test_dry_run_shows_the_plan_and_changes_nothing(clone: Clone) -> None:
    project(clone, "dry")
    done = clone.run("deploy", "--dry-run").expect()
    assert "  + app: create ConfigMap dry/app, not in the cluster" in done.out
    assert clone.kubectl("get", "namespace", "dry", "--ignore-not-found") == ""
    assert run_of(clone) is None


@pytest.mark.parametrize("verb", ["plan", "deploy"])
def test_dry_run_works_without_a_cluster(clone: Clone, verb: str) -> None:
    config = yaml.safe_load(clone.kubeconfig.read_text())
    config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    clone.kubeconfig = clone.write("kubeconfig", config)
    with_root(clone, "dry-alone")
    done = clone.run(verb, "--dry-run").expect()
    assert "  ? app: known after apply ConfigMap dry-alone/app, cluster not observed" in done.out.splitlines()
    plan = clone.run(verb, "--dry-run", "-o", "json").expect().json
    assert plan["cluster_observed"] is False
    changes = [change for step in plan["steps"] for change in step["changes"] if change["action"] != "run"]
    assert {change["reason"] for change in changes} == {"cluster not observed"}
    refused = clone.run(verb, "--dry-run", "--require-cluster").expect(1)
    assert "error: " in refused.err


# -- tests of the caller


def test_words_after_the_flags_run_as_one_more_test(clone: Clone) -> None:
    project(clone, "extra")
    script = (
        "import os, sys; print('seen', os.environ['FAIRLEAD_ENVIRONMENT'], sys.argv[1:]); sys.exit(int(sys.argv[1]))"
    )
    clone.write("check.py", script)
    words = ("deploy", "--skip-terraform", "python3", "check.py")
    good = clone.run(*words, "0", "--environment", "x").expect()
    assert "seen local ['0', '--environment', 'x']" in good.err
    bad = clone.run(*words, "3").expect(1)
    assert "python3 ended with 3" in bad.out
    unknown = clone.run("deploy", "no-such-program").expect(1)
    assert "no-such-program" in unknown.out


# -- output


def test_events_are_json_lines_with_one_begin_and_end_per_step(clone: Clone) -> None:
    project(clone, "events")
    clone.run("deploy", "--events-file", "events.jsonl").expect()
    events = [json.loads(line) for line in (clone.folder / "events.jsonl").read_text().splitlines()]
    assert {event["schema"] for event in events} == {"fairlead.dev/events/v1"}
    steps = set(run_of(clone)["steps"])
    for kind in ("step-started", "step-ended"):
        counted = Counter(event["step"] for event in events if event["kind"] == kind)
        assert counted == dict.fromkeys(steps, 1)
    kinds = [event["kind"] for event in events]
    assert (kinds[0], kinds[-1]) == ("run-started", "run-ended")
    before = len(events)
    clone.run("deploy", "--events-file", "events.jsonl").expect()
    assert len((clone.folder / "events.jsonl").read_text().splitlines()) > before


def test_reports_are_json_and_junit(clone: Clone) -> None:
    project(clone, "reports")
    clone.run("deploy", "--report-file", "report.json").expect()
    report = json.loads((clone.folder / "report.json").read_bytes())
    assert (report["schema"], report["exit_code"], report["changed"]) == ("fairlead.dev/report/v1", 0, True)
    clone.run("deploy", "--report-file", "test-results.xml", "false").expect(1)
    suites = {s.get("name"): s for s in ET.parse(clone.folder / "test-results.xml").getroot()}
    assert set(suites) == {"validate", "deploy", "secure", "test"}
    assert suites["test"].get("failures") == "1"
    assert "false ended with 1" in suites["test"].find("testcase/failure").get("message")  # type: ignore[union-attr]


@pytest.mark.parametrize("verb", ["validate", "plan", "deploy", "status", "history", "doctor", "tools list"])
def test_json_is_alone_on_stdout_and_names_its_schema(clone: Clone, verb: str) -> None:
    project(clone, "jsonforms")
    done = clone.run(*verb.split(), "-o", "json").expect()
    assert done.json["schema"].startswith("fairlead.dev/")


def test_quiet_says_nothing_on_stderr(clone: Clone) -> None:
    project(clone, "quiet")
    assert clone.run("deploy", "-q").expect().err == ""


def test_overrun_of_a_budget_is_reported(clone: Clone) -> None:
    project(clone, "budget", budgets={"deploy": "1ms"})
    done = clone.run("deploy").expect()
    (line,) = [line for line in done.out.splitlines() if "over its budget" in line]
    assert line.split()[:2] == ["✓", "deploy"]
    assert "over its budget" in done.err


# -- flags and variables


def test_defaults_and_debug_are_accepted(clone: Clone) -> None:
    project(clone, "accepted")
    words = ("deploy", "--parallel", "--incremental", "--no-color", "--yes", "--parallelism", "2")
    clone.run(*words, DEBUG="true").expect()
    clone.run(*words, "--debug").expect()


def test_flags_come_from_variables(clone: Clone) -> None:
    with_root(clone, "variables")
    environ = {"FAIRLEAD_DEPLOY_SKIP_TERRAFORM": "1", "FAIRLEAD_DEPLOY_OUTPUT": "json", "FAIRLEAD_DEPLOY_QUIET": "1"}
    done = clone.run("deploy", **environ).expect()
    assert done.err == ""
    assert phases(done.json)["provision"] == "skipped"
    unknown = clone.run("plan", FAIRLEAD_ENVIRONMENT="moon").expect(4)
    assert unknown.err == "error: unknown environment: moon\nhint: known environments are local\n"


def test_values_of_the_caller_are_for_local_alone(clone: Clone) -> None:
    project(clone, "caller")
    clone.run("deploy", "--set", "host=here").expect()
    assert clone.kubectl("get", "configmap", "web", "-n", "caller", "-o", "jsonpath={.data.host}") == "here"
    data = yaml.safe_load((clone.folder / "fairlead.yaml").read_text())
    data["environments"] = {"staging": data["environments"]["local"]}
    clone.write("fairlead.yaml", data)
    assert "--set is for the local environment only" in clone.run("plan", "--set", "host=x").expect(4).err


# -- looking


def test_status_and_history_of_an_environment_that_was_never_deployed(clone: Clone) -> None:
    project(clone, "never")
    assert "nothing was deployed here yet" in clone.run("status").expect().out
    assert clone.run("history").expect().out == "nothing was deployed here yet\n"
    assert clone.run("history", "-o", "json").expect().json["runs"] == []
    done = clone.run("resume").expect(3)
    assert "there is no run to resume: nothing was deployed here yet" in done.err


def test_status_names_what_is_not_healthy(clone: Clone) -> None:
    project(clone, "ill")
    clone.write("manifests/app.yaml", stream(workload("app")))
    clone.run("deploy").expect()
    clone.kubectl("delete", "deployment", "app", "-n", "ill")
    assert "Deployment ill/app: is gone" in clone.run("status").expect().out


def test_render_is_the_same_twice_and_asks_no_cluster(clone: Clone) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"a": "hunter2"}}
    project(clone, "rendered")
    clone.write("manifests/secret.yaml", secret)
    first, second = (clone.run("render", "-q").expect().out for _ in range(2))
    assert first == second
    assert "hunter2" not in first
    kinds = [document["kind"] for document in yaml.safe_load_all(first) if document]
    assert sorted(kinds) == ["ConfigMap", "ConfigMap", "CustomResourceDefinition", "Secret"]
    assert "aHVudGVyMg==" not in first
    assert "aHVudGVyMg==" in clone.run("render", "--show-secrets").expect().out


def test_render_explains_who_set_a_value(clone: Clone) -> None:
    project(clone, "explained")
    clone.write("environments/local/values.yaml", {"host": "shared"})
    clone.write("environments/local/web.yaml", {"host": "own"})
    done = clone.run("render", "--explain", "host").expect()
    assert done.out.splitlines() == [
        "web",
        "  host = shared  from environments/local/values.yaml  (overridden by environments/local/web.yaml)",
        "* host = own  from environments/local/web.yaml",
    ]
    assert "no layer sets nowhere" in clone.run("render", "--explain", "nowhere").expect(4).err


def test_schema_accepts_the_sample_and_refuses_a_typo(clone: Clone) -> None:
    validator = jsonschema_rs.validator_for(clone.run("schema").expect().json)
    sample = yaml.safe_load((SAMPLE / "fairlead.yaml").read_text())
    assert validator.is_valid(sample)
    sample["components"][0]["namespce"] = "x"
    assert not validator.is_valid(sample)


def test_doctor_names_the_command_that_mends(clone: Clone) -> None:
    project(clone, "doctor", kubernetes="1.34")
    clone.run("doctor").expect()
    clone.kubeconfig = clone.folder / "nowhere"
    project(clone, "doctor")
    done = clone.run("doctor").expect(1)
    assert "broken   cluster of local: " in done.out
    assert "mend it: kubectl config get-contexts" in done.out


def test_ctrl_c_ends_with_130_and_is_resumable(clone: Clone) -> None:
    project(clone, "interrupted")
    clone.write("manifests/app.yaml", stream(workload("app", nodeSelector={"disk": "quantum"})))
    running = clone.start("deploy", "--events-file", "events.jsonl")
    events = clone.folder / "events.jsonl"
    eventually(lambda: events.exists() and "waiting for Deployment" in events.read_text())
    running.send_signal(signal.SIGINT)
    done = ended(running)
    done.expect(130)
    assert "`fairlead resume` continues" in done.err
    assert run_of(clone)["state"] == "interrupted"
    clone.kubectl("delete", "deployment", "app", "-n", "interrupted")
    clone.write("manifests/app.yaml", stream(workload("app")))
    clone.run("deploy").expect()


def test_bug_ends_with_70_and_names_its_log(clone: Clone, tmp_path: Path) -> None:
    project(clone, "bug")
    broken = tmp_path / "broken"
    (broken / "orjson").mkdir(parents=True)
    (broken / "orjson" / "__init__.py").write_text("raise RuntimeError('planted')\n")
    path = f"{broken}:{clone.variables({})['PYTHONPATH']}"
    done = clone.run("status", PYTHONPATH=path).expect(70)
    assert done.err.startswith("bug: RuntimeError: planted\nhint: ")
    (log,) = (clone.home / "state" / "fairlead" / "bugs").iterdir()
    assert str(log) in done.err
    assert "Traceback" in log.read_text()
