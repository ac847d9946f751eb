"""What nobody wants any more: removed when asked for, in reverse order, and nothing that should stay.

Cases: a component that is gone, renamed, an object that goes to another component (plain, Helm, both ways), a claim,
a namespace with a claim in it, a definition with objects, an object somebody else took over, kept by annotation or
`prune: false`, a run killed between two deletions, a whole environment destroyed.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from e2e.crash_rig import SHORT_LEASE, Api, kill
from e2e.objects import Object, chart, config_map, crd, job, stream, workload
from e2e.rig import Clone, eventually, writes

pytestmark = pytest.mark.e2e


def namespace(name: str) -> Object:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def claim(name: str) -> Object:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "storageClassName": ""}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec}


def widget(kind: str, name: str) -> Object:
    return {"apiVersion": "faults.example.test/v1", "kind": kind, "metadata": {"name": name}}


def plain(name: str, *, in_namespace: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "namespace": in_namespace, "manifests": f"manifests/{name}.yaml", **fields}


PATHS = {
    "configmap": "/api/v1",
    "namespace": "/api/v1",
    "pod": "/api/v1",
    "pvc": "/api/v1",
    "deployment": "/apis/apps/v1",
    "statefulset": "/apis/apps/v1",
    "job": "/apis/batch/v1",
    "gadget": "/apis/faults.example.test/v1",
}


def found(clone: Clone, kind: str, name: str, in_namespace: str) -> Mapping[str, Any] | None:
    """The object as the API server has it; kubectl would cost a third of a second for each look."""
    space = f"/namespaces/{in_namespace}" if in_namespace else ""
    plural = "persistentvolumeclaims" if kind == "pvc" else f"{kind}s"
    with contextlib.closing(Api(clone.kubeconfig)) as api:
        live: Mapping[str, Any] | None = api.get(f"{PATHS[kind]}{space}/{plural}/{name}")
    return live


def uid(clone: Clone, kind: str, name: str, in_namespace: str) -> str:
    live = found(clone, kind, name, in_namespace)
    return live["metadata"]["uid"] if live else ""


def managers(live: Mapping[str, Any]) -> set[str]:
    return {entry["manager"] for entry in live["metadata"]["managedFields"]}


def test_removed_component_is_kept_until_pruning_is_asked_for(clone: Clone, audit_log: Path) -> None:
    clone.write("manifests/base.yaml", stream(config_map("base")))
    objects = (config_map("gone", a="1"), workload("gone"), claim("data"))
    clone.write("manifests/gone.yaml", stream(*objects))
    base = plain("base", in_namespace="removed")
    clone.project("removed", base, plain("gone", in_namespace="removed"))
    clone.run("deploy").expect()

    clone.project("removed", base)
    kept = clone.run("plan", "--detailed-exitcode").expect(0)
    assert "component gone is no longer in the project: what it deployed is kept, until --prune" in kept.out

    shown = clone.run("plan", "--prune", "--detailed-exitcode").expect(2)
    assert "Plan: 2 to delete." in shown.out
    assert "PersistentVolumeClaim removed/data of gone is kept: it holds data" in shown.out
    assert "--prune-also PersistentVolumeClaim/removed/data" in shown.out

    before = audit_log.stat().st_size
    clone.run("deploy", "--prune").expect()
    deleted = [write[1:] for write in writes(audit_log, since=before, agents=("fairlead",)) if write[0] == "delete"]
    assert deleted == [("deployments", "removed", "gone"), ("configmaps", "removed", "gone")]
    assert found(clone, "pvc", "data", "removed")

    clone.run("deploy", "--prune", "--prune-also", "pvc/removed/data").expect(4)
    clone.run("deploy", "--prune", "--prune-also", "persistentvolumeclaim/removed/data").expect()
    assert found(clone, "pvc", "data", "removed") is None
    assert [c["name"] for c in clone.run("status", "-o", "json").expect().json["components"]] == ["base"]


def test_two_projects_with_components_of_one_name_leave_each_other_alone(clone: Clone) -> None:
    place, web = "twins", plain("web", in_namespace="twins")
    clone.write("manifests/web.yaml", stream(config_map("text", a="1")))
    clone.project("twin-a", web)
    clone.run("deploy").expect()
    clone.project("twin-b", web)
    clone.write("manifests/web.yaml", stream(config_map("text", a="2"), config_map("own")))
    refused = clone.run("deploy").expect(3)
    assert "ConfigMap twins/text: conflict: it belongs to component web of project twin-a (environment local)" in (
        refused.err
    )
    assert found(clone, "configmap", "own", place) is None

    clone.run("deploy", "--force-conflicts").expect()
    clone.write("manifests/web.yaml", stream(config_map("other")))
    pruned = clone.run("deploy", "--prune").expect()
    assert "component web of project twin-a (environment local) has it: not ours" in pruned.out + pruned.err
    assert found(clone, "configmap", "text", place)
    assert found(clone, "configmap", "own", place) is None


def test_renamed_component_keeps_its_objects(clone: Clone, audit_log: Path) -> None:
    clone.write("manifests/one.yaml", stream(config_map("text", a="1", b="2"), workload("app")))
    clone.project("renamed", plain("one", in_namespace="renamed"))
    clone.run("deploy").expect()
    first = uid(clone, "deployment", "app", "renamed")

    clone.write("manifests/two.yaml", stream(config_map("text", a="1"), workload("app")))
    clone.project("renamed", plain("two", in_namespace="renamed"))
    shown = clone.run("plan", "--prune").expect()
    assert "> Deployment renamed/app: moves from component one" in shown.out
    assert "Plan: 2 to adopt." in shown.out

    before = audit_log.stat().st_size
    clone.run("deploy").expect()
    assert [write for write in writes(audit_log, since=before, agents=("fairlead",)) if write[0] == "delete"] == []
    assert uid(clone, "deployment", "app", "renamed") == first
    text = found(clone, "configmap", "text", "renamed")
    assert text is not None
    assert text["data"] == {"a": "1"}
    assert managers(text) == {"fairlead:two"}
    after = clone.run("plan", "--prune", "--detailed-exitcode").expect(0)
    assert [c["name"] for c in clone.run("status", "-o", "json").expect().json["components"]] == ["two"], after.out


def test_objects_move_between_components_of_all_kinds(clone: Clone) -> None:
    """`text` goes plain -> release -> other release -> plain, `app` stays with its release."""
    place = "moved"
    text, app = stream(config_map("text", a="1")), stream(workload("app"))
    empty = stream(config_map("other"))

    def arrange(**content: str) -> None:
        chart(clone, "one", content["one"])
        chart(clone, "two", content["two"])
        clone.write("manifests/flat.yaml", content["flat"])
        components = [
            {"name": name, "namespace": place, "helm": {"chart": f"charts/{name}"}} for name in ("one", "two")
        ]
        clone.project(place, plain("flat", in_namespace=place), *components)

    lone = stream(config_map("lone"))
    arrange(flat=empty + "---\n" + text, one=app, two=lone)
    clone.run("deploy").expect()
    first = uid(clone, "configmap", "text", place)
    stations = (
        ({"flat": empty, "one": app + "---\n" + text, "two": lone}, {"helm"}, "one"),
        ({"flat": empty, "one": app, "two": lone + "---\n" + text}, {"helm"}, "two"),
        ({"flat": empty + "---\n" + text, "one": app, "two": lone}, {"fairlead:flat"}, None),
    )
    for content, owners, release in stations:
        arrange(**content)
        done = clone.run("deploy", "--prune", "-o", "json").expect().json
        changes = {c["action"]: c["reason"] for s in done["plan"]["steps"] for c in s["changes"] if _is_text(c)}
        assert [*changes] == ["adopt"]
        assert "moves from component" in changes["adopt"]
        live = found(clone, "configmap", "text", place)
        assert live is not None
        assert (live["metadata"]["uid"], managers(live)) == (first, owners)
        annotations = live["metadata"].get("annotations", {})
        assert annotations.get("meta.helm.sh/release-name") == release
        assert "helm.sh/resource-policy" not in annotations
    clone.run("plan", "--prune", "--detailed-exitcode").expect(0)

    # As a run leaves it that is killed between an upgrade of helm's and the end of its step.
    marks = ("helm.sh/resource-policy=keep", "fairlead.dev/held=true")
    clone.kubectl("annotate", "configmap", "lone", "-n", place, *marks)
    arrange(flat=empty + "---\n" + text, one=app, two=stream(config_map("last")))
    clone.run("deploy").expect()
    assert found(clone, "configmap", "lone", place) is None


def _is_text(change: Mapping[str, Any]) -> bool:
    return (change.get("target") or {}).get("name") == "text" and change["action"] != "no-op"


def test_what_holds_something_stays(clone: Clone) -> None:
    """A namespace with a claim, a definition with objects, a chart's claim, an object that somebody made anew, one that
    says keep, a component that says `prune: false`."""
    place = "holding"
    kept = {**config_map("kept"), "metadata": {"name": "kept", "annotations": {"helm.sh/resource-policy": "keep"}}}
    inner = {**claim("data"), "metadata": {"name": "data", "namespace": "inner"}}
    definition = crd("gadgets", "Gadget", {"name": "v1", "storage": True})
    clone.write("manifests/base.yaml", stream(config_map("base")))
    clone.write(
        "manifests/store.yaml", stream(namespace("inner"), inner, config_map("mine"), config_map("taken"), kept)
    )
    clone.write("manifests/kinds.yaml", stream(definition, crd("gizmos", "Gizmo", {"name": "v1", "storage": True})))
    clone.write("manifests/still.yaml", stream(config_map("still")))
    chart(clone, "disk", stream(claim("disk"), config_map("disk")))
    base = plain("base", in_namespace=place)
    clone.project(
        place,
        base,
        plain("store", in_namespace=place),
        plain("kinds", in_namespace=place),
        plain("still", in_namespace=place, prune=False),
        {"name": "disk", "namespace": place, "helm": {"chart": "charts/disk"}},
    )
    clone.run("deploy").expect()
    clone.kubectl("apply", "-n", place, "-f", "-", stdin=json.dumps(widget("Gadget", "a")))
    clone.kubectl("delete", "configmap", "taken", "-n", place)
    clone.kubectl("create", "configmap", "taken", "-n", place)

    clone.project(place, base)
    done = clone.run("deploy", "--prune").expect()
    for said in (
        "ConfigMap holding/kept of store is kept: its annotation helm.sh/resource-policy says keep",
        "ConfigMap holding/still of still is kept: component still says `prune: false`",
        "CustomResourceDefinition gadgets.faults.example.test of kinds is kept: there is Gadget holding/a, which stays",
        "Namespace inner of store is kept: everything in it would go with it",
        "PersistentVolumeClaim holding/disk of disk is kept: it holds data",
        "ConfigMap holding/taken of store is left alone: deleted and made again by somebody else: not ours",
    ):
        assert said in done.out
    for kind, name, where in (
        ("configmap", "kept", place),
        ("configmap", "still", place),
        ("configmap", "taken", place),
        ("gadget", "a", place),
        ("pvc", "disk", place),
        ("pvc", "data", "inner"),
    ):
        assert found(clone, kind, name, where), name
    assert found(clone, "configmap", "mine", place) is None
    assert found(clone, "configmap", "disk", place) is None
    assert "gizmos" not in clone.kubectl("get", "crds", "-o", "name")
    assert clone.kubectl("get", "secrets", "-n", place, "-l", "owner=helm", "-o", "name") == ""
    named = clone.run("deploy", "--prune", "--prune-also", "Namespace/inner").expect()
    assert "Namespace inner of store is kept: there is PersistentVolumeClaim inner/data, which stays" in named.out
    clone.run(
        "deploy", "--prune", "--prune-also", "namespace/inner", "--prune-also", "PersistentVolumeClaim/inner/data"
    ).expect()
    assert found(clone, "namespace", "inner", "") is None


def test_environment_is_destroyed_in_reverse_order(clone: Clone, audit_log: Path) -> None:
    place = "doomed"
    clone.write("manifests/low.yaml", stream(config_map("low"), claim("data")))
    clone.write("manifests/high.yaml", stream(workload("high")))
    chart(clone, "mid", stream(config_map("mid")))
    clone.project(
        place,
        plain("low", in_namespace=place, tier="infrastructure"),
        {"name": "mid", "tier": "storage", "namespace": place, "helm": {"chart": "charts/mid"}},
        plain("high", in_namespace=place),
    )
    clone.run("deploy").expect()
    assert "pass --yes to destroy it unasked" in clone.run("destroy").expect(3).err
    assert "nobody" in clone.run("destroy", "--yes", "nobody").expect(4).err
    before = audit_log.stat().st_size
    done = clone.run("destroy", "--yes").expect()
    mine = [
        w for w in writes(audit_log, since=before, agents=("fairlead", "Helm")) if w[0] == "delete" and w[2] == place
    ]
    assert [name for _, resource, _, name in mine if resource != "secrets"] == ["high", "mid", "low"]
    assert "PersistentVolumeClaim doomed/data of low is kept: it holds data" in done.out
    assert found(clone, "pvc", "data", place)
    clone.run("destroy", "--yes", "--prune-also", "PersistentVolumeClaim/doomed/data").expect()
    assert found(clone, "pvc", "data", place) is None
    assert clone.run("status", "-o", "json").expect().json["components"] == []
    clone.run("deploy").expect()
    assert found(clone, "deployment", "high", place)


def test_prune_that_is_stuck_says_why_and_one_that_was_killed_is_resumed(clone: Clone) -> None:
    place = "killed"
    held = {**config_map("held"), "metadata": {"name": "held", "finalizers": ["example.test/hold"]}}
    clone.write("manifests/base.yaml", stream(config_map("base")))
    clone.write("manifests/gone.yaml", stream(held, workload("gone")))
    base = plain("base", in_namespace=place)
    clone.project(place, base, plain("gone", in_namespace=place))
    clone.run("deploy").expect()
    clone.project(place, base)
    stuck = clone.run("deploy", "--prune", "--timeout", "3s").expect(1)
    assert "held by example.test/hold: still there after" in stuck.out

    process = clone.start("deploy", "--prune", **SHORT_LEASE)
    with contextlib.closing(Api(clone.kubeconfig)) as api:
        eventually(lambda: "gone/prune" in api.steps(place).in_doubt, seconds=120)
    kill(process, clone)
    clone.kubectl("patch", "configmap", "held", "-n", place, "--type=json", "-p", REMOVE_FINALIZERS)
    clone.run("unlock", "--yes", **SHORT_LEASE).expect()
    clone.run("resume").expect()
    assert [c["name"] for c in clone.run("status", "-o", "json").expect().json["components"]] == ["base"]


REMOVE_FINALIZERS = '[{"op": "remove", "path": "/metadata/finalizers"}]'


def test_what_cannot_be_changed_is_replaced_where_that_is_allowed(clone: Clone) -> None:
    place = "replaced"

    def arrange(*, label: str, image: str, service: str, **fields: Any) -> None:
        app = {"app": label}
        chosen = workload("app")
        chosen["spec"]["selector"]["matchLabels"] = chosen["spec"]["template"]["metadata"]["labels"] = app
        member = workload("member")
        member = {**member, "kind": "StatefulSet", "spec": {**member["spec"], "serviceName": service}}
        other = {**chosen, "metadata": {"name": "other"}, "kind": "StatefulSet"}
        other["spec"] = {**chosen["spec"], "serviceName": "other"}
        clone.write("manifests/all.yaml", stream(chosen, job("once", image=image), member, other))
        chart(clone, "web", stream(chosen | {"metadata": {"name": "web"}}))
        clone.project(
            place,
            plain("all", in_namespace=place, **fields),
            {"name": "web", "namespace": place, "helm": {"chart": "charts/web"}, **fields},
        )

    arrange(label="one", image="app:1", service="one")
    clone.run("deploy").expect()
    pod = uid(clone, "pod", "member-0", place)
    arrange(label="two", image="app:2", service="two")
    refused = clone.run("deploy").expect(4)
    assert "`replace: allow`" in refused.err
    arrange(label="two", image="app:2", service="two", replace="allow")
    shown = clone.run("plan").expect()
    assert "5 to replace" in shown.out
    lost = uid(clone, "pod", "other-0", place)
    clone.run("deploy").expect()
    assert uid(clone, "pod", "member-0", place) == pod
    other = found(clone, "pod", "other-0", place)
    assert other is not None
    assert (other["metadata"]["uid"] != lost, other["metadata"]["labels"]["app"]) == (True, "two")
    for kind, name in (("deployment", "app"), ("deployment", "web"), ("job", "once"), ("statefulset", "member")):
        assert found(clone, kind, name, place), name
    clone.run("plan", "--detailed-exitcode").expect(0)


def test_workload_under_an_autoscaler_keeps_its_replicas(clone: Clone) -> None:
    place = "scaled"
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    scaler: Object = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web"},
        "spec": {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 9},
    }

    def replicas() -> int:
        live = found(clone, "deployment", "web", place)
        assert live is not None
        return int(live["spec"]["replicas"])

    app = workload("web", replicas=5)
    clone.write("manifests/web.yaml", stream(app))
    clone.project("scaled", plain("web", in_namespace=place, replace="allow"))
    clone.run("deploy").expect()

    del app["spec"]["replicas"]
    clone.write("manifests/web.yaml", stream(app, scaler))
    clone.run("deploy").expect()
    assert replicas() == 5

    first = uid(clone, "deployment", "web", place)
    app["spec"]["selector"]["matchLabels"]["tier"] = app["spec"]["template"]["metadata"]["labels"]["tier"] = "front"
    clone.write("manifests/web.yaml", stream(app, scaler))
    clone.run("deploy").expect()
    assert uid(clone, "deployment", "web", place) != first
    assert replicas() == 5
    clone.run("plan", "--detailed-exitcode").expect(0)


def test_what_a_first_run_wrote_before_it_failed_is_pruned(clone: Clone) -> None:
    place = "attempted"
    clone.write("manifests/base.yaml", stream(config_map("base")))
    clone.write("manifests/first.yaml", stream(config_map("made"), workload("stuck", nodeSelector={"no": "node"})))
    chart(clone, "second", stream(config_map("charted"), workload("stuck-too", nodeSelector={"no": "node"})))
    base = plain("base", in_namespace=place)
    first = plain("first", in_namespace=place, timeout="2s")
    second = {"name": "second", "namespace": place, "helm": {"chart": "charts/second"}, "timeout": "2s"}
    clone.project("attempted", base, first, second)
    clone.run("deploy").expect(1)
    assert found(clone, "configmap", "made", place)
    assert found(clone, "configmap", "charted", place)

    clone.project("attempted", base)
    kept = clone.run("plan").expect()
    assert "component first is no longer in the project: what it deployed is kept, until --prune" in kept.out
    clone.run("deploy", "--prune").expect()
    for name in ("made", "charted"):
        assert found(clone, "configmap", name, place) is None
    for name in ("stuck", "stuck-too"):
        assert found(clone, "deployment", name, place) is None
    assert [c["name"] for c in clone.run("status", "-o", "json").expect().json["components"]] == ["base"]
