"""Edits of JSON data: what changes at which path, what comes of it, and which edits lead from one value to another."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from enum import Enum, auto
from typing import Any

from fairlead.model.change import ABSENT
from fairlead.model.errors import InputError
from fairlead.model.frozen import dataclass

PathPart = str | int
Path = tuple[PathPart, ...]


class EditKind(Enum):
    SET = auto()
    """What is there is replaced; a key that is not there is added, with the maps on the way to it; the number of the
    items of a list stands for one more."""
    INSERT = auto()
    """An item before the one that has this number."""
    REMOVE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One change at *path* (keys and numbers of items) of document number *document*. *value* is JSON data."""

    path: Path
    value: Any = None
    kind: EditKind = EditKind.SET
    document: int = 0


def changed(data: Any, edit: Edit) -> Any:
    """*data* after *edit*. Raises InputError where its path leads nowhere."""
    return _changed(data, edit.path, edit)


def _changed(data: Any, path: Path, edit: Edit) -> Any:
    if not path:
        return edit.value
    if isinstance(path[0], str) and (data is None or isinstance(data, dict)):
        return _changed_map(dict(data or {}), path[0], path[1:], edit)
    if isinstance(path[0], int) and isinstance(data, list):
        return _changed_list(list(data), path[0], path[1:], edit)
    what = "map" if isinstance(path[0], str) else "list"
    raise InputError(f"{said(edit.path)} leads nowhere: there is no {what} that it would be in")


def _changed_map(data: dict[str, Any], key: str, rest: Path, edit: Edit) -> dict[str, Any]:
    if rest or edit.kind is EditKind.SET:
        data[key] = _changed(data.get(key), rest, edit)
    elif edit.kind is EditKind.REMOVE and key in data:
        del data[key]
    else:
        raise InputError(f"{said(edit.path)} is not there")
    return data


def _changed_list(data: list[Any], index: int, rest: Path, edit: Edit) -> list[Any]:
    can_follow = not rest and edit.kind is not EditKind.REMOVE
    if index >= len(data) + can_follow:
        raise InputError(f"{said(edit.path)} is not there: the list has {len(data)} items")
    if not rest and (edit.kind is EditKind.INSERT or index == len(data)):
        data.insert(index, edit.value)
    elif not rest and edit.kind is EditKind.REMOVE:
        del data[index]
    else:
        data[index] = _changed(data[index], rest, edit)
    return data


def edits_between(before: Any, after: Any, path: Path = (), *, document: int = 0) -> Iterator[Edit]:
    """The least edits that make *after* of *before*, in an order in which they can be done."""
    if same(before, after):
        return
    if isinstance(before, dict) and isinstance(after, dict) and before:
        for key in [key for key in before if key not in after]:
            yield Edit(path=(*path, key), kind=EditKind.REMOVE, document=document)
        for key, value in after.items():
            yield from edits_between(before.get(key, ABSENT), value, (*path, key), document=document)
    elif isinstance(before, list) and isinstance(after, list) and before and after:
        yield from _list_edits(before, after, path, document)
    else:
        yield Edit(path=path, value=after, document=document)


def _list_edits(before: list[Any], after: list[Any], path: Path, document: int) -> Iterator[Edit]:
    one, other = _identities(before, after)
    codes = SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    for tag, first, last, start, end in reversed(codes):  # from the end, so that numbers stay what they are
        # What has a name stays itself; of what has none, one item may as well have become the other.
        paired = 0 if tag != "equal" and _are_named(before, after) else min(last - first, end - start)
        for index in range(last - 1, first + paired - 1, -1):
            yield Edit(path=(*path, index), kind=EditKind.REMOVE, document=document)
        for number, value in enumerate(after[start + paired : end]):
            at = first + paired + number
            yield Edit(path=(*path, at), value=value, kind=EditKind.INSERT, document=document)
        for number in range(paired):
            here = (*path, first + number)
            yield from edits_between(before[first + number], after[start + number], here, document=document)


def _identities(before: list[Any], after: list[Any]) -> tuple[list[str], list[str]]:
    if _are_named(before, after):
        return [item["name"] for item in before], [item["name"] for item in after]
    return [*map(_text, before)], [*map(_text, after)]


def _are_named(before: list[Any], after: list[Any]) -> bool:
    """Whether the items of both lists have names that tell them apart, as containers and variables do."""
    for items in (before, after):
        names = [item.get("name") if isinstance(item, dict) else None for item in items]
        if not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
            return False
    return True


def same(one: Any, other: Any) -> bool:
    """Also of the same type: 1, 1.0 and true are three values."""
    return _text(one) == _text(other)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=repr)


def said(path: Sequence[PathPart]) -> str:
    """*path* for people: `spec.containers[0].image`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".") or "the document"
