"""The journal on a record in memory: nothing is acknowledged that is not in the record."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.engine.journal import Journal
from fairlead.model.errors import Refused, Unavailable
from fairlead.model.record import ComponentRecord, Evidence, Head
from fairlead.model.run import Bundle, Outcome, Run, RunState, StepResult
from fairlead.testing.clock import FakeClock
from fairlead.testing.state import MemoryState, Shelf
from unit.engine.steps import START, head_with_run, running, step

DONE = StepResult(outcome=Outcome.CHANGED, reason="written")


class SlowState(MemoryState):
    """Each swap is done by the server at once, and answered a second later."""

    def __init__(self, clock: FakeClock, shelf: Shelf | None = None) -> None:
        super().__init__(shelf)
        self._clock = clock
        self.swaps = 0

    async def swap_head(self, head: Head) -> None:
        self.swaps += 1
        before = self._version
        await super().swap_head(head)
        answer, self._version = self._version, before
        await self._clock.sleep(1)
        self._version = answer


async def opened(state: MemoryState, clock: FakeClock) -> Journal:
    await state.head()
    journal = Journal(state, clock, head=Head(environment="local"))
    await journal.start(head_with_run())
    return journal


async def written(state: MemoryState) -> Run:
    head = await MemoryState(state.shelf).head()
    assert head is not None
    assert head.run is not None
    return head.run


async def settle() -> None:
    """Let everybody come to where they wait for time."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_begin_is_in_the_record_when_it_is_acknowledged() -> None:
    state, clock = MemoryState(), FakeClock()
    journal = await opened(state, clock)
    await journal.begin(step("web"))
    assert (await written(state)).steps["web"].is_in_doubt


async def test_what_a_step_is_about_to_write_is_in_the_record_before_it_begins() -> None:
    state, clock = MemoryState(), FakeClock()
    journal = await opened(state, clock)
    await journal.begin(step("web", component="web"), record=ComponentRecord(component="web", release="web"))
    secret = journal.head.components["web"]
    found = (await state.components([secret])).get(secret)
    assert found == ComponentRecord(component="web", release="web")
    assert (await written(state)).steps["web"].is_in_doubt


async def test_an_end_keeps_its_begin_and_names_the_record() -> None:
    state, clock = MemoryState(), FakeClock()
    journal = await opened(state, clock)
    await journal.begin(step("web", component="web"))
    clock.advance(5)
    await journal.end(step("web", component="web"), DONE, record=ComponentRecord(component="web", revision=3))
    entry = (await written(state)).steps["web"]
    assert entry.begin is not None
    assert entry.end is not None
    assert (entry.end - entry.begin).total_seconds() == 5
    assert not entry.is_in_doubt
    secret = journal.head.components["web"]
    found = (await state.components([secret])).get(secret)
    assert found == ComponentRecord(component="web", revision=3)


async def test_an_end_without_a_begin_is_not_in_doubt() -> None:
    state, clock = MemoryState(), FakeClock()
    journal = await opened(state, clock)
    await journal.end(step("check"), DONE)
    assert not (await written(state)).steps["check"].is_in_doubt


async def test_those_who_write_at_the_same_time_share_a_write() -> None:
    clock = FakeClock()
    state = SlowState(clock)
    journal = await opened(state, clock)
    state.swaps = 0
    await asyncio.gather(*(journal.begin(step(f"s{n}")) for n in range(20)))
    assert state.swaps == 2  # the first alone, then all that came while it was under way
    assert len((await written(state)).steps) == 20


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 5), st.floats(min_value=0, max_value=5)), min_size=1, max_size=12))
async def test_what_is_acknowledged_is_in_the_record(entries: list[tuple[int, float]]) -> None:
    clock = FakeClock()
    state = SlowState(clock)
    journal = await opened(state, clock)

    async def write(number: int, kind: int, when: float) -> None:
        await clock.sleep(when)
        one = step(f"s{number}")
        await journal.begin(one)
        assert one.name in (await written(state)).steps
        if kind:
            await clock.sleep(kind)
            await journal.end(one, DONE)
            assert (await written(state)).steps[one.name].result == DONE

    await asyncio.gather(*(write(n, kind, when) for n, (kind, when) in enumerate(entries)))


async def test_the_generation_counts_the_writes() -> None:
    state, clock = MemoryState(), FakeClock()
    journal = await opened(state, clock)
    await journal.begin(step("a"))
    await journal.begin(step("b"))
    assert journal.head.generation == 3


