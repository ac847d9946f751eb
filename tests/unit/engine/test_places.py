"""Places under any mixture of work and waiting: never more at work than there are places, and none is lost."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.engine.places import Places
from fairlead.testing.clock import FakeClock

SPANS = st.lists(st.tuples(st.sampled_from(["work", "wait", "fail"]), st.integers(1, 5)), min_size=1, max_size=5)


@settings(max_examples=30)
@given(number=st.integers(1, 3), steps=st.lists(SPANS, min_size=1, max_size=8))
async def test_at_most_so_many_work_and_every_place_comes_back(number: int, steps: list[list[tuple[str, int]]]) -> None:
    clock, places = FakeClock(), Places(number)
    at_work = most = 0

    async def work(seconds: int) -> None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await clock.sleep(seconds)
        at_work -= 1

    async def run(spans: list[tuple[str, int]]) -> None:
        async with places.taken():
            for kind, seconds in spans:
                if kind == "work":
                    await places.take()
                    await work(seconds)
                else:
                    await _leave(kind, seconds)

    async def _leave(kind: str, seconds: int) -> None:
        try:
            async with places.left():
                await clock.sleep(seconds)
                if kind == "fail":
                    raise LookupError
        except LookupError:
            pass

    await asyncio.gather(*(run(spans) for spans in steps))
    assert most <= number
    assert await _count_free(places, most=number + 1) == number


async def _count_free(places: Places, *, most: int) -> int:
    """How many of *most* tasks get a place at once."""
    held, is_over = 0, asyncio.Event()

    async def hold() -> None:
        nonlocal held
        async with places.taken():
            held += 1
            await is_over.wait()

    tasks = [asyncio.create_task(hold()) for _ in range(most)]
    for _ in range(5):
        await asyncio.sleep(0)
    found = held
    is_over.set()
    await asyncio.gather(*tasks)
    return found
