"""Waiting for what is being deleted, under a clock that a test moves."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from fairlead.engine.deleting import Deleter
from fairlead.engine.places import Places
from fairlead.engine.terminating import PATIENCE_SECONDS, StillTerminating, outwait, wait_until_gone
from fairlead.model.errors import StepFailed
from fairlead.model.objects import Manifest, ref_of
from fairlead.planning.terminating import find_terminating
from fairlead.ports import Cluster
from fairlead.testing.clock import FakeClock
from unit.engine.cluster import StagedCluster


def held(uid: str = "u", **metadata: Any) -> Manifest:
    stated = {"name": "x", "namespace": "n", "uid": uid, **metadata}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": stated}


DELETED = held(deletionTimestamp="2026-01-01T00:00:00Z", finalizers=["example.test/hold"])
REF = ref_of(DELETED)


@pytest.fixture
def cluster() -> StagedCluster:
    return StagedCluster(clock=FakeClock())


async def gone(cluster: StagedCluster, *, uid: str = "u", timeout: float = 30) -> list[str]:
    told: list[str] = []
    given: Any = cluster
    await wait_until_gone({REF: uid}, cluster=given, clock=cluster.clock, timeout=timeout, tell=told.append)
    return told


async def test_what_goes_in_time_is_waited_for_and_told_once(cluster: StagedCluster) -> None:
    cluster.put(DELETED)
    cluster.remove(DELETED, at=5)
    (told,) = await gone(cluster)
    assert told.startswith("waiting until it is gone: ConfigMap n/x is being deleted since 2026-01-01T00:00:00Z")
    assert cluster.clock.monotonic() < 8


async def test_what_stays_ends_the_wait_with_who_holds_it(cluster: StagedCluster) -> None:
    cluster.put(DELETED)
    with pytest.raises(
        StepFailed, match=r"ConfigMap n/x is being deleted .* held by example.test/hold: still there after 30 s"
    ):
        await gone(cluster)


async def test_another_object_of_the_same_name_is_not_waited_for(cluster: StagedCluster) -> None:
    cluster.put(held(uid="new"))
    assert await gone(cluster) == []


async def test_a_deployment_waits_a_while_and_then_refuses(cluster: StagedCluster) -> None:
    cluster.put(DELETED)
    found, given = find_terminating(DELETED), cluster
    assert found is not None
    anything: Any = given
    with pytest.raises(StillTerminating) as caught:
        await outwait((found,), cluster=anything, clock=cluster.clock, timeout=PATIENCE_SECONDS, tell=lambda _: None)
    assert cluster.clock.monotonic() >= PATIENCE_SECONDS
    assert caught.value.hint.endswith("Fairlead removes no finalizer; then deploy again")


async def test_what_nobody_marked_for_deletion_is_told_as_such(cluster: StagedCluster) -> None:
    cluster.put(held())
    with pytest.raises(StepFailed, match=r"^ConfigMap n/x is there, and not being deleted: still there after 30 s$"):
        await gone(cluster)


async def test_who_waits_for_a_deletion_gives_its_place_to_another(cluster: StagedCluster) -> None:
    places, given, at_work = Places(1), cast("Cluster", cluster), []
    cluster.put(DELETED)
    cluster.remove(DELETED, at=5)
    deleter = Deleter(cluster=given, clock=cluster.clock, places=places, fence=lambda: None)

    async def other() -> None:
        async with places.taken():
            at_work.append(cluster.clock.monotonic())

    async with places.taken():
        waiting = asyncio.ensure_future(deleter.wait_until_gone({REF: "u"}, timeout=30, tell=lambda _: None))
        await asyncio.gather(waiting, asyncio.ensure_future(other()))
    assert at_work[0] < 5
