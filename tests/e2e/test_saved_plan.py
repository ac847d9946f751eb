"""A saved plan is a promise: refused when intent or precondition moved, carried out when only a status did."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from e2e.objects import chart, config_map, stream, workload
from e2e.rig import Clone, writes

pytestmark = pytest.mark.e2e

TEMPLATE = stream(config_map("web", greeting="{{ .Values.greeting }}"), workload("web"))


def project(clone: Clone, name: str, *, text: str = "one") -> None:
    chart(clone, "web", TEMPLATE, values={"greeting": "hi"})
    clone.write("environments/local/web.yaml", {"greeting": text})
    clone.write("manifests/app.yaml", stream(config_map("app", text=text), workload("app")))
    clone.project(
        name,
        {"name": "web", "namespace": name, "helm": {"chart": "charts/web"}},
        {"name": "app", "namespace": name, "manifests": "manifests"},
    )


@pytest.fixture
def saved(clone: Clone, request: pytest.FixtureRequest) -> Clone:
    """A project that is deployed, changed, and whose plan of the change lies in `plan.json`."""
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.removeprefix("test_")).strip("-")[-50:].strip("-")
    project(clone, name)
    clone.run("deploy").expect()
    project(clone, name, text="two")
    clone.run("plan", "--out", "plan.json", "--detailed-exitcode").expect(2)
    clone.environ["NAMESPACE"] = name
    return clone


def greeting(clone: Clone) -> str:
    """What the two components say in the cluster."""
    maps = json.loads(clone.kubectl("get", "configmaps", "-n", clone.environ["NAMESPACE"], "-o", "json"))["items"]
    found = {m["metadata"]["name"]: m["data"] for m in maps}
    return f"{found['web']['greeting']} {found['app']['text']}"


def test_saved_plan_is_carried_out(saved: Clone) -> None:
    done = saved.run("deploy", "--plan", "plan.json").expect()
    assert "local succeeded" in done.out
    assert greeting(saved) == "two two"
    assert saved.run("plan", "--detailed-exitcode").expect(0)


def test_saved_plan_is_carried_out_once(saved: Clone) -> None:
    saved.run("deploy", "--plan", "plan.json").expect()
    done = saved.run("deploy", "--plan", "plan.json").expect(3)
    assert "changed in the cluster since the plan was saved" in done.err


def test_saved_plan_is_refused_after_a_values_file_changed(saved: Clone, audit_log: Path) -> None:
    saved.write("environments/local/web.yaml", {"greeting": "three"})
    before = audit_log.stat().st_size
    done = saved.run("deploy", "--plan", "plan.json").expect(3)
    assert "error: the project changed since the plan was saved: web\n" in done.err
    assert "hint: make a new plan: fairlead plan --out FILE" in done.err
    assert writes(audit_log, since=before, agents=("fairlead", "Helm")) == []
    assert greeting(saved) == "one one"


@pytest.mark.parametrize("name", ["web", "app"])
def test_saved_plan_is_refused_after_a_managed_object_changed(saved: Clone, audit_log: Path, name: str) -> None:
    namespace = saved.environ["NAMESPACE"]
    saved.kubectl("scale", f"deployment/{name}", "-n", namespace, "--replicas=2")
    before = audit_log.stat().st_size
    done = saved.run("deploy", "--plan", "plan.json").expect(3)
    assert f"changed in the cluster since the plan was saved: Deployment {namespace}/{name}" in done.err
    assert writes(audit_log, since=before, agents=("fairlead", "Helm")) == []


def test_saved_plan_is_refused_after_a_managed_object_is_gone(saved: Clone) -> None:
    namespace = saved.environ["NAMESPACE"]
    saved.kubectl("delete", "configmap", "app", "-n", namespace)
    done = saved.run("deploy", "--plan", "plan.json").expect(3)
    assert f"ConfigMap {namespace}/app" in done.err


@pytest.mark.parametrize("name", ["web", "app"])
def test_saved_plan_holds_after_a_status_update(saved: Clone, name: str) -> None:
    namespace = saved.environ["NAMESPACE"]
    condition = {"type": "Seen", "status": "True", "reason": "Test", "message": "by the test"}
    before = saved.kubectl("get", f"deployment/{name}", "-n", namespace, "-o", "jsonpath={.metadata.resourceVersion}")
    patch = json.dumps({"status": {"conditions": [condition]}})
    saved.kubectl("patch", f"deployment/{name}", "-n", namespace, "--subresource=status", "--type=merge", "-p", patch)
    after = saved.kubectl("get", f"deployment/{name}", "-n", namespace, "-o", "jsonpath={.metadata.resourceVersion}")
    assert before != after
    saved.run("deploy", "--plan", "plan.json").expect()
    assert greeting(saved) == "two two"


def test_plan_of_another_project_or_environment_is_invalid(saved: Clone) -> None:
    file = saved.folder / "fairlead.yaml"
    data = yaml.safe_load(file.read_text())
    data["environments"]["staging"] = data["environments"]["local"]
    saved.write("fairlead.yaml", data)
    done = saved.run("deploy", "-e", "staging", "--plan", "plan.json").expect(4)
    assert f"the saved plan is for {data['project']}/local, not {data['project']}/staging" in done.err
    saved.write("fairlead.yaml", {**data, "project": "of-others"})
    assert "not of-others/local" in saved.run("deploy", "-e", "local", "--plan", "plan.json").expect(4).err


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"schema": "fairlead.dev/plan/v9"}', b"\xff\xfe"])
def test_file_that_is_no_plan_is_invalid(clone: Clone, content: bytes) -> None:
    project(clone, "no-plan")
    (clone.folder / "plan.json").write_bytes(content)
    done = clone.run("deploy", "--plan", "plan.json").expect(4)
    assert "error: plan.json is " in done.err


def test_truncated_plan_is_invalid_at_every_length(saved: Clone) -> None:
    whole = (saved.folder / "plan.json").read_bytes()
    for length in (1, len(whole) // 2, len(whole) - 1):
        (saved.folder / "plan.json").write_bytes(whole[:length])
        assert "error: plan.json is no plan" in saved.run("deploy", "--plan", "plan.json").expect(4).err


def test_plan_file_is_for_the_user_alone(saved: Clone) -> None:
    assert (saved.folder / "plan.json").stat().st_mode & 0o077 == 0


def test_missing_plan_file_is_named(clone: Clone) -> None:
    project(clone, "no-plan-file")
    assert "error: plan.json cannot be read" in clone.run("deploy", "--plan", "plan.json").expect(4).err
