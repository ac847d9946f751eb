"""The real clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime


def _monotonic() -> Callable[[], float]:
    """A clock that goes on while the machine sleeps: a lock that expired meanwhile must not look fresh."""
    boot_time = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic if boot_time is None else lambda: time.clock_gettime(boot_time)


class SystemClock:
    def __init__(self) -> None:
        self._monotonic = _monotonic()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return self._monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
