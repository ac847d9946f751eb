"""Objects that somebody else made become ours, with the real kubectl against a real API server.

Cases: made by `kubectl apply`, `create` and `apply --server-side`; edited by hand since; shared with another tool.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from e2e.rig import Clone

pytestmark = pytest.mark.e2e

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
MADE_BY = {
    "apply": ("apply", "-f", "-"),
    "create": ("create", "-f", "-"),
    "server-side": ("apply", "--server-side", "-f", "-"),
}


def deployment(namespace: str, *, image: str = "example.test/web:1", **spec: Any) -> dict[str, Any]:
    container = {"name": "web", "image": image, "env": [{"name": "A", "value": "1"}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": namespace, "labels": {"app": "web"}},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container]}},
            **spec,
        },
    }


def config_map(namespace: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web", "namespace": namespace}, "data": data}


def live(clone: Clone, kind: str, namespace: str) -> Any:
    return json.loads(clone.kubectl("-n", namespace, "get", kind, "web", "-o", "json", "--show-managed-fields"))


def owners(found: Any) -> set[str]:
    return {e["manager"] for e in found["metadata"]["managedFields"] if not e.get("subresource")}


def make(clone: Clone, namespace: str, how: str, *objects: dict[str, Any]) -> None:
    clone.kubectl("create", "namespace", namespace)
    clone.kubectl(*MADE_BY[how], stdin=yaml.safe_dump_all(objects))


def state(clone: Clone, name: str, *objects: dict[str, Any]) -> None:
    clone.write("web.yaml", yaml.safe_dump_all(objects))
    clone.project(name, {"name": "web", "manifests": ["web.yaml"]})


def changes(clone: Clone) -> dict[str, Any]:
    plan = clone.run("plan", "-o", "json").expect().json
    (step,) = [step for step in plan["steps"] if step["name"] == "web"]
    return {c["target"]["kind"]: c for c in step["changes"] if c.get("target")}


@pytest.mark.parametrize("how", MADE_BY)
def test_what_kubectl_made_becomes_ours_and_a_field_that_is_dropped_later_goes(clone: Clone, how: str) -> None:
    space = f"by-{how}"
    make(clone, space, how, deployment(space, replicas=2), config_map(space, a="1", b="2"))
    before = live(clone, "deployment", space), live(clone, "configmap", space)
    state(clone, space, deployment(space), config_map(space, a="1", b="2"))
    planned = changes(clone)
    assert {kind: c["action"] for kind, c in planned.items()} == {"Deployment": "adopt", "ConfigMap": "adopt"}
    assert not any(c.get("fields") for c in planned.values()), "defaults that kubectl owned are no change"
    assert "kubectl" in planned["Deployment"]["reason"]
    clone.run("deploy", "--yes").expect()
    after = live(clone, "deployment", space), live(clone, "configmap", space)
    assert [o["metadata"]["uid"] for o in after] == [o["metadata"]["uid"] for o in before]
    assert after[0]["metadata"]["generation"] == before[0]["metadata"]["generation"], "no pod restarted"
    assert after[0]["spec"]["replicas"] == 2, "replicas that nobody states stay"
    assert not [o for o in owners(after[1]) if o.startswith("kubectl")]
    assert LAST_APPLIED not in after[1]["metadata"].get("annotations", {})
    assert not clone.run("plan", "-o", "json").expect().json["has_changes"]

    state(clone, space, deployment(space), config_map(space, a="1"))
    clone.run("deploy", "--yes").expect()
    assert live(clone, "configmap", space)["data"] == {"a": "1"}


def test_what_differs_from_the_file_of_kubectl_is_shown_and_written_without_a_flag(clone: Clone) -> None:
    space = "differs"
    make(clone, space, "apply", config_map(space, a="1", b="2", c="3"))
    state(clone, space, config_map(space, a="1", b="22"))
    change = changes(clone)["ConfigMap"]
    fields = {f["path"]: (f.get("wanted"), f.get("found"), f["owner"]) for f in change["fields"]}
    assert fields == {
        ".data.b": ("22", "2", "kubectl-client-side-apply"),
        ".data.c": (None, "3", "kubectl-client-side-apply"),
    }
    assert not change.get("conflicts")
    clone.run("deploy", "--yes").expect()
    assert live(clone, "configmap", space)["data"] == {"a": "1", "b": "22"}


def test_a_hand_and_another_tool_keep_what_is_theirs_and_conflict_where_values_differ(clone: Clone) -> None:
    space = "shared"
    make(clone, space, "apply", config_map(space, a="1", b="1"))
    clone.kubectl("-n", space, "patch", "configmap", "web", "-p", '{"data": {"b": "2", "by-hand": "x"}}')
    tool = yaml.safe_dump(config_map(space, tool="y"))
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
    assert found["data"] == {"a": "1", "b": "1", "by-hand": "x", "tool": "y"}
    assert owners(found) == {"fairlead:web", "kubectl-patch", "some-tool"}
    clone.kubectl("apply", "-f", "-", stdin=yaml.safe_dump(config_map(space, a="9", b="1")))
    (conflict,) = clone.run("deploy", "--yes", "-o", "json").expect(3).json["conflicts"]
    assert conflict["fields"][0]["owner"] == "kubectl-client-side-apply", "who comes later is foreign"
