"""What a case found: rows of costs, ours beside the peer's, and the bars that they are held against. Kept as JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.cost import Cost, median

SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Runs of one command by one program."""

    program: str
    command: str
    runs: tuple[Cost, ...]

    def median(self, figure: str) -> float:
        return median(self.runs)[figure]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """*found* must be at most *wanted*, or with *is_least* at least that. *unit* stands behind both numbers."""

    what: str
    found: float
    wanted: float
    is_least: bool = False
    unit: str = ""

    @property
    def is_met(self) -> bool:
        return self.found >= self.wanted if self.is_least else self.found <= self.wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """*checked* says what was seen to be right about what the commands did."""

    name: str
    ours: Series
    peer: Series | None = None
    bars: tuple[Bar, ...] = ()
    checked: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    case: str
    title: str
    about: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    versions: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def is_met(self) -> bool:
        return all(bar.is_met for row in self.rows for bar in row.bars)


def share(ours: Series, peer: Series, *, wanted: float) -> Bar:
    """Our wall time as a share of the peer's, at most *wanted*."""
    return Bar(what="wall, of the peer's", found=_round(ours.median("wall") / peer.median("wall")), wanted=wanted)


def faster(ours: Series, peer: Series, *, wanted: float) -> Bar:
    """How many times faster than the peer, at least *wanted*."""
    found = _round(peer.median("wall") / ours.median("wall"))
    return Bar(what="times faster", found=found, wanted=wanted, is_least=True)


def at_most(series: Series, figure: str, *, wanted: float, unit: str) -> Bar:
    return Bar(what=figure, found=_round(series.median(figure)), wanted=wanted, unit=unit)


def _round(value: float) -> float:
    return round(value, 3)


def keep(result: Result, folder: Path, *, surroundings: dict[str, Any]) -> Path:
    """Write *result* as JSON, with when and where it was measured."""
    folder.mkdir(parents=True, exist_ok=True)
    data = {"schema": SCHEMA, **dataclasses.asdict(result), "surroundings": surroundings}
    for row, kept in zip(result.rows, data["rows"], strict=True):
        kept["bars"] = [{**dataclasses.asdict(bar), "is_met": bar.is_met} for bar in row.bars]
        for side in filter(None, (kept["ours"], kept["peer"])):
            side["median"] = median([Cost(**run) for run in side["runs"]])
    path = folder / f"{result.case}.json"
    path.write_text(json.dumps(data, indent=1) + "\n")
    return path


def read_all(folder: Path, cases: Sequence[str]) -> list[dict[str, Any]]:
    """The kept results, in the order of *cases*; a case that was never run is left out."""
    files = [folder / f"{case}.json" for case in cases]
    return [json.loads(file.read_text()) for file in files if file.is_file()]
