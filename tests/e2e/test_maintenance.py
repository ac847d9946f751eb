"""`deploy --maintenance-mode` and the verb `maintenance` on a real API server: workloads of plain manifests and of a
Helm release, with and without stated replicas. Nodes are simulated. Who owns what is read from the objects themselves.
"""

from __future__ import annotations

import json
import signal
from typing import Any

import pytest

from e2e.crash_rig import SHORT_LEASE, release
from e2e.rig import Clone, ended, eventually
from fairlead.formats.managed_fields import owners_of

pytestmark = pytest.mark.e2e

SPACE = "maintained"


def workload(name: str, replicas: int | None, *, image: str = "example.test/web:1") -> str:
    stated = f"replicas: {replicas}, " if replicas is not None else ""
    return (
        "---\napiVersion: apps/v1\nkind: Deployment\n"
        f"metadata: {{name: {name}, namespace: {SPACE}}}\n"
        f"spec: {{{stated}selector: {{matchLabels: {{app: {name}}}}}, "
        f"template: {{metadata: {{labels: {{app: {name}}}}}, "
        f"spec: {{containers: [{{name: web, image: {image}}}]}}}}}}\n"
    )


@pytest.fixture
def project(clone: Clone) -> Clone:
    """Four workloads in two components, a Helm release among them, all healthy; `plain/two` states no replicas."""
    clone.write("chart/Chart.yaml", "apiVersion: v2\nname: own\nversion: 0.1.0\n")
    clone.write("chart/templates/web.yaml", workload("released", 2, image="example.test/web:{{ .Values.tag }}"))
    clone.write("chart/values.yaml", "tag: '1'\n")
    clone.write("plain/one.yaml", workload("one", 3) + workload("two", None))
    lay(clone)
    clone.run("deploy", "-e", "local").expect()
    clone.kubectl("scale", "deployment/two", "--replicas=2", "-n", SPACE)
    return clone


def lay(clone: Clone, *tests: dict[str, Any], tag: str = "1") -> None:
    clone.project(
        "maintained",
        {"name": "plain", "manifests": "plain"},
        {"name": "shop", "namespace": SPACE, "helm": {"chart": "chart", "values": {"tag": tag}}},
        *tests,
        maintenance={"scale": {"plain": 0, f"Deployment/{SPACE}/released": 1}, "announce": [SPACE]},
    )


def replicas(clone: Clone) -> dict[str, int]:
    found = json.loads(clone.kubectl("get", "deployments", "-n", SPACE, "-o", "json"))["items"]
    return {each["metadata"]["name"]: each["spec"]["replicas"] for each in found}


def owner(clone: Clone, name: str) -> list[str]:
    command = ("get", "deployment", name, "-n", SPACE, "-o", "json", "--show-managed-fields")
    return [found.manager for found in owners_of(json.loads(clone.kubectl(*command)), ".spec.replicas")]


def announcement(clone: Clone) -> str:
    return clone.kubectl("get", "configmap", "fairlead-maintenance", "-n", SPACE, "-o", "name", check=False).strip()


def is_open_and_calm(clone: Clone) -> None:
    assert clone.run("maintenance", "status", "-e", "local").expect().out == "local is open\n"
    assert announcement(clone) == ""
    assert "fairlead.dev/maintenance" not in clone.kubectl("get", "namespace", SPACE, "-o", "json")
    assert replicas(clone) == {"one": 3, "two": 2, "released": 2}
    clone.run("plan", "-e", "local", "--detailed-exitcode").expect(0)


def test_a_deployment_in_maintenance_scales_announces_and_opens_again(project: Clone) -> None:
    before = {name: owner(project, name) for name in replicas(project)}
    lay(project, tag="2")
    done = project.run("deploy", "-e", "local", "--maintenance-mode").expect()
    assert "closed to other deployments, 3 workloads scaled" in done.err
    assert "local is open again" in done.err
    is_open_and_calm(project)
    assert {name: owner(project, name) for name in before} == before


def test_a_failed_run_leaves_it_closed_and_resume_opens_it(project: Clone) -> None:
    flag = project.folder / "passes"
    test = {"name": "gate", "test": {"command": ["test", "-e", str(flag)]}}
    lay(project, test)
    project.run("deploy", "-e", "local", "--maintenance-mode").expect(1)
    assert announcement(project) == "configmap/fairlead-maintenance"
    refused = project.run("deploy", "-e", "local").expect(3)
    assert "local is closed for maintenance since" in refused.err
    assert "fairlead resume -e local" in refused.err
    assert "closed for maintenance" in project.run("status", "-e", "local").expect().out
    assert "closed for maintenance" in project.run("plan", "-e", "local").expect().out
    flag.touch()
    project.run("resume", "-e", "local").expect()
    flag.unlink()
    is_open_and_calm(project)


def test_what_a_person_closed_is_refused_to_all_and_is_no_drift(project: Clone) -> None:
    project.run("maintenance", "start", "-e", "local", "--reason", "a new disk").expect()
    assert replicas(project) == {"one": 0, "two": 0, "released": 1}
    plan = project.run("plan", "-e", "local", "--detailed-exitcode").expect(0)
    assert "a new disk" in plan.out
    assert "a new disk" in project.run("deploy", "-e", "local", "--maintenance-mode").expect(3).err
    project.run("maintenance", "start", "-e", "local", "--reason", "twice").expect(3)
    said = project.run("maintenance", "status", "-e", "local").expect().out
    assert "Deployment maintained/one: 3 replicas, 0 meanwhile" in said
    project.run("maintenance", "end", "-e", "local").expect()
    project.run("maintenance", "end", "-e", "local").expect(3)
    is_open_and_calm(project)


def test_a_run_that_dies_while_closed_is_opened_by_hand(project: Clone) -> None:
    lay(project, {"name": "slow", "test": {"command": ["sleep", "600"]}})
    run = project.start("deploy", "-e", "local", "--maintenance-mode", **SHORT_LEASE)
    eventually(lambda: announcement(project), seconds=120)
    run.send_signal(signal.SIGKILL)
    ended(run)
    release(project)
    assert "local is open again" in project.run("maintenance", "end", "-e", "local").expect().out
    lay(project)
    project.run("deploy", "-e", "local").expect()
    is_open_and_calm(project)
