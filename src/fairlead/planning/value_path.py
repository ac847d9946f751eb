"""Paths into chart values, as `set:`, `--set` and `render --explain` write them: `ingress.host`, `hosts[0].name`.

A dot or bracket that belongs to a key is escaped: `nodeSelector.kubernetes\\.io/os`. Not the paths of the API server
(`formats/field_paths.py`), which know keyed lists and cannot be read without the object.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from fairlead.model.change import ABSENT
from fairlead.model.errors import InputError

Path: TypeAlias = tuple[str | int, ...]

_TOKEN: Final = re.compile(r"\[(?P<index>0|[1-9][0-9]{0,4})\]|(?P<dot>\.)|(?P<key>(?:\\.|[^\\.\[\]])+)", re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_SPECIAL: Final = re.compile(r"([\\.\[\]])")


def parse_path(text: str) -> Path:
    """Raises InputError for text that is no path, such as `a..b`, `a[x]` or an empty one."""
    path: list[str | int] = []
    position, expects_key = 0, True
    while match := _TOKEN.match(text, position):
        kind = match.lastgroup
        if expects_key != (kind == "key"):
            break
        if kind == "index":
            path.append(int(match["index"]))
        elif kind == "key":
            path.append(_ESCAPED.sub(r"\1", match["key"]))
        expects_key = kind == "dot"
        position = match.end()
    if position < len(text) or expects_key:
        raise InputError(f"not a path: {text!r}", hint=r"write it like ingress.host, hosts[0].name or a\.dotted\.key.b")
    return tuple(path)


def format_path(path: Sequence[str | int]) -> str:
    """The text that `parse_path` reads back."""
    text = "".join(f"[{part}]" if isinstance(part, int) else "." + _SPECIAL.sub(r"\\\1", part) for part in path)
    return text.removeprefix(".")


def value_at(values: Any, path: Path) -> Any:
    """What *path* names in *values*, or ABSENT."""
    for part in path:
        if isinstance(part, int):
            is_there = isinstance(values, list) and part < len(values)
        else:
            is_there = isinstance(values, Mapping) and part in values
        if not is_there:
            return ABSENT
        values = values[part]
    return values


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every scalar and every empty map or list in *value*, with its path."""
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    else:
        yield path, value