async def test_a_failed_swap_fails_everyone_in_it_and_after_it() -> None:
    clock = FakeClock()
    state = SlowState(clock)
    journal = await opened(state, clock)
    first = asyncio.ensure_future(journal.begin(step("first")))
    await settle()
    state.fail_next(Unavailable("away"))
    ends = await asyncio.gather(*(journal.begin(step(f"s{n}")) for n in range(3)), return_exceptions=True)
    await first
    assert [type(end) for end in ends] == [Unavailable] * 3
    with pytest.raises(Unavailable):
        await journal.begin(step("later"))
    assert list((await written(state)).steps) == ["first"]


async def test_a_journal_that_lost_its_place_writes_no_more() -> None:
    shelf, clock = Shelf(), FakeClock()
    ours, theirs = MemoryState(shelf), MemoryState(shelf)
    journal = await opened(ours, clock)
    await theirs.head()
    await theirs.swap_head(head_with_run(id="theirs"))
    with pytest.raises(Refused):
        await journal.begin(step("web"))
    assert (await written(ours)).id == "theirs"


async def test_who_is_cancelled_during_a_write_leaves_the_journal_usable() -> None:
    """The watcher of a Terraform lock is cancelled when its child ends, and Ctrl-C comes at any moment: the write that
    is under way arrives all the same, so that the next one must know of it."""
    clock = FakeClock()
    state = SlowState(clock)
    journal = await opened(state, clock)
    cancelled = asyncio.ensure_future(journal.begin(step("cancelled")))
    sharing = asyncio.ensure_future(journal.begin(step("sharing")))
    await settle()
    cancelled.cancel()
    await sharing
    await journal.begin(step("after"))
    assert {"sharing", "after"} <= set((await written(state)).steps)


class FarState(MemoryState):
    """Each swap reaches the server after a second; one that is cut off before never does."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock = clock

    async def swap_head(self, head: Head) -> None:
        await self._clock.sleep(1)
        await super().swap_head(head)


async def test_nobody_is_acknowledged_when_the_writer_of_all_is_cancelled() -> None:
    clock = FakeClock()
    state = FarState(clock)
    journal = await opened(state, clock)
    busy = asyncio.ensure_future(journal.begin(step("busy")))
    await settle()
    writer, sharing = (asyncio.ensure_future(journal.begin(step(name))) for name in ("writer", "sharing"))
    await busy
    await settle()
    writer.cancel()
    await sharing
    assert "sharing" in (await written(state)).steps


async def test_a_bug_in_a_write_acknowledges_nobody() -> None:
    clock = FakeClock()
    state = SlowState(clock)
    journal = await opened(state, clock)

    def broken(_: Run) -> Run:
        raise KeyError("a bug")

    ends = await asyncio.gather(journal.change_run(broken), journal.begin(step("other")), return_exceptions=True)
    assert all(isinstance(end, KeyError) for end in ends) or "other" in (await written(state)).steps


async def test_finish_keeps_the_bundle_of_the_last_good_run() -> None:
    state, clock = MemoryState(), FakeClock()
    journal = await opened(state, clock)
    bundle = Bundle(digest="sha256:b", components={})
    evidence = {"smoke": Evidence(bundle="sha256:b", when=START)}
    await journal.finish(
        lambda run: dataclasses.replace(run, state=RunState.SUCCEEDED), bundle=bundle, evidence=evidence
    )
    await journal.finish(lambda run: dataclasses.replace(run, state=RunState.FAILED), bundle=None, evidence={})
    assert (journal.run.state, journal.head.bundle, journal.head.evidence) == (RunState.FAILED, bundle, evidence)


async def test_the_bundle_of_a_good_run_names_the_records_that_it_left() -> None:
    state, clock = MemoryState(), FakeClock()
    journal = await opened(state, clock)
    await journal.end(step("web", component="web"), DONE, record=ComponentRecord(component="web"))
    bundle = Bundle(digest="sha256:b", components={"web": "sha256:w"})
    await journal.finish(lambda run: dataclasses.replace(run, bundle=bundle), bundle=bundle, evidence={})
    assert journal.head.bundle == dataclasses.replace(bundle, records=journal.head.components)
    assert journal.run.bundle == journal.head.bundle
    assert journal.head.components


async def test_finish_drops_records_that_nothing_refers_to() -> None:
    state, clock = MemoryState(), FakeClock()
    journal = await opened(state, clock)
    for revision in (1, 2):
        record = ComponentRecord(component="web", revision=revision)
        await journal.end(step("web", component="web"), DONE, record=record)
    await journal.finish(lambda run: run, bundle=None, evidence={})
    assert list(state.shelf.components) == [journal.head.components["web"]]


async def test_a_journal_without_a_run_says_so() -> None:
    journal = Journal(MemoryState(), FakeClock(), head=Head(environment="local"))
    with pytest.raises(LookupError):
        _ = journal.run
    assert running().id == "r1"
