"""Comparing, writing and waiting on a real API server: what moves between look and write, and how an end is told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from e2e.kube_tools import eventually
from fairlead.adapters.clock import SystemClock
from fairlead.adapters.kube.cluster import KubeCluster
from fairlead.adapters.kube.connection import Connection
from fairlead.adapters.kube.context import read_connection
from fairlead.engine.compare import Comparer, Comparison
from fairlead.engine.places import Places
from fairlead.engine.releases import read_releases
from fairlead.engine.waiting import Waiter
from fairlead.engine.writing import Writer, take_baselines
from fairlead.model.change import ChangeAction
from fairlead.model.component import Component, HelmSource
from fairlead.model.errors import Refused, StepFailed
from fairlead.model.objects import Manifest, ObjectRef, ref_of
from fairlead.model.record import ComponentRecord

pytestmark = pytest.mark.e2e

KEY = b"key"
OURS = "fairlead:web"


@pytest.fixture
def access(cluster_kubeconfig: Path) -> Connection:
    return read_connection(path=cluster_kubeconfig, environ={}, home=cluster_kubeconfig.parent)


@pytest.fixture
async def api(access: Connection) -> AsyncIterator[KubeCluster]:
    found = KubeCluster(access, clock=SystemClock(), timeout=180)
    yield found
    await found.close()


@pytest.fixture
async def space(api: KubeCluster) -> str:
    name = f"t{uuid4().hex[:8]}"
    await api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    return name


def config_map(space: str, name: str = "a", **data: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": space}, "data": data}


def deployment(space: str, *, replicas: int = 1, **pod: Any) -> Manifest:
    labels = {"app": "web"}
    container = {"name": "c", "image": "example.test/image:1"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": space},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container], **pod}},
        },
    }


async def compared(api: KubeCluster, *wanted: Manifest) -> tuple[Comparison, ...]:
    return await Comparer(api, key=KEY).compare({ref_of(m): m for m in wanted}, manager=OURS)


def writer(api: KubeCluster, *, force: bool = False) -> Writer:
    waiter = Waiter(cluster=api, clock=SystemClock(), places=Places(8), simulated=True)
    return Writer(
        cluster=api,
        comparer=Comparer(api, key=KEY),
        waiter=waiter,
        manager=OURS,
        force=force,
        timeout=10,
        fence=lambda: None,
    )


async def write(api: KubeCluster, *wanted: Manifest, force: bool = False) -> dict[ObjectRef, Manifest]:
    return await writer(api, force=force).write(await compared(api, *wanted), tell=lambda _: None)


async def change(api: KubeCluster, manifest: Manifest, *, manager: str = "somebody", force: bool = True) -> None:
    result = await api.apply(manifest, manager=manager, force=force)
    assert result.live is not None, result.message


async def actions(api: KubeCluster, *wanted: Manifest) -> list[ChangeAction]:
    return [c.change.action for c in await compared(api, *wanted)]


async def test_what_was_written_is_as_wanted(api: KubeCluster, space: str) -> None:
    wanted = [config_map(space, "a", x="1"), deployment(space)]
    assert await actions(api, *wanted) == [ChangeAction.CREATE] * 2
    assert set(await write(api, *wanted)) == {ref_of(m) for m in wanted}
    assert await actions(api, *wanted) == [ChangeAction.NOOP] * 2
    assert await write(api, *wanted) == {}


class Meddled(KubeCluster):
    """Somebody writes to the object `a` right after each of the first looks at it."""

    looks_to_spoil = 1

    async def observe(self, refs: Iterable[ObjectRef]) -> dict[ObjectRef, Manifest]:
        return await self._spoiled(await super().observe(refs))

    async def get(self, ref: ObjectRef) -> Manifest | None:
        found = await super().get(ref)
        return next(iter((await self._spoiled({ref: found} if found else {})).values()), None)

    async def _spoiled(self, found: dict[ObjectRef, Manifest]) -> dict[ObjectRef, Manifest]:
        for ref in found:
            if ref.kind == "ConfigMap" and self.looks_to_spoil:
                self.looks_to_spoil -= 1
                await change(self, config_map(ref.namespace, y=f"{self.looks_to_spoil}"))
        return found


@pytest.mark.parametrize("looks_to_spoil", [1, 2])
async def test_what_others_write_between_look_and_dry_run_is_no_change_of_ours(
    api: KubeCluster, access: Connection, space: str, looks_to_spoil: int
) -> None:
    """Controllers annotate what was just made: a plan right after a deployment would show their writes as changes."""
    await write(api, config_map(space, x="1"))
    meddled = Meddled(access, clock=SystemClock(), timeout=180)
    meddled.looks_to_spoil = looks_to_spoil
    try:
        assert await actions(meddled, config_map(space, x="1")) == [ChangeAction.NOOP]
    finally:
        await meddled.close()


async def test_what_lacks_its_namespace_or_kind_is_made_later(api: KubeCluster) -> None:
    widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}}
    found = await compared(api, config_map("not-there"), widget)
    assert [c.change.action for c in found] == [ChangeAction.CREATE] * 2
    assert all("what it needs is made first" in c.change.reason for c in found)


async def test_an_object_that_is_wrong_as_written_has_a_fault(api: KubeCluster, space: str) -> None:
    wrong = deployment(space)
    wrong["spec"]["selector"]["matchLabels"] = {"app": "other"}
    (found,) = await compared(api, wrong)
    assert "selector" in found.fault


async def test_a_foreign_change_is_a_conflict_and_is_taken_back_by_force(api: KubeCluster, space: str) -> None:
    await write(api, config_map(space, x="1"))
    await change(api, config_map(space, x="2"))
    (found,) = await compared(api, config_map(space, x="1"))
    assert [(f.path, f.wanted, f.found, f.owner) for f in found.change.conflicts] == [(".data.x", "1", "2", "somebody")]
    with pytest.raises(Refused, match=r"another manager owns \.data\.x \(somebody\)"):
        await write(api, config_map(space, x="1"))
    await write(api, config_map(space, x="1"), force=True)
    assert await actions(api, config_map(space, x="1")) == [ChangeAction.NOOP]


async def test_what_others_did_to_other_fields_in_between_does_not_matter(api: KubeCluster, space: str) -> None:
    await write(api, config_map(space, x="1"))
    planned = await compared(api, config_map(space, x="2"))
    await change(api, config_map(space, y="theirs"))
    written = await writer(api).write(planned, tell=lambda _: None)
    assert written[ref_of(config_map(space))]["data"] == {"x": "2", "y": "theirs"}


async def test_what_others_did_to_a_field_of_ours_in_between_refuses(api: KubeCluster, space: str) -> None:
    await write(api, config_map(space, x="1"))
    planned = await compared(api, config_map(space, x="2"))
    await change(api, config_map(space, x="3"))
    with pytest.raises(Refused) as caught:
        await writer(api).write(planned, tell=lambda _: None)
    assert not caught.value.changed
    live = await api.get(ref_of(config_map(space)))
    assert live is not None
    assert live["data"] == {"x": "3"}


async def test_an_object_made_anew_in_between_is_not_written_over(api: KubeCluster, space: str) -> None:
    await write(api, config_map(space, x="1"))
    planned = await compared(api, config_map(space, x="2"))
    await api.delete(ref_of(config_map(space)))
    await change(api, config_map(space, x="theirs"))
    with pytest.raises(Refused):
        await writer(api).write(planned, tell=lambda _: None)


async def test_one_that_is_refused_keeps_no_other_of_its_batch_from_being_written(api: KubeCluster, space: str) -> None:
    await write(api, config_map(space, "bad", x="1"))
    await change(api, config_map(space, "bad", x="2"))
    with pytest.raises(Refused) as caught:
        await write(api, config_map(space, "bad", x="1"), config_map(space, "good", x="1"))
    assert caught.value.changed
    assert await api.get(ref_of(config_map(space, "good")))


async def test_baselines_hold_until_a_field_of_ours_moves(api: KubeCluster, space: str) -> None:
    async def baseline(written: dict[ObjectRef, Manifest]) -> Any:
        wanted = {ref_of(m): m for m in (config_map(space, x="1"),)}
        return (await take_baselines(api, wanted, written, manager=OURS, key=KEY))[ref_of(config_map(space))]

    before = await baseline(await write(api, config_map(space, x="1")))
    await change(api, config_map(space, y="theirs"))
    beside = await baseline({})
    assert (beside.owned_hash, beside.uid) == (before.owned_hash, before.uid)
    assert beside.resource_version != before.resource_version
    await change(api, config_map(space, x="2"))
    assert (await baseline({})).owned_hash != before.owned_hash


async def test_a_baseline_of_what_moved_right_after_our_write_is_that_of_our_write(
    api: KubeCluster, space: str
) -> None:
    written = await write(api, config_map(space, x="1"))
    await change(api, config_map(space, x="2"))
    ref = ref_of(config_map(space))
    found = await take_baselines(api, {ref: config_map(space, x="1")}, written, manager=OURS, key=KEY)
    assert found[ref].resource_version == written[ref]["metadata"]["resourceVersion"]


async def test_a_baseline_of_what_is_gone_fails_the_step(api: KubeCluster, space: str) -> None:
    ref = ref_of(config_map(space))
    with pytest.raises(StepFailed, match="is gone again"):
        await take_baselines(api, {ref: config_map(space)}, {}, manager=OURS, key=KEY)


async def test_waiting_ends_when_all_are_as_they_should_be(api: KubeCluster, space: str) -> None:
    told: list[str] = []
    written = await write(api, deployment(space), config_map(space))
    waiter = Waiter(cluster=api, clock=SystemClock(), places=Places(8), simulated=True)
    await waiter.wait(written, timeout=180, tell=told.append)
    assert all(line.startswith(f"waiting for Deployment {space}/web") for line in told)


async def is_told(api: KubeCluster, space: str, reason: str) -> bool:
    """Whether an event of a pod has *reason*."""
    return any(
        event.get("reason") == reason and event["involvedObject"]["kind"] == "Pod"
        for event in await api.list_objects(group="", kind="Event", namespace=space)
    )


async def test_a_timeout_names_object_reason_pod_and_event(api: KubeCluster, space: str) -> None:
    written = await write(api, deployment(space, nodeSelector={"nobody": "has-it"}))
    await eventually(lambda: is_told(api, space, "FailedScheduling"))
    waiter = Waiter(cluster=api, clock=SystemClock(), places=Places(8), simulated=True)
    with pytest.raises(StepFailed) as caught:
        await waiter.wait(written, timeout=0.3, tell=lambda _: None)
    assert caught.value.message.startswith(f"Deployment {space}/web is not ready after 0 s: ")
    assert "pod web-" in caught.value.message
    assert "last event FailedScheduling" in caught.value.message


async def test_what_is_not_there_is_waited_for_and_named(api: KubeCluster, space: str) -> None:
    waiter = Waiter(cluster=api, clock=SystemClock(), places=Places(8), simulated=True)
    with pytest.raises(StepFailed, match=f"ConfigMap {space}/a is not ready after 0 s: it is not there"):
        await waiter.wait([ref_of(config_map(space))], timeout=0.3, tell=lambda _: None)


async def test_what_failed_for_good_ends_the_waiting_at_once(api: KubeCluster, space: str) -> None:
    claim = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "late", "namespace": space},
        "spec": {
            "activeDeadlineSeconds": 1,
            "template": {
                "spec": {
                    "restartPolicy": "Never",
                    "nodeSelector": {"nobody": "has-it"},
                    "containers": [{"name": "c", "image": "example.test/image:1"}],
                }
            },
        },
    }
    written = await write(api, claim)
    waiter = Waiter(cluster=api, clock=SystemClock(), places=Places(8), simulated=True)
    with pytest.raises(StepFailed, match=f"Job {space}/late cannot recover \\(job-failed\\): "):
        await waiter.wait(written, timeout=120, tell=lambda _: None)


async def test_a_service_without_endpoints_is_named(api: KubeCluster, space: str) -> None:
    service = ObjectRef(kind="Service", namespace=space, name="hook")
    waiter = Waiter(cluster=api, clock=SystemClock(), places=Places(8), simulated=True)
    with pytest.raises(StepFailed, match=f"Service {space}/hook has no ready endpoint after 0 s"):
        await waiter.wait_for_endpoints([service], timeout=0.3, tell=lambda _: None)


def release(space: str, revision: int, status: str) -> Manifest:
    labels = {"owner": "helm", "name": "shop", "version": str(revision), "status": status}
    name = f"sh.helm.release.v1.shop.v{revision}"
    metadata = {"name": name, "namespace": space, "labels": labels}
    return {"apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1", "metadata": metadata}


async def test_the_newest_revision_of_a_release_counts(api: KubeCluster, space: str) -> None:
    for revision, status in ((2, "superseded"), (10, "deployed"), (9, "superseded")):
        assert (await api.create(release(space, revision, status))).live is not None
    component = Component(name="shop", namespace=space, source=HelmSource(chart="c"))
    releases = await read_releases(api)
    head = releases.head(component)
    assert head is not None
    assert (head.revision, head.status) == (10, "deployed")
    assert releases.is_ours(component, ComponentRecord(component="shop", revision=10))
    assert not releases.is_ours(component, ComponentRecord(component="shop", revision=9))
