"""The port EnvironmentState: one suite, on the record in memory and on the Secrets of a real API server."""

from __future__ import annotations

import asyncio
import dataclasses
import os
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from fairlead.adapters.clock import SystemClock
from fairlead.adapters.kube.cluster import KubeCluster
from fairlead.adapters.kube.context import read_connection
from fairlead.adapters.state.cluster_state import ClusterState
from fairlead.model.errors import Refused
from fairlead.model.objects import ObjectRef
from fairlead.model.plan import Phase, Plan, StepKind
from fairlead.model.record import KEPT_BUNDLES, KEPT_REVERTS, KEPT_RUNS, Baseline, ComponentRecord, Evidence, Head, Pin
from fairlead.model.run import Bundle, Outcome, Rollback, Run, RunState, StepRecord, StepResult, summary_of
from fairlead.ports import EnvironmentState
from fairlead.testing.state import MemoryState, Shelf

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
HEAD = Head(environment="local")
State = Callable[[], EnvironmentState]


@pytest.fixture(params=["fake", pytest.param("cluster", marks=pytest.mark.e2e)])
def kubeconfig(request: pytest.FixtureRequest) -> Path | None:
    if request.param == "fake":
        return None
    found: Path = request.getfixturevalue("cluster_kubeconfig")
    return found


@pytest.fixture
async def another(kubeconfig: Path | None) -> AsyncIterator[State]:
    """The same record, as another process has it."""
    if kubeconfig is None:
        shelf = Shelf()
        yield lambda: MemoryState(shelf)
        return
    connection = read_connection(path=kubeconfig, environ={}, home=kubeconfig.parent)
    cluster, project = KubeCluster(connection, clock=SystemClock(), timeout=60), f"p{uuid4().hex[:8]}"
    await ClusterState(cluster, project=project, environment="local").prepare()
    yield lambda: ClusterState(cluster, project=project, environment="local")
    await cluster.close()


def run(number: int = 1, **given: Any) -> Run:
    fields = {
        "id": f"r{number:03}",
        "environment": "local",
        "state": RunState.SUCCEEDED,
        "intent": "sha256:1",
        "holder": "us@here pid 1",
        "token": 3,
        "started": START + timedelta(minutes=number),
    }
    return Run(**{**fields, **given})


def full_run() -> Run:
    result = StepResult(outcome=Outcome.FAILED, reason="broken ü", hint="mend it", seconds=1.5, checked=2, exit_code=1)
    entry = StepRecord(kind=StepKind.APPLY, phase=Phase.DEPLOY, component="web", begin=START, end=START, result=result)
    bundle = Bundle(
        digest="sha256:b", components={"web": "sha256:w"}, unpromotable=("dirty",), records={"web": "secret"}
    )
    return run(
        ended=START,
        steps={"web": entry},
        bundle=bundle,
        state_locks={"infra": "id"},
        rollback=Rollback(to="r000", digest="sha256:b", components=("web",), why="it was slow"),
    )


async def test_where_nothing_was_deployed_there_is_no_head(another: State) -> None:
    assert await another().head() is None


async def test_preparing_twice_is_no_fault(another: State) -> None:
    await another().prepare()
    await another().prepare()


async def test_there_is_a_place_once_it_is_prepared(another: State) -> None:
    await another().prepare()
    assert await another().has_place()


async def test_a_plan_may_be_kept_again_after_a_crash(another: State) -> None:
    plan = Plan(project="p", environment="local", intent="i", steps=())
    await another().store_plan("r001", plan)
    await another().store_plan("r001", plan)
    await another().collect_garbage(dataclasses.replace(HEAD, run=run()))


async def test_a_head_comes_back_as_it_was(another: State) -> None:
    head = dataclasses.replace(
        HEAD,
        token=2,
        generation=9,
        components={"web": "x"},
        run=full_run(),
        evidence={"t": Evidence(bundle="b", when=START)},
    )
    state = another()
    await state.head()
    await state.swap_head(head)
    assert await another().head() == head


