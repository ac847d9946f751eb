"""How many requests are on their way at once: halved when the server says 429 or nothing in time, and grown again
by its successes."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Gate:
    """First come, first served. *most* is the limit to begin with and the most it grows back to."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._limit = float(most)
        self._inside = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._halved_after = 0
        self._entered = 0

    @property
    def limit(self) -> int:
        return int(self._limit)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[int]:
        """Wait for a place; gives the number of this entry, which `slow_down` wants back."""
        await self._enter()
        self._entered += 1
        try:
            yield self._entered
        finally:
            self._leave()

    def slow_down(self, entry: int) -> None:
        """The server had too much. Entries from before the last halving say nothing new."""
        if entry > self._halved_after:
            self._limit = max(1.0, self._limit / 2)
            self._halved_after = self._entered

    def speed_up(self) -> None:
        """A request went through: one more place for each round of the present limit."""
        if self._limit < self._most:
            self._limit = min(self._most, self._limit + 1 / self._limit)

    async def _enter(self) -> None:
        if self._inside < self.limit and not self._waiting:
            self._inside += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled() or not turn.done():
                self._waiting.remove(turn)
            else:  # the place was given to us in the same moment: hand it on
                self._leave()
            raise

    def _leave(self) -> None:
        self._inside -= 1
        while self._waiting and self._inside < self.limit:
            turn = self._waiting.popleft()
            if not turn.done():
                self._inside += 1
                turn.set_result(None)
