"""Sets of fields as `fieldsV1` writes them: read as sets of paths, written back, and taken out of an object.

A path is a tuple of elements (`f:spec`, `k:{"name":"web"}`, `v:"x"`, `i:0`). A node is a member of the set when it is a
leaf (`{}`) or has the element `.`; a map that only leads to members is none itself (structured-merge-diff,
`fieldpath.Set`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from fairlead.formats.json_data import as_map
from fairlead.model.objects import Manifest

FieldPath = tuple[str, ...]
FieldSet = frozenset[FieldPath]


def parse_fields(tree: Mapping[str, Any]) -> FieldSet:
    """The members of a `fieldsV1` tree."""
    return frozenset(_members(tree, ()))


def _members(tree: Mapping[str, Any], above: FieldPath) -> Iterator[FieldPath]:
    for element, below in tree.items():
        if element == ".":
            yield above
        elif not as_map(below):
            yield (*above, element)
        else:
            yield from _members(as_map(below), (*above, element))


def format_fields(paths: Collection[FieldPath]) -> dict[str, Any]:
    """The `fieldsV1` tree whose members are *paths*, in the order in which the API server writes it."""
    tree: dict[str, Any] = {}
    for path in sorted(paths):
        node = tree
        for element in path:
            node = node.setdefault(element, {})
        node["."] = {}
    return {element: _without_lone_dots(below) for element, below in tree.items() if element != "."}


def _without_lone_dots(tree: Mapping[str, Any]) -> dict[str, Any]:
    if set(tree) == {"."}:
        return {}
    return {element: below if element == "." else _without_lone_dots(below) for element, below in tree.items()}


def removable(lost: FieldSet, kept: FieldSet) -> FieldSet:
    """What of *lost* goes: a list item or map in which somebody keeps a field stays, with that field."""
    held = {path[:length] for path in kept for length in range(len(path) + 1)}
    return lost - held


def without_fields(manifest: Manifest, paths: Collection[FieldPath]) -> Manifest:
    """A copy of *manifest* without the fields at *paths*; a path that leads nowhere is passed over."""
    tree: dict[str, Any] = {}
    for path in sorted(paths, key=len, reverse=True):
        node = tree
        for element in path[:-1]:
            node = node.setdefault(element, {})
        node[path[-1]] = None  # the shorter path comes later, and takes what is below along
    found: Manifest = _cut(manifest, tree)
    return found


def _cut(value: Any, tree: Mapping[str, Any]) -> Any:
    """*value* without what *tree* marks with None; all places of a list are found before any is taken out."""
    if isinstance(value, Mapping):
        fields = {element.partition(":")[2]: below for element, below in tree.items()}
        return {
            name: _cut(below, fields[name]) if name in fields else below
            for name, below in value.items()
            if name not in fields or fields[name] is not None
        }
    if not isinstance(value, list):
        return value
    marks = {position: below for element, below in tree.items() for position in _positions(element, value)}
    return [
        _cut(item, marks[position]) if position in marks else item
        for position, item in enumerate(value)
        if position not in marks or marks[position] is not None
    ]


def _positions(element: str, items: Sequence[Any]) -> list[int]:
    kind, _, text = element.partition(":")
    if kind == "i":
        return [int(text)]
    wanted = json.loads(text)
    if kind == "v":
        return [position for position, item in enumerate(items) if item == wanted]
    return [
        position
        for position, item in enumerate(items)
        if isinstance(item, Mapping) and all(item.get(name) == value for name, value in wanted.items())
    ]
