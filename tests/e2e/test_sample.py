"""The sample of the README through its life: five green phases, a no-op, drift found and refused."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from e2e.rig import Clone, tool, writes

pytestmark = [pytest.mark.e2e, pytest.mark.own_cluster]


@pytest.fixture
def deployed(clone: Clone) -> Clone:
    """The sample, deployed; the first test of the module does it, the others find nothing to change."""
    clone.copy_sample("life")
    clone.commit()
    clone.run("deploy", "--force-conflicts", "-o", "json").expect()
    return clone


def test_all_five_phases_are_green_and_the_bundle_is_unpromotable(deployed: Clone) -> None:
    report = deployed.run("deploy", "-o", "json").expect().json
    phases = {p["phase"]: p["outcome"] for p in report["run"]["phases"]}
    assert list(phases) == ["validate", "provision", "deploy", "secure", "test"]
    assert set(phases.values()) <= {"passed", "no-op", "changed"}
    assert report["run"]["bundle"]["unpromotable"] == ["nodes and pods are simulated"]


def test_helm_list_shows_the_releases(deployed: Clone) -> None:
    listed = subprocess.run(
        [str(tool("helm")), "list", "-A", "-o", "json", f"--kubeconfig={deployed.kubeconfig}"],
        capture_output=True,
        check=True,
    )
    assert {"web", "queue", "gateway"} <= {r["name"] for r in json.loads(listed.stdout)}


def test_output_of_terraform_reaches_the_release(deployed: Clone) -> None:
    found = deployed.kubectl("get", "route.gateway.example.test", "default", "-n", "gateway", "-o", "json")
    assert json.loads(found)["spec"]["host"] == "local.example.test"


def test_second_deploy_starts_no_tool_and_writes_nothing(deployed: Clone, audit_log: Path, tmp_path: Path) -> None:
    before = audit_log.stat().st_size
    trace = tmp_path / "trace"
    trace.mkdir()
    # Every tool is a trap: whoever starts one leaves a mark and fails.
    cache = deployed.cache / "fairlead" / "tools"
    cache.unlink()
    for name, version in (("helm", "4.3.1"), ("kustomize", "5.8.1"), ("tofu", "1.12.6"), ("kubernetes", "1.34.2")):
        for program in ("kubectl",) if name == "kubernetes" else (name,):
            trap = cache / name / f"{version}-linux-amd64" / program
            trap.parent.mkdir(parents=True, exist_ok=True)
            trap.write_text(f"#!/bin/sh\necho {program} >> {trace}/started\nexit 1\n")
            trap.chmod(0o755)
    report = deployed.run("deploy", "-o", "json").expect().json
    assert not report["changed"]
    assert not (trace / "started").exists()
    assert writes(audit_log, since=before, agents=("fairlead", "Helm", "HashiCorp", "kubectl", "OpenTofu")) == []


def test_plan_is_empty_after_deploy(deployed: Clone) -> None:
    done = deployed.run("plan", "--detailed-exitcode").expect(0)
    assert "Plan: nothing to change." in done.out


@pytest.mark.parametrize(("workload", "namespace"), [("deploy/web", "web"), ("deploy/pages", "pages")])
def test_scaled_workload_is_found_named_and_refused(deployed: Clone, workload: str, namespace: str) -> None:
    deployed.kubectl("scale", workload, "-n", namespace, "--replicas=5")
    plan = deployed.run("plan", "--detailed-exitcode", "-o", "json").expect(2).json
    (change,) = [c for s in plan["steps"] for c in s["changes"] if c.get("conflicts")]
    assert change["conflicts"] == [{"path": ".spec.replicas", "wanted": 2, "found": 5, "owner": "kubectl"}]
    refused = deployed.run("deploy").expect(3)
    assert ".spec.replicas: wanted 2, found 5, owner kubectl" in refused.err
    assert deployed.kubectl("get", workload, "-n", namespace, "-o", "jsonpath={.spec.replicas}") == "5"
    deployed.run("deploy", "--force-conflicts").expect()
    assert deployed.kubectl("get", workload, "-n", namespace, "-o", "jsonpath={.spec.replicas}") == "2"


def test_status_says_since_when_a_component_is_as_it_is(deployed: Clone) -> None:
    def since() -> dict[str, str]:
        return {c["name"]: c["since"] for c in deployed.run("status", "-o", "json").expect().json["components"]}

    before = since()
    deployed.kubectl("scale", "deploy/web", "-n", "web", "--replicas=4")
    deployed.run("deploy", "--force-conflicts").expect()
    after = since()
    assert after["web"] > before["web"]
    assert after["pages"] == before["pages"]
