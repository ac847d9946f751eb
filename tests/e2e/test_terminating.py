"""What is being deleted and does not go is named, and never freed, against a real API server."""

from __future__ import annotations

import contextlib
import json

import pytest

from e2e.crash_rig import Api
from e2e.objects import config_map, stream
from e2e.rig import Clone, ended, eventually

pytestmark = pytest.mark.e2e

HOLD = '{"metadata": {"finalizers": ["example.test/hold"]}}'
FREE = '{"metadata": {"finalizers": null}}'


def is_deleting(clone: Clone, *words: str) -> bool:
    return bool(clone.kubectl("get", *words, "-o", "jsonpath={.metadata.deletionTimestamp}"))


def test_a_namespace_that_does_not_go_is_refused_with_what_holds_it_and_waited_for(clone: Clone) -> None:
    space = "closing"
    clone.write("web.yaml", stream(config_map("web", a="1"), config_map("other", a="1")))
    clone.project("closing", {"name": "web", "namespace": space, "manifests": ["web.yaml"]})
    clone.run("deploy", "--yes").expect()
    clone.kubectl("-n", space, "patch", "configmap", "web", "--type=merge", "-p", HOLD)
    clone.kubectl("delete", "namespace", space, "--wait=false")
    with contextlib.closing(Api(clone.kubeconfig)) as api:
        eventually(lambda: "NamespaceFinalizersRemaining" in json.dumps(api.get(f"/api/v1/namespaces/{space}")))
    planned = clone.run("plan", "-o", "json").expect().json
    (step,) = [step for step in planned["steps"] if step["name"] == "web"]
    assert any("held by example.test/hold" in change["reason"] for change in step["changes"])

    running = clone.start("deploy", "--yes")
    status = clone.run("status").expect().out
    for said in (
        "Namespace closing is being deleted since",
        "ConfigMap web (example.test/hold)",
        "removes no finalizer",
    ):
        assert said in status
    assert running.stderr is not None
    waiting = "waiting until it is gone: Namespace closing is being deleted since"
    assert any(waiting in line for line in running.stderr), "it ended without a word of the wait"
    clone.kubectl("-n", space, "patch", "configmap", "web", "--type=merge", "-p", FREE)
    ended(running).expect()
    assert json.loads(clone.kubectl("-n", space, "get", "configmap", "web", "-o", "json"))["data"]


def test_an_object_that_stays_is_refused_before_anything_is_written(clone: Clone) -> None:
    space = "staying"
    clone.write("web.yaml", stream(config_map("web", a="1")))
    clone.project("staying", {"name": "web", "namespace": space, "manifests": ["web.yaml"]})
    clone.run("deploy", "--yes").expect()
    clone.kubectl("-n", space, "patch", "configmap", "web", "--type=merge", "-p", HOLD)
    clone.kubectl("-n", space, "delete", "configmap", "web", "--wait=false")
    assert is_deleting(clone, "-n", space, "configmap", "web")
    refused = clone.run("deploy", "--yes", "--timeout", "2s").expect(3)
    assert "ConfigMap staying/web is being deleted since" in refused.err
    assert "held by example.test/hold" in refused.err
    assert is_deleting(clone, "-n", space, "configmap", "web"), "its finalizer was not touched"
    clone.kubectl("-n", space, "patch", "configmap", "web", "--type=merge", "-p", FREE)
    clone.run("deploy", "--yes").expect()
    assert not clone.run("plan", "-o", "json").expect().json["has_changes"]
