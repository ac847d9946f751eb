"""A release with an unfinished revision: cut off where a run of ours began it, else busy until it is old."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fairlead.engine.busy_releases import PATIENCE_SECONDS, refuse_busy, refuse_newcomer
from fairlead.engine.releases import ReleaseHead, Releases, Revision, read_releases
from fairlead.model.component import Component, HelmSource
from fairlead.model.errors import Refused
from fairlead.model.objects import ObjectRef
from fairlead.model.plan import Phase, StepKind
from fairlead.model.record import Head
from fairlead.model.run import Outcome, Run, StepRecord, StepResult
from fairlead.testing.clock import FakeClock
from fairlead.testing.state import MemoryState
from unit.engine.steps import running
from unit.engine.test_dropped import Store
from unit.engine.test_dropped import revision as stored

WEB = Component(name="web", namespace="shop", source=HelmSource(chart="chart"))
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def revision(*, status: str = "pending-upgrade", age: float = 42) -> Revision:
    ref = ObjectRef(kind="Secret", namespace="shop", name="v3")
    return Revision(number=3, status=status, ref=ref, uid="u3", modified=NOW - timedelta(seconds=age))


def run(
    *, age: float, outcome: Outcome | None = None, component: str = "web", run_id: str = "r1", ended: float = 0
) -> Run:
    """A run that began its step of *component* *age* seconds ago."""
    started = NOW - timedelta(seconds=age)
    result = StepResult(outcome=outcome, reason="") if outcome else None
    entry = StepRecord(
        kind=StepKind.HELM_UPGRADE, phase=Phase.DEPLOY, component=component, begin=started, result=result
    )
    end = NOW - timedelta(seconds=ended) if ended else None
    return running(id=run_id, started=started, steps={component: entry}, ended=end)


async def look(one: Revision, *, last: Run | None = None, archived: Run | None = None) -> None:
    state = MemoryState()
    await state.head()
    await state.swap_head(Head(environment="local"))
    if archived is not None:
        await state.archive_run(archived)
    releases = Releases({("shop", "web"): ReleaseHead(revisions=(one,))})
    await refuse_busy([WEB], releases, last=last, state=state, now=NOW)


@pytest.mark.parametrize("status", ["pending-install", "pending-upgrade", "pending-rollback", "uninstalling"])
async def test_young_revision_that_no_run_of_ours_began_is_not_touched(status: str) -> None:
    with pytest.raises(Refused) as caught:
        await look(revision(status=status))
    assert f"release shop/web: revision 3 is {status} since 2026-01-01 11:59:18 UTC (42 s ago)" in caught.value.message
    assert "counts as cut off after 600 s" in caught.value.hint
    assert "helm -n shop rollback web" in caught.value.hint


async def test_old_one_is_cut_off() -> None:
    await look(revision(age=PATIENCE_SECONDS + 1))


async def test_finished_one_is_nobodys_work() -> None:
    await look(revision(status="deployed"))


@pytest.mark.parametrize("outcome", [None, Outcome.FAILED])
async def test_what_our_last_run_was_at_when_it_died_or_failed_is_cut_off(outcome: Outcome | None) -> None:
    await look(revision(age=42), last=run(age=60, outcome=outcome))


@pytest.mark.parametrize(
    "last",
    [run(age=60, outcome=Outcome.CHANGED), run(age=60, component="api"), run(age=10), run(age=90, ended=50)],
    ids=lambda one: str(one.started),
)
async def test_run_that_ended_well_was_elsewhere_began_later_or_was_over_did_not_begin_it(last: Run) -> None:
    with pytest.raises(Refused):
        await look(revision(age=42), last=last)


async def test_run_that_another_one_took_over_from_counts_too() -> None:
    await look(revision(age=42), last=run(age=10, component="api", run_id="r2"), archived=run(age=60))


def test_revision_that_somebody_began_between_plan_and_step_is_not_touched() -> None:
    head = ReleaseHead(revisions=(revision(age=10),))
    with pytest.raises(Refused, match="another helm may be at work"):
        refuse_newcomer(WEB, head, None, begin=NOW)
    refuse_newcomer(WEB, head, head, begin=NOW)
    refuse_newcomer(WEB, head, None, begin=NOW - timedelta(seconds=11))


@pytest.mark.parametrize(
    ("noted", "seconds"),
    [
        ({"labels": {"modifiedAt": "100"}, "creationTimestamp": "1970-01-01T00:03:20Z"}, 200),
        ({"labels": {"modifiedAt": "300"}, "creationTimestamp": "1970-01-01T00:03:20Z"}, 300),
        ({"labels": {"modifiedAt": "300"}, "managedFields": [{"time": "1970-01-01T00:06:40Z"}, {}]}, 400),
        ({"labels": {"createdAt": "100"}}, 100),
        ({"labels": {}}, None),
    ],
)
async def test_revision_is_as_old_as_the_latest_of_what_is_noted(noted: dict[str, Any], seconds: int | None) -> None:
    """Helm gives a new revision the `modifiedAt` of the one before."""
    secret = stored(3, status="pending-upgrade")
    metadata = secret["metadata"]
    secret["metadata"] = {**metadata, **noted, "labels": {**metadata["labels"], **noted["labels"]}}
    cluster: Any = Store(clock=FakeClock())
    cluster.put(secret)
    head = (await read_releases(cluster)).head(WEB)
    assert head is not None
    assert head.newest.modified == (datetime.fromtimestamp(seconds, UTC) if seconds else None)
