"""Objects that somebody else made become ours, with the real kubectl against a real API server.

Cases: made by `kubectl apply`, `create` and `apply --server-side`; edited by hand since; shared with another tool.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from e2e.rig import Clone, eventually

pytestmark = pytest.mark.e2e

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
MADE_BY = {
    "apply": ("apply", "-f", "-"),
    "create": ("create", "-f", "-"),
    "server-side": ("apply", "--server-side", "-f", "-"),
}


def deployment(namespace: str, name: str, **spec: Any) -> dict[str, Any]:
    container = {"name": "web", "image": "example.test/web:1", "env": [{"name": "A", "value": "1"}]}
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            **spec,
        },
    }


def config_map(namespace: str, name: str = "web", **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}, "data": data}


def live(clone: Clone, kind: str, namespace: str, name: str = "web") -> Any:
    return json.loads(clone.kubectl("-n", namespace, "get", kind, name, "-o", "json", "--show-managed-fields"))


def owners(found: Any) -> set[str]:
    return {e["manager"] for e in found["metadata"]["managedFields"] if not e.get("subresource")}


def pods(clone: Clone, namespace: str) -> set[str]:
    return set(clone.kubectl("-n", namespace, "get", "pods", "-o", "name").split())


def make(clone: Clone, namespace: str, *objects: dict[str, Any]) -> None:
    clone.kubectl("create", "namespace", namespace)
    clone.kubectl(*MADE_BY["apply"], stdin=yaml.safe_dump_all(objects))


def state(clone: Clone, project: str, *objects: dict[str, Any]) -> None:
    clone.write("web.yaml", yaml.safe_dump_all(objects))
    clone.project(project, {"name": "web", "manifests": ["web.yaml"]})


def changes(clone: Clone) -> list[dict[str, Any]]:
    plan = clone.run("plan", "-o", "json").expect().json
    (step,) = [step for step in plan["steps"] if step["name"] == "web"]
    return [change for change in step["changes"] if change.get("target")]


def test_what_kubectl_made_becomes_ours_and_a_field_that_is_dropped_later_goes(clone: Clone) -> None:
    space = "taken"
    clone.kubectl("create", "namespace", space)
    for how, words in MADE_BY.items():
        made = deployment(space, how, replicas=2), config_map(space, how, a="1", b="2")
        clone.kubectl(*words, stdin=yaml.safe_dump_all(made))
    kinds = [(kind, how) for how in MADE_BY for kind in ("deployment", "configmap")]
    before = {key: live(clone, key[0], space, key[1]) for key in kinds}
    running = eventually(lambda: found if len(found := pods(clone, space)) == 6 else None)
    workloads = [deployment(space, how) for how in MADE_BY]
    state(clone, space, *workloads, *(config_map(space, how, a="1", b="2") for how in MADE_BY))
    planned = changes(clone)
    assert {c["action"] for c in planned} == {"adopt"}
    assert not any(c.get("fields") for c in planned), "defaults that kubectl owned are no change"
    assert all("was made by kubectl" in c["reason"] for c in planned)

    clone.run("deploy", "--yes").expect()
    after = {key: live(clone, key[0], space, key[1]) for key in kinds}
    assert [o["metadata"]["uid"] for o in after.values()] == [o["metadata"]["uid"] for o in before.values()]
    assert pods(clone, space) == running, "no pod restarted"
    for (kind, _), found in after.items():
        assert LAST_APPLIED not in found["metadata"].get("annotations", {})
        if kind == "configmap":
            assert owners(found) == {"fairlead:web"}
        else:
            assert found["spec"]["replicas"] == 2, "replicas that nobody states stay"
    assert not clone.run("plan", "-o", "json").expect().json["has_changes"]

    state(clone, space, *workloads, *(config_map(space, how, a="1") for how in MADE_BY))
    clone.run("deploy", "--yes").expect()
    assert [live(clone, "configmap", space, how)["data"] for how in MADE_BY] == [{"a": "1"}] * 3


def test_what_differs_from_the_file_of_kubectl_is_shown_and_written_without_a_flag(clone: Clone) -> None:
    space = "differs"
    make(clone, space, config_map(space, a="1", b="2", c="3"))
    state(clone, space, config_map(space, a="1", b="22"))
    (change,) = changes(clone)
    fields = {f["path"]: (f.get("wanted"), f.get("found"), f["owner"]) for f in change["fields"]}
    assert fields == {
        ".data.b": ("22", "2", "kubectl-client-side-apply"),
        ".data.c": (None, "3", "kubectl-client-side-apply"),
    }
    assert not change.get("conflicts")
    clone.run("deploy", "--yes").expect()
    assert live(clone, "configmap", space)["data"] == {"a": "1", "b": "22"}


def test_a_hand_and_another_tool_keep_what_is_theirs_and_conflict_where_values_differ(clone: Clone) -> None:
    space = "hand-and-tool"
    make(clone, space, config_map(space, a="1", b="1"))
    clone.kubectl("-n", space, "patch", "configmap", "web", "-p", '{"data": {"b": "2", "by-hand": "x"}}')
    tool = yaml.safe_dump(config_map(space, tool="its own"))
    clone.kubectl("apply", "--server-side", "--field-manager=some-tool", "-f", "-", stdin=tool)
    state(clone, space, config_map(space, a="1", b="1"))
    refused = clone.run("deploy", "--yes", "-o", "json").expect(3)
    (conflict,) = refused.json["conflicts"]
    (field,) = conflict["fields"]
    assert (field["path"], field["wanted"], field["found"], field["owner"]) == (".data.b", "1", "2", "kubectl-patch")
    assert field["since"].endswith("Z")
    assert conflict["choices"]["leave"]["entry"]["fields"] == [".data.b"]
    assert (refused.json["changed"], live(clone, "configmap", space)["data"]["b"]) == (False, "2")
    for said in ("--force-conflicts", ".data.b = 2", "fairlead.ignore.yaml"):
        assert said in refused.err
    clone.run("deploy", "--yes", "--force-conflicts").expect()
    found = live(clone, "configmap", space)
    assert found["data"] == {"a": "1", "b": "1", "by-hand": "x", "tool": "its own"}
    assert owners(found) == {"fairlead:web", "kubectl-patch", "some-tool"}
    clone.kubectl("apply", "-f", "-", stdin=yaml.safe_dump(config_map(space, a="9", b="1")))
    (conflict,) = clone.run("deploy", "--yes", "-o", "json").expect(3).json["conflicts"]
    assert conflict["fields"][0]["owner"] == "kubectl-client-side-apply", "who comes later is foreign"
