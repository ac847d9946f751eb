"""Values as Kubernetes writes them: names, quantities, schedules, references of images."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from fairlead.model.frozen import dataclass
from fairlead.planning.value_path import Path

_LABEL: Final = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
SUBDOMAIN: Final = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*")
"""RFC 1123, as `apimachinery/pkg/util/validation` reads it."""
LABEL: Final = re.compile(rf"(?=.{{1,63}}$){_LABEL}")
LABEL_1035: Final = re.compile(r"(?=.{1,63}$)[a-z](?:[-a-z0-9]*[a-z0-9])?")
QUALIFIED: Final = re.compile(r"(?=.{1,63}$)(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
PORT_NAME: Final = re.compile(r"(?=.{1,15}$)(?=.*[a-z])(?!.*--)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?")
_PART: Final = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
IMAGE: Final = re.compile(
    rf"(?:(?:[A-Za-z0-9](?:[-A-Za-z0-9.]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]+)?/)?{_PART}(?:/{_PART})*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?"
)
"""A reference as `distribution/reference` reads it."""
_QUANTITY: Final = re.compile(
    r"(?P<number>[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))(?P<suffix>[KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?"
)
_SUFFIXES: Final = {
    **{f"{letter}i": Decimal(1024) ** power for power, letter in enumerate("KMGTPE", start=1)},
    **{letter: Decimal(10) ** (3 * power) for power, letter in enumerate("kMGTPE", start=1)},
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
}
_ZONE: Final = re.compile(r"(?!UTC[+-])[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*")
_DESCRIPTORS: Final = frozenset({"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"})
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: Final[tuple[tuple[str, int, int, tuple[str, ...]], ...]] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 6, _DAYS),
)
_STEP: Final = re.compile(r"(?P<low>\*|\?|\w+)(?:-(?P<high>\w+))?(?:/(?P<step>\d+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """*path* of the field that Kubernetes does not take."""

    path: Path
    message: str
    hint: str = ""


def quantity(value: object) -> Decimal | None:
    """What *value* amounts to; None where it is none (`64mb`). See `apimachinery/pkg/api/resource`."""
    match = _QUANTITY.fullmatch(str(value))
    if match is None or isinstance(value, bool):
        return None
    number, suffix = Decimal(match["number"]), match["suffix"] or ""
    if suffix[:1] in ("e", "E") and len(suffix) > 1 and suffix != "Ei":
        return number.scaleb(max(-99, min(99, int(suffix[1:]))))
    return number * _SUFFIXES.get(suffix, Decimal(1))


def is_time_zone(name: str) -> bool:
    """Whether *name* may be one: of its letters only. Which there are is for the cluster to know."""
    return bool(_ZONE.fullmatch(name)) and name.lower() != "local"


def wrong_in_schedule(text: str) -> str:
    """What is wrong with the schedule of a CronJob, empty where nothing is. See github.com/robfig/cron, v3."""
    if text.startswith("@"):
        return "" if text in _DESCRIPTORS or text.startswith("@every ") else f"there is no {text}"
    fields = text.split()
    if len(fields) != len(_FIELDS):
        return f"it has {len(fields)} fields, not five"
    for field, (name, least, most, words) in zip(fields, _FIELDS, strict=True):
        if not all(_is_in_range(part, least, most, words) for part in field.split(",")):
            return f"{field} is no {name}, which is {least} to {most}"
    return ""


def _is_in_range(part: str, least: int, most: int, words: tuple[str, ...]) -> bool:
    match = _STEP.fullmatch(part)
    if match is None or match["step"] == "0":
        return False
    if match["low"] in ("*", "?"):
        return match["high"] is None
    bounds = [_number(word.lower(), least, words) for word in match.group("low", "high") if word]
    return all(least <= bound <= most for bound in bounds) and bounds == sorted(bounds)


def _number(word: str, least: int, words: tuple[str, ...]) -> int:
    if word in words:
        return least + words.index(word)
    return int(word) if word.isdecimal() else -1
