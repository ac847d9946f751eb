"""Faults that planning finds in several components: all of them are told at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TypeVar

from fairlead.model.errors import InputError

R = TypeVar("R")


async def gather_faults(awaitables: Sequence[Awaitable[R]]) -> list[R]:
    """All results; when several inputs are wrong, one InputError with the findings of all of them."""
    results = await asyncio.gather(*awaitables, return_exceptions=True)
    errors = [result for result in results if isinstance(result, BaseException)]
    faults = [error for error in errors if isinstance(error, InputError)]
    if len(faults) == len(errors):
        raise_all(faults)
    if errors:
        raise errors[0]
    return [result for result in results if not isinstance(result, BaseException)]


def raise_all(faults: Sequence[InputError]) -> None:
    """Raise one InputError for all of *faults*; nothing where there is none."""
    if len(faults) == 1:
        raise faults[0]
    if faults:
        findings = [finding for fault in faults for finding in fault.as_findings()]
        raise InputError(f"{len(findings)} faults", findings=findings)