async def test_a_writer_goes_on_from_its_own_write(another: State) -> None:
    state = another()
    await state.head()
    for generation in range(3):
        await state.swap_head(dataclasses.replace(HEAD, generation=generation))
    found = await another().head()
    assert found is not None
    assert found.generation == 2


async def test_a_writer_that_lost_its_place_is_refused_and_changes_nothing(another: State) -> None:
    ours, theirs = another(), another()
    await ours.head()
    await theirs.head()
    await theirs.swap_head(dataclasses.replace(HEAD, token=2))
    for _ in range(2):
        with pytest.raises(Refused):
            await ours.swap_head(dataclasses.replace(HEAD, token=1))
    found = await another().head()
    assert found is not None
    assert found.token == 2


async def test_who_reads_again_may_write_again(another: State) -> None:
    ours, theirs = another(), another()
    await theirs.head()
    await theirs.swap_head(HEAD)
    await ours.head()
    await ours.swap_head(dataclasses.replace(HEAD, token=5))
    with pytest.raises(Refused):
        await theirs.swap_head(HEAD)


async def test_of_many_writers_one_wins(another: State) -> None:
    states = [another() for _ in range(6)]
    for state in states:
        await state.head()
    swaps = (state.swap_head(dataclasses.replace(HEAD, token=n)) for n, state in enumerate(states))
    ends = await asyncio.gather(*swaps, return_exceptions=True)
    assert sum(end is None for end in ends) == 1
    assert sum(isinstance(end, Refused) for end in ends) == 5


def record(**given: Any) -> ComponentRecord:
    ref = ObjectRef(group="apps", kind="Deployment", namespace="x", name="web")
    baseline = Baseline(manager="helm", owned_hash="o", manifest_hash="m", resource_version="7", uid="u")
    manifest = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": None}}
    return ComponentRecord(**{"component": "web", "objects": (manifest,), "baselines": {ref: baseline}, **given})


async def kept_as(another: State, secret: str) -> ComponentRecord | None:
    return (await another().components([secret])).get(secret)


async def test_a_record_comes_back_as_it_was(another: State) -> None:
    kept = record(
        outputs={"host": "a"}, sensitive=("token",), refreshed=START, orphans=(ObjectRef(kind="Pod", name="p"),)
    )
    assert await kept_as(another, await another().store_component(kept)) == kept


async def test_the_same_content_has_the_same_name_and_other_content_another(another: State) -> None:
    first = await another().store_component(record())
    assert await another().store_component(record()) == first
    assert await another().store_component(record(revision=2)) != first
    assert await another().store_component(record(component="other")) != first


async def test_a_record_that_is_not_there_is_none(another: State) -> None:
    assert await kept_as(another, "fairlead-nothing") is None


async def test_many_records_are_read_together_and_lost_ones_are_left_out(another: State) -> None:
    noise = {"kind": "ConfigMap", "data": {"x": os.urandom(600_000).hex()}}
    kept = [record(component=f"part-{n}", objects=(noise,) if n == 3 else ()) for n in range(6)]
    names = [await another().store_component(each) for each in kept]
    await another().store_component(record(component="other"))
    found = await another().components([*names, "fairlead-nothing"])
    assert found == dict(zip(names, kept, strict=True))


async def test_a_record_of_several_megabytes_comes_back_as_it_was(another: State) -> None:
    noise = tuple({"kind": "ConfigMap", "data": {"x": os.urandom(300_000).hex()}} for _ in range(6))
    kept = record(objects=noise)
    name = await another().store_component(kept)
    assert await kept_as(another, name) == kept
    await another().collect_garbage(dataclasses.replace(HEAD, components={"web": name}))
    assert await kept_as(another, name) == kept


async def test_garbage_is_what_the_head_does_not_name(another: State) -> None:
    old, new = await another().store_component(record()), await another().store_component(record(revision=2))
    await another().collect_garbage(dataclasses.replace(HEAD, components={"web": new}))
    assert await kept_as(another, old) is None
    assert await kept_as(another, new) is not None


