"""Several requests at once, as one."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

_Result = TypeVar("_Result")


async def run_together(calls: Iterable[Coroutine[Any, Any, _Result]]) -> list[_Result]:
    """Results in order. The first fault ends the rest before it is raised: nothing goes on behind the caller's back."""
    tasks = [asyncio.ensure_future(call) for call in calls]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
