"""Waiting for what is being deleted, under a clock that a test moves."""

from __future__ import annotations

from typing import Any

import pytest

from fairlead.engine.terminating import PATIENCE_SECONDS, StillTerminating, outwait, wait_until_gone
from fairlead.model.errors import StepFailed
from fairlead.model.objects import Manifest, ref_of
from fairlead.planning.terminating import find_terminating
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
    with pytest.raises(StepFailed, match=r"after 30 s ConfigMap n/x is being deleted .* held by example.test/hold"):
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
