"""How often and how large cases are run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """*runs* of each command. *scale* makes every project that many times as large: 1 is what the bars are for, less is
    a trial of the benchmark itself."""

    runs: int = 5
    scale: float = 1.0

    def size(self, whole: int) -> int:
        return max(10, round(whole * self.scale))
