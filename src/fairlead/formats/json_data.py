"""Reading JSON whose shape nobody has checked yet: what is missing, null or of another type reads as empty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def as_map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def as_list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()


def maps_in(value: object) -> tuple[Mapping[str, Any], ...]:
    """The mappings among the items of the list *value*."""
    return tuple(item for item in as_list(value) if isinstance(item, Mapping))


def dig(value: object, *names: str) -> Any:
    """What lies at *names* below *value*, or None."""
    for name in names:
        value = as_map(value).get(name)
    return value


def dig_map(value: object, *names: str) -> Mapping[str, Any]:
    return as_map(dig(value, *names))


def dig_text(value: object, *names: str) -> str:
    found = dig(value, *names)
    return found if isinstance(found, str) else ""


def dig_int(value: object, *names: str, default: int = 0) -> int:
    found = dig(value, *names)
    return found if isinstance(found, int) and not isinstance(found, bool) else default
