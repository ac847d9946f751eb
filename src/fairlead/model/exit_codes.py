"""What each exit code means, and which one wins when a run has several."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class ExitCode(IntEnum):
    DONE = 0
    FAILED = 1
    CHANGES = 2
    REFUSED = 3
    INVALID = 4
    ROLLED_BACK = 5
    BUG = 70
    INTERRUPTED = 130


_WORST_FIRST = (
    ExitCode.BUG,
    ExitCode.INTERRUPTED,
    ExitCode.ROLLED_BACK,
    ExitCode.FAILED,
    ExitCode.INVALID,
    ExitCode.REFUSED,
    ExitCode.CHANGES,
)


def worst(codes: Iterable[int]) -> ExitCode:
    """The code of a mixed result: 70 > 130 > 5 > 1 > 4 > 3 > 2 > 0."""
    seen = set(codes)
    return next((code for code in _WORST_FIRST if code in seen), ExitCode.DONE)
