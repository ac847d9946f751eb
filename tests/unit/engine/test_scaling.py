"""A workload that an autoscaler scales keeps its number of replicas, whatever we stop stating or make anew."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any, cast

import pytest

from fairlead.engine.compare import Comparer, Comparison
from fairlead.engine.scaling import Scaling
from fairlead.engine.writing import Writer
from fairlead.formats.json_data import as_map
from fairlead.model.change import ChangeAction
from fairlead.model.objects import ApplyResult, Manifest, ObjectRef, ref_of
from fairlead.ports import Cluster
from unit.engine.test_waiting import Stage

WANTED: Manifest = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "shop"},
    "spec": {"paused": True},
}
WEB = ref_of(WANTED)
US = "fairlead:web"


def deployment(replicas: int, owner: str, *, uid: str = "u1") -> Manifest:
    fields = {"f:spec": {"f:replicas": {}, "f:paused": {}} if owner == US else {"f:paused": {}}}
    entries = [{"manager": US, "operation": "Apply", "apiVersion": "apps/v1", "fieldsV1": fields}]
    if owner not in (US, ""):
        theirs = {"f:spec": {"f:replicas": {}}}
        entries.append({"manager": owner, "operation": "Update", "subresource": "scale", "fieldsV1": theirs})
    metadata = {**WANTED["metadata"], "uid": uid, "resourceVersion": "7", "managedFields": entries}
    return {**WANTED, "metadata": metadata, "spec": {"paused": False, "replicas": replicas}}


class Server:
    """As the API server treats one Deployment: a field that its only owner states no more is taken away."""

    def __init__(self, live: Manifest, *, is_immutable: bool = False) -> None:
        self.live: Manifest | None = live
        self.is_immutable = is_immutable
        self.moved = 0

    async def kinds(self) -> Server:
        return self

    def serves(self, _: ObjectRef) -> bool:
        return True

    async def observe_metadata(self, refs: Iterable[ObjectRef]) -> dict[ObjectRef, object]:
        return dict.fromkeys(refs)

    async def observe(self, refs: Iterable[ObjectRef]) -> dict[ObjectRef, Manifest]:
        return {WEB: copy.deepcopy(self.live)} if self.live and WEB in list(refs) else {}

    async def get(self, _: ObjectRef) -> Manifest | None:
        return copy.deepcopy(self.live)

    async def apply(
        self, manifest: Manifest, *, manager: str, dry_run: bool = False, force: bool = False
    ) -> ApplyResult:
        if self.is_immutable and self.live is not None:
            return ApplyResult(ref=WEB, status=422, message="spec.selector: field is immutable")
        spec, before = as_map(manifest["spec"]), self.live
        found = deployment(1, US if "replicas" in spec else "", uid="u2" if before is None else "u1")
        if "replicas" in spec:
            found["spec"]["replicas"] = spec["replicas"]
        elif before is not None and owners(before) != [manager]:
            found["spec"]["replicas"] = before["spec"]["replicas"]
        found["spec"]["paused"] = True
        if not dry_run:
            found["metadata"]["resourceVersion"] = "9"
            self.live = found
        return ApplyResult(ref=WEB, live=copy.deepcopy(found))

    async def delete(self, _: ObjectRef, **__: object) -> ApplyResult:
        gone, self.live = self.live, None
        return ApplyResult(ref=WEB, live=gone)

    async def replace(self, manifest: Manifest, *, manager: str = "", dry_run: bool = False) -> ApplyResult:
        self.live = copy.deepcopy(manifest)
        return ApplyResult(ref=WEB, live=manifest)

    async def hand_over(self, live: Manifest, managed_fields: list[Any]) -> ApplyResult:
        if self.moved:
            self.moved -= 1
            return ApplyResult(ref=WEB, status=409, message="moved")
        assert self.live is not None
        self.live = {**self.live, "metadata": {**self.live["metadata"], "managedFields": list(managed_fields)}}
        return ApplyResult(ref=WEB, live=copy.deepcopy(self.live))


def owners(live: Manifest) -> list[str]:
    return [e["manager"] for e in live["metadata"]["managedFields"] if "f:replicas" in e["fieldsV1"]["f:spec"]]


async def compared(server: Server, *, is_scaled: bool = True) -> Comparison:
    comparer = Comparer(cast("Cluster", server), key=b"")
    scaled = [WEB] if is_scaled else []
    (found,) = await comparer.compare({WEB: WANTED}, manager=US, may_replace=True, scaled=scaled)
    return found


async def written(server: Server) -> Manifest:
    comparison = await compared(server)
    cluster = cast("Cluster", server)
    writer = Writer(
        cluster=cluster,
        comparer=Comparer(cluster, key=b""),
        waiter=Stage().waiter(),
        manager=US,
        force=False,
        timeout=60,
        fence=lambda: None,
    )
    (live,) = (await writer.write([comparison], tell=lambda _: None)).values()
    return live


@pytest.mark.parametrize("owner", [US, "kube-controller-manager", ""])
async def test_a_write_that_states_no_replicas_keeps_their_number(owner: str) -> None:
    server = Server(deployment(5, owner))
    comparison = await compared(server)
    assert [field.path for field in comparison.change.fields] == [".spec.paused"]
    live = await written(server)
    assert live["spec"] == {"paused": True, "replicas": 5}
    assert US not in owners(live)


async def test_without_an_autoscaler_the_plan_shows_what_kubernetes_will_do() -> None:
    comparison = await compared(Server(deployment(5, US)), is_scaled=False)
    assert ".spec.replicas" in [field.path for field in comparison.change.fields]


@pytest.mark.parametrize("owner", [US, "kube-controller-manager"])
async def test_a_workload_made_anew_has_as_many_replicas_as_before_and_leaves_them(owner: str) -> None:
    server = Server(deployment(5, owner), is_immutable=True)
    assert (await compared(server)).change.action is ChangeAction.REPLACE
    live = await written(server)
    assert (live["metadata"]["uid"], live["spec"]["replicas"]) == ("u2", 5)
    assert owners(live) == []


async def test_what_helm_made_anew_is_scaled_as_before() -> None:
    server = Server(deployment(1, ""))
    await Scaling(cluster=cast("Cluster", server), fence=lambda: None).restore(WEB, 5)
    assert server.live is not None
    assert server.live["spec"]["replicas"] == 5


async def test_replicas_are_handed_over_when_the_object_stops_moving() -> None:
    server = Server(deployment(5, US))
    server.moved = 2
    live = await Scaling(cluster=cast("Cluster", server), fence=lambda: None).released(deployment(5, US), US)
    assert owners(live) == []