async def test_records_of_good_bundles_are_kept_and_bounded(another: State) -> None:
    state = another()
    names = [await state.store_component(record(revision=number)) for number in range(KEPT_BUNDLES + 2)]
    for number, name in enumerate(names):
        bundle = Bundle(digest=f"sha256:{number}", components={}, records={"web": name})
        await state.archive_run(run(number, bundle=bundle))
    await state.collect_garbage(dataclasses.replace(HEAD, run=run(99)))
    kept = [await kept_as(another, name) is not None for name in names]
    assert kept == [False, False, *[True] * KEPT_BUNDLES]


async def test_records_of_a_failed_run_are_not_kept(another: State) -> None:
    name = await another().store_component(record())
    bundle = Bundle(digest="sha256:1", components={}, records={"web": name})
    await another().archive_run(run(bundle=bundle, state=RunState.FAILED))
    await another().collect_garbage(HEAD)
    assert await kept_as(another, name) is None


async def test_what_the_environment_is_pinned_to_is_kept(another: State) -> None:
    name = await another().store_component(record())
    bundle = Bundle(digest="sha256:1", components={}, records={"web": name})
    pin = Pin(bundle=bundle, to="r001", run="r002", when=START, who="us")
    await another().collect_garbage(dataclasses.replace(HEAD, pin=pin))
    assert await kept_as(another, name) is not None


async def test_a_run_of_a_kept_bundle_outlives_failed_ones(another: State) -> None:
    state = another()
    good = run(0, bundle=Bundle(digest="sha256:1", components={}))
    await state.archive_run(good)
    for number in range(1, KEPT_RUNS + 3):
        await state.archive_run(run(number, state=RunState.FAILED))
    await state.collect_garbage(HEAD)
    assert await another().run("r000") == good
    assert await another().run("r001") is None


async def test_an_archived_run_comes_back_as_it_was(another: State) -> None:
    await another().archive_run(full_run())
    assert await another().run("r001") == full_run()


async def test_runs_are_listed_newest_first(another: State) -> None:
    runs = [run(number) for number in (2, 3, 1)]
    for one in runs:
        await another().archive_run(one)
    assert [summary.id for summary in await another().runs()] == ["r003", "r002", "r001"]


async def test_a_summary_says_what_the_run_was(another: State) -> None:
    await another().archive_run(full_run())
    assert await another().runs() == (summary_of(full_run()),)


async def test_a_run_is_archived_once_as_it_was_last(another: State) -> None:
    await another().archive_run(run(state=RunState.RUNNING))
    await another().archive_run(run(state=RunState.ABANDONED))
    assert [summary.state for summary in await another().runs()] == [RunState.ABANDONED]


async def test_old_runs_are_forgotten(another: State) -> None:
    state = another()
    for number in range(KEPT_RUNS + 3):
        await state.archive_run(run(number))
    await state.collect_garbage(HEAD)
    found = await another().runs()
    assert len(found) == KEPT_RUNS
    assert found[-1].id == "r003"


async def test_runs_that_put_drift_back_push_no_deployment_out(another: State) -> None:
    state = another()
    await state.archive_run(run(0, state=RunState.FAILED))
    for number in range(1, KEPT_RUNS + 1):
        await state.archive_run(run(number, is_revert=True))
    await state.collect_garbage(HEAD)
    found = [summary.id for summary in await another().runs()]
    assert found == [*(f"r{number:03}" for number in range(KEPT_RUNS, KEPT_RUNS - KEPT_REVERTS, -1)), "r000"]


async def test_the_key_is_made_once(another: State) -> None:
    first = await another().key(make=True)
    assert len(first) >= 32
    assert await another().key(make=True) == first
    assert await another().key(make=False) == first


async def test_a_look_makes_no_key(another: State) -> None:
    passing = await another().key(make=False)
    assert len(passing) >= 32
    assert await another().key(make=True) != passing


async def test_two_who_make_the_key_get_the_same(another: State) -> None:
    keys = await asyncio.gather(*(another().key(make=True) for _ in range(4)))
    assert len(set(keys)) == 1
