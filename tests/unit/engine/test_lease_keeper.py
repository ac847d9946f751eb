"""The lease keeper under a clock that a test moves.

Cases: taking (free, given back, dead, living, gone while watched), renewing (answered, unheard, unanswered, late,
taken), keeping and giving back; and a simulation of two processes with pauses, slow and lost requests, in which no two
of them may hold the lock at a moment when one starts a step. Left out: clocks of different speed.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.engine.lease_keeper import LeaseKeeper, LockHeld, LockLost
from fairlead.model.errors import Unavailable
from fairlead.model.lease import Lease
from fairlead.testing.clock import FakeClock
from fairlead.testing.lock import Cell, MemoryLock

TTL = 30.0
REQUEST_TIMEOUT = 15.0


def keeper_of(lock: MemoryLock, clock: FakeClock, holder: str = "us") -> LeaseKeeper:
    return LeaseKeeper(lock, clock, holder=holder, ttl=TTL, request_timeout=REQUEST_TIMEOUT)


async def acquired(lock: MemoryLock, clock: FakeClock, holder: str = "us") -> LeaseKeeper:
    keeper = keeper_of(lock, clock, holder)
    await keeper.acquire(on_wait=lambda _: None)
    return keeper


@contextlib.asynccontextmanager
async def kept(keeper: LeaseKeeper) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.ensure_future(keeper.keep())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_a_free_lock_is_taken_at_once() -> None:
    lock, clock = MemoryLock(), FakeClock()
    keeper = await acquired(lock, clock)
    assert (keeper.token, clock.monotonic()) == (1, 0)
    assert lock.cell.lease is not None
    assert (lock.cell.lease.holder, lock.cell.lease.duration_seconds) == ("us", 30)


async def test_a_lock_that_was_given_back_is_taken_at_once_with_the_next_token() -> None:
    lock, clock = MemoryLock(), FakeClock()
    await (await acquired(lock, clock, "they")).release()
    assert (await acquired(lock, clock)).token == 2
    assert clock.monotonic() == 0


async def test_a_living_holder_refuses_as_soon_as_it_renews() -> None:
    lock, clock = MemoryLock(), FakeClock()
    they = await acquired(lock, clock, "they")
    async with kept(they):
        with pytest.raises(LockHeld, match="they"):
            await keeper_of(lock, clock).acquire(on_wait=lambda _: None)
    assert TTL / 3 <= clock.monotonic() <= TTL / 3 + 1


async def test_a_dead_holder_is_taken_over_after_ttl_and_request_timeout() -> None:
    lock, clock, told = MemoryLock(), FakeClock(), list[str]()
    await acquired(lock, clock, "they")
    assert await keeper_of(lock, clock).acquire(on_wait=told.append) == 2
    assert TTL + REQUEST_TIMEOUT <= clock.monotonic() < TTL + REQUEST_TIMEOUT + 1
    assert told == ["the lock is held by they: looking for a sign of life, 45 s at most"]


async def test_the_patience_is_that_of_the_holders_ttl() -> None:
    lock, clock = MemoryLock(), FakeClock()
    lock.cell.swap(Lease(holder="they", token=4, renewed="", duration_seconds=100))
    assert (await acquired(lock, clock)).token == 5
    assert clock.monotonic() >= 100 + REQUEST_TIMEOUT


async def test_a_lock_given_back_while_watched_is_taken() -> None:
    lock, clock = MemoryLock(), FakeClock()
    they = await acquired(lock, clock, "they")
    taking = asyncio.ensure_future(keeper_of(lock, clock).acquire(on_wait=lambda _: None))
    await clock.sleep(3)
    await they.release()
    assert await taking == 2
    assert clock.monotonic() < 5


async def test_two_takers_of_a_dead_lock_do_not_both_get_it() -> None:
    cell, clock = Cell(), FakeClock()
    await acquired(MemoryLock(cell), clock, "dead")
    takers = [keeper_of(MemoryLock(cell), clock, name) for name in ("a", "b")]

    async def take(keeper: LeaseKeeper) -> int:
        token = await keeper.acquire(on_wait=lambda _: None)
        async with kept(keeper):
            await clock.sleep(100)
        return token

    ends = await asyncio.gather(*(take(taker) for taker in takers), return_exceptions=True)
    assert sorted(str(type(end).__name__) for end in ends) == ["LockHeld", "int"]


async def test_a_kept_lock_is_held_for_hours() -> None:
    lock, clock = MemoryLock(), FakeClock()
    keeper = await acquired(lock, clock)
    async with kept(keeper):
        await clock.sleep(3600)
        await keeper.confirm()
    assert not keeper.lost.is_set()


async def test_one_unheard_renewal_is_survived() -> None:
    lock, clock = MemoryLock(), FakeClock()
    keeper = await acquired(lock, clock)
    lock.fail_next()
    async with kept(keeper):
        await clock.sleep(60)
        await keeper.confirm()


async def test_an_unanswered_renewal_is_no_loss() -> None:
    """The server renewed for us, its answer was lost: the version that we know is old, and the holder is still us."""
    lock, clock = MemoryLock(), FakeClock()
    keeper = await acquired(lock, clock)
    lock.fail_next(unanswered=True)
    await keeper.confirm()
    await keeper.confirm()
    await keeper.release()
    assert lock.cell.lease is not None
    assert lock.cell.lease.holder == ""


async def test_the_lock_is_lost_after_two_thirds_of_the_ttl_without_renewal() -> None:
    lock, clock = MemoryLock(), FakeClock()
    keeper = await acquired(lock, clock)
    lock.fail_next(100)
    async with kept(keeper):
        await keeper.lost.wait()
        assert clock.monotonic() == pytest.approx(TTL * 2 / 3)
        with pytest.raises(LockLost):
            await keeper.confirm()


async def test_the_lock_is_lost_in_time_though_a_request_hangs() -> None:
    clock = FakeClock()
    lock = SlowLock(clock, [])
    keeper = await acquired(lock, clock)
    lock.delay = 100.0
    async with kept(keeper):
        await keeper.lost.wait()
        assert clock.monotonic() == pytest.approx(TTL * 2 / 3)


async def test_a_renewal_that_was_refused_too_late_confirms_nothing() -> None:
    clock = FakeClock()
    lock = SlowLock(clock, [])
    keeper = await acquired(lock, clock)
    await clock.sleep(TTL / 2)
    lock.delay, lock.outages = REQUEST_TIMEOUT, [(0, 1000)]
    with pytest.raises(LockLost):
        await keeper.confirm()


async def test_a_sleeper_that_wakes_late_has_lost() -> None:
    lock, clock = MemoryLock(), FakeClock()
    keeper = await acquired(lock, clock)
    async with kept(keeper):
        await asyncio.sleep(0)
        clock.advance(TTL)
        with pytest.raises(LockLost):
            await keeper.confirm()
    assert keeper.lost.is_set()


async def test_a_sleeper_whose_lock_was_taken_learns_by_whom() -> None:
    cell, clock = Cell(), FakeClock()
    keeper = await acquired(MemoryLock(cell), clock)
    cell.swap(Lease(holder="they", token=2, renewed="", duration_seconds=30, version=cell.lease.version))  # type: ignore[union-attr]  # acquired above
    with pytest.raises(LockLost, match="to they"):
        await keeper.confirm()
    assert keeper.lost.is_set()


async def test_a_lost_lock_stays_lost_when_nobody_can_say_to_whom() -> None:
    cell, clock = Cell(), FakeClock()
    lock = OnlyWrites(cell)
    keeper = await acquired(lock, clock)
    cell.swap(Lease(holder="they", token=2, renewed="", duration_seconds=30, version=cell.lease.version))  # type: ignore[union-attr]  # acquired above
    lock.is_deaf = True
    with pytest.raises(LockLost):
        await keeper.confirm()


async def test_a_lost_lock_is_not_given_back() -> None:
    cell, clock = Cell(), FakeClock()
    keeper = await acquired(MemoryLock(cell), clock)
    cell.swap(Lease(holder="they", token=2, renewed="", duration_seconds=30, version=cell.lease.version))  # type: ignore[union-attr]  # acquired above
    with pytest.raises(LockLost):
        await keeper.confirm()
    await keeper.release()
    assert cell.lease is not None
    assert cell.lease.holder == "they"


async def test_giving_back_to_a_server_that_does_not_answer_is_no_failure_of_the_run() -> None:
    lock, clock = MemoryLock(), FakeClock()
    keeper = await acquired(lock, clock)
    lock.fail_next()
    await keeper.release()


async def test_lock_is_given_back_though_a_renewal_was_cut_off_while_it_was_under_way() -> None:
    clock = FakeClock()
    lock = SlowLock(clock, [])
    keeper = await acquired(lock, clock)
    lock.delay = 4.0
    renewing = asyncio.ensure_future(keeper.confirm())
    await clock.sleep(3)
    renewing.cancel()
    await keeper.release()
    assert lock.cell.lease is not None
    assert lock.cell.lease.holder == ""


async def test_a_sleeper_may_write_nothing_before_it_has_asked() -> None:
    lock, clock = MemoryLock(), FakeClock()
    keeper = await acquired(lock, clock)
    keeper.require()
    clock.advance(TTL)
    with pytest.raises(LockLost):
        keeper.require()


async def test_nothing_is_confirmed_before_it_is_acquired() -> None:
    with pytest.raises(LockLost):
        await keeper_of(MemoryLock(), FakeClock()).confirm()


class OnlyWrites(MemoryLock):
    """A lock whose reads can be made to fail while its writes work."""

    is_deaf = False

    async def read(self) -> Lease | None:
        if self.is_deaf:
            raise Unavailable("the server does not answer")
        return await super().read()


class SlowLock(MemoryLock):
    """Each request takes *delay* seconds; in an outage it arrives nowhere and fails after them."""

    def __init__(self, clock: FakeClock, outages: Sequence[tuple[float, float]], cell: Cell | None = None) -> None:
        super().__init__(cell)
        self.delay = 0.0
        self.longest = REQUEST_TIMEOUT
        self.outages = list(outages)
        self._clock = clock

    async def read(self) -> Lease | None:
        await self._arrive()
        found = await super().read()
        await self._clock.sleep(self.delay / 2)
        return found

    async def write(self, lease: Lease) -> Lease | None:
        await self._arrive()
        found = await super().write(lease)
        await self._clock.sleep(self.delay / 2)
        return found

    async def _arrive(self) -> None:
        if any(start <= self._clock.monotonic() < end for start, end in self.outages):
            await self._clock.sleep(min(self.delay * 2, self.longest))
            raise Unavailable("the server does not answer")
        await self._clock.sleep(self.delay / 2)


# -- the simulation

Window = tuple[float, float]
SHORT_TTL, SHORT_TIMEOUT = 6.0, 3.0
spans = st.floats(min_value=0, max_value=30)
windows = st.lists(
    st.tuples(spans, st.floats(min_value=0.5, max_value=14)).map(lambda w: (w[0], w[0] + w[1])), max_size=3
)


@dataclass(kw_only=True)
class PausedClock:
    """The clock of a process that is stopped (SIGSTOP, a closed lid) in *pauses*: what it awaited comes late."""

    clock: FakeClock
    pauses: Sequence[Window]

    def now(self) -> datetime:
        return self.clock.now()

    def monotonic(self) -> float:
        return self.clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self.clock.sleep(seconds)
        await self.be_paused()

    async def be_paused(self) -> None:
        now = self.monotonic()
        end = max((end for start, end in self.pauses if start <= now < end), default=now)
        if end > now:
            await self.clock.sleep(end - now)


class PausedLock(SlowLock):
    def __init__(self, clock: PausedClock, outages: Sequence[Window], cell: Cell, delay: float) -> None:
        super().__init__(clock.clock, outages, cell)
        self.delay, self.longest = delay, SHORT_TIMEOUT
        self._process = clock

    async def read(self) -> Lease | None:
        return await self._with_pauses(super().read)

    async def write(self, lease: Lease) -> Lease | None:
        return await self._with_pauses(functools.partial(super().write, lease))

    async def _with_pauses(self, request: Callable[[], Awaitable[Lease | None]]) -> Lease | None:
        await self._process.be_paused()
        try:
            return await request()
        finally:
            await self._process.be_paused()


@dataclass(kw_only=True)
class Process:
    """Takes the lock and starts a step every few seconds until it loses it; then tries again."""

    name: str
    cell: Cell
    clock: PausedClock
    lock: PausedLock
    starts: list[tuple[float, str]] = field(default_factory=list)
    overlaps: list[tuple[float, str, str]] = field(default_factory=list)
    until: float = 40.0

    async def live(self, born: float) -> None:
        await self.clock.sleep(born)
        while self.clock.monotonic() < self.until:
            keeper = LeaseKeeper(self.lock, self.clock, holder=self.name, ttl=SHORT_TTL, request_timeout=SHORT_TIMEOUT)
            with contextlib.suppress(LockHeld, LockLost, Unavailable):
                await keeper.acquire(on_wait=lambda _: None)
                async with kept(keeper):
                    await self._work(keeper)
            await self.clock.sleep(1)

    async def _work(self, keeper: LeaseKeeper) -> None:
        while self.clock.monotonic() < self.until:
            await keeper.confirm()
            lease = self.cell.lease
            self.starts.append((self.clock.monotonic(), self.name))
            if lease is None or (lease.holder, lease.token) != (self.name, keeper.token):
                self.overlaps.append((self.clock.monotonic(), self.name, str(lease)))
            await self.clock.sleep(0.8)


@settings(max_examples=100, deadline=None)
@given(
    pauses=st.tuples(windows, windows),
    outages=st.tuples(windows, windows),
    delays=st.tuples(st.sampled_from([0.0, 0.1, 0.6, 2.8]), st.sampled_from([0.0, 0.1, 0.6, 2.8])),
    born=st.floats(min_value=0, max_value=12),
)
async def test_no_step_starts_while_another_process_holds_the_lock(
    pauses: tuple[list[Window], list[Window]],
    outages: tuple[list[Window], list[Window]],
    delays: tuple[float, float],
    born: float,
) -> None:
    cell, clock = Cell(), FakeClock()
    processes = []
    for number, name in enumerate("ab"):
        own = PausedClock(clock=clock, pauses=pauses[number])
        lock = PausedLock(own, outages[number], cell, delays[number])
        processes.append(Process(name=name, cell=cell, clock=own, lock=lock))
    await asyncio.gather(processes[0].live(0), processes[1].live(born))
    assert [p.overlaps for p in processes] == [[], []]
    assert any(p.starts for p in processes) or any(outages) or any(pauses) or max(delays) > 1
