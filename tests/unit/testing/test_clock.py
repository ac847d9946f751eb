from __future__ import annotations

import asyncio
import time

from hypothesis import given
from hypothesis import strategies as st

from fairlead.testing.clock import FakeClock


async def test_time_moves_by_sleeping_and_nobody_waits() -> None:
    clock, started, first = FakeClock(), time.monotonic(), FakeClock().now()
    await clock.sleep(3600)
    assert clock.monotonic() == 3600
    assert (clock.now() - first).total_seconds() == 3600
    assert time.monotonic() - started < 5


def test_time_moves_by_advancing() -> None:
    clock = FakeClock()
    clock.advance(7)
    assert clock.monotonic() == 7


async def test_time_stands_still_while_somebody_works() -> None:
    clock, seen = FakeClock(), []

    async def work() -> None:
        for _ in range(10):
            await asyncio.sleep(0)
            seen.append(clock.monotonic())

    await asyncio.gather(clock.sleep(5), work())
    assert seen == [0.0] * 10
    assert clock.monotonic() == 5


@given(st.lists(st.floats(min_value=0, max_value=100), min_size=1, max_size=6))
async def test_sleepers_wake_in_the_order_of_their_times(naps: list[float]) -> None:
    clock = FakeClock()
    woken: list[tuple[float, int]] = []

    async def nap(number: int, seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append((clock.monotonic(), number))

    await asyncio.gather(*(nap(n, seconds) for n, seconds in enumerate(naps)))
    assert woken == sorted((seconds, n) for n, seconds in enumerate(naps))


async def test_a_cancelled_sleeper_does_not_move_time() -> None:
    clock = FakeClock()
    cancelled = asyncio.ensure_future(clock.sleep(10))
    await asyncio.sleep(0)
    cancelled.cancel()
    await clock.sleep(20)
    assert clock.monotonic() == 20


async def test_a_sleeper_that_is_late_after_a_suspension_wakes_at_its_end() -> None:
    clock = FakeClock()
    sleeping = asyncio.ensure_future(clock.sleep(10))
    await asyncio.sleep(0)
    clock.advance(60)
    await sleeping
    assert clock.monotonic() == 60
