"""The places in which steps work at once. A step that only waits gives its place to another one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Ticket:
    """Shared by the tasks that a step starts: contexts are copied, the ticket is not."""

    is_held: bool = False
    taking: asyncio.Lock = field(default_factory=asyncio.Lock)


class Places:
    """*number* steps work at once. Each step runs in a task of its own."""

    def __init__(self, number: int) -> None:
        self._free = asyncio.Semaphore(number)
        self._ticket: ContextVar[_Ticket | None] = ContextVar("ticket", default=None)

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        """Have a place for the time of the block."""
        ticket = _Ticket()
        token = self._ticket.set(ticket)
        try:
            await self.take()
            yield
        finally:
            self._give()
            self._ticket.reset(token)

    async def take(self) -> None:
        """Have a place again, where it was given away; nothing for who has one, or never had one."""
        ticket = self._ticket.get()
        if ticket is None:
            return
        async with ticket.taking:
            if not ticket.is_held:
                await self._free.acquire()
                ticket.is_held = True

    @asynccontextmanager
    async def left(self) -> AsyncIterator[None]:
        """Let another step work for the time of the block. After an error the place stays free until `take`."""
        self._give()
        yield
        await self.take()

    def _give(self) -> None:
        ticket = self._ticket.get()
        if ticket is not None and ticket.is_held:
            ticket.is_held = False
            self._free.release()
