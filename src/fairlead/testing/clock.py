"""A clock whose time moves only by `sleep` and `advance`: no test waits.

A task that sleeps is woken when every other task waits too; time then jumps to the earliest wake-up. So a simulation
with several sleepers runs in the order of their times, and two of one moment in the order in which they went to sleep.
"""

from __future__ import annotations

import asyncio
import heapq
import math
from datetime import UTC, datetime, timedelta
from itertools import count

IDLE_ROUNDS = 12
"""Turns of the event loop without a new sleeper after which everybody is taken to wait. What awaits only locks, queues
and other tasks needs one turn per await."""


class FakeClock:
    """`Clock` without real time. *start* is its first moment."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._start = start
        self._elapsed = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()
        self._rounds = 0
        self._is_watching = False

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        return self._elapsed

    def advance(self, seconds: float) -> None:
        """Move time on as if this process had been suspended: sleepers that are late by then wake at the end."""
        self._elapsed += seconds

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        wake = max(self._elapsed + seconds, math.nextafter(self._elapsed, math.inf))
        heapq.heappush(self._sleepers, (wake, next(self._numbers), future))
        self._rounds = 0
        if not self._is_watching:
            self._is_watching = True
            loop.call_soon(self._watch, loop)
        await future

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """One turn of the loop: has everybody had time to do what there was to do?"""
        self._rounds += 1
        if self._rounds > IDLE_ROUNDS:
            self._wake_next()
            self._rounds = 0
        self._is_watching = bool(self._sleepers)
        if self._is_watching:
            loop.call_soon(self._watch, loop)

    def _wake_next(self) -> None:
        while self._sleepers:
            wake, _, future = heapq.heappop(self._sleepers)
            if not future.done():  # else its task was cancelled
                self._elapsed = max(self._elapsed, wake)
                future.set_result(None)
                return
