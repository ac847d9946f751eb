"""The port Lock: one suite, on the lock in memory and on the Lease of a real API server."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import uuid4

import pytest

from fairlead.adapters.clock import SystemClock
from fairlead.adapters.kube.cluster import KubeCluster
from fairlead.adapters.kube.context import read_connection
from fairlead.adapters.state.cluster_lock import ClusterLock
from fairlead.adapters.state.cluster_state import ClusterState
from fairlead.model.lease import Lease
from fairlead.ports import Lock
from fairlead.testing.lock import Cell, MemoryLock

OURS = Lease(holder="us@here pid 1", token=1, renewed="", duration_seconds=30)


@pytest.fixture(params=["fake", pytest.param("cluster", marks=pytest.mark.e2e)])
def kubeconfig(request: pytest.FixtureRequest) -> Path | None:
    if request.param == "fake":
        return None
    found: Path = request.getfixturevalue("cluster_kubeconfig")
    return found


@pytest.fixture
async def another(kubeconfig: Path | None) -> AsyncIterator[Callable[[], Lock]]:
    """The same lock, as another process has it."""
    if kubeconfig is None:
        cell = Cell()
        yield lambda: MemoryLock(cell)
        return
    connection = read_connection(path=kubeconfig, environ={}, home=kubeconfig.parent)
    cluster, project = KubeCluster(connection, clock=SystemClock(), timeout=60), f"p{uuid4().hex[:8]}"
    await ClusterState(cluster, project=project, environment="local").prepare()
    yield lambda: ClusterLock(cluster, project=project, environment="local")
    await cluster.close()


async def test_nobody_holds_a_new_lock(another: Callable[[], Lock]) -> None:
    assert await another().read() is None


async def test_what_is_written_is_read_by_others(another: Callable[[], Lock]) -> None:
    written = await another().write(OURS)
    assert written is not None
    assert written.version
    assert await another().read() == written
    assert (written.holder, written.token, written.duration_seconds) == (OURS.holder, 1, 30)


async def test_a_lock_that_is_there_is_not_made_again(another: Callable[[], Lock]) -> None:
    assert await another().write(OURS)
    assert await another().write(dataclasses.replace(OURS, holder="they")) is None


async def test_each_renewal_shows(another: Callable[[], Lock]) -> None:
    lock = another()
    first = await lock.write(OURS)
    assert first is not None
    second = await lock.write(first)
    assert second is not None
    assert first.renewed != second.renewed
    assert first.version != second.version
    assert (second.holder, second.token) == (first.holder, first.token)


async def test_who_knows_an_old_version_is_refused(another: Callable[[], Lock]) -> None:
    first = await another().write(OURS)
    assert first is not None
    assert await another().write(dataclasses.replace(first, holder="they", token=2))
    assert await another().write(first) is None
    found = await another().read()
    assert found is not None
    assert found.holder == "they"


async def test_a_lock_that_somebody_removed_is_made_again_by_its_holder(another: Callable[[], Lock]) -> None:
    """A Lease may be made by an update. Nobody else can hold it then: who made it first would have another version."""
    assert await another().write(dataclasses.replace(OURS, version="7"))
    assert await another().write(dataclasses.replace(OURS, holder="they")) is None


async def test_a_lock_given_back_has_no_holder(another: Callable[[], Lock]) -> None:
    first = await another().write(OURS)
    assert first is not None
    assert await another().write(dataclasses.replace(first, holder=""))
    found = await another().read()
    assert found is not None
    assert (found.holder, found.token) == ("", 1)


async def test_of_many_takers_one_gets_it(another: Callable[[], Lock]) -> None:
    takers = [dataclasses.replace(OURS, holder=f"taker {n}") for n in range(8)]
    ends = await asyncio.gather(*(another().write(taker) for taker in takers))
    assert sum(end is not None for end in ends) == 1
