"""The tree of a SOPS file, typed as sops itself types it (go-yaml v3), because its MAC is taken over those values.

That differs from how Kubernetes reads YAML: `yes` and `on` are text, dates are times. JSON files are read the same way.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import yaml

from fairlead.formats.scalars import INT64_MAX, ScalarError, resolve_plain, resolve_tagged
from fairlead.formats.yaml.events import open_events, syntax_error
from fairlead.model.errors import InputError
from fairlead.model.finding import Location

Leaf = str | int | float | bool | None

_YAML_1_1_WORDS: Final = frozenset(("y", "n", "yes", "no", "on", "off"))
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(?:\.[0-9]*[1-9])?(?:Z|[-+][0-9]{2}:[0-9]{2})")
_ANY_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?")
_MAX_DEPTH: Final = 200


@dataclass(frozen=True, slots=True)
class Node:
    """A value with its place: a Leaf, a dict of nodes or a list of nodes."""

    value: Any
    location: Location

    def plain(self) -> Any:
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        return [node.plain() for node in self.value] if isinstance(self.value, list) else self.value


def parse_sops_tree(text: str, *, file: str) -> Node:
    """The one map that *text* holds. Raises InputError for what sops never writes: aliases, tags, a second document."""
    parser = _Parser(open_events(text.removeprefix("\ufeff"), file=file), file=file)
    try:
        return parser.document()
    except yaml.YAMLError as err:
        raise syntax_error(err, text=text, file=file) from None


class _Parser:
    def __init__(self, next_event: Callable[[], Any], *, file: str) -> None:
        self._next = next_event
        self._file = file

    def document(self) -> Node:
        self._next()
        if self._next().__class__ is not yaml.DocumentStartEvent:
            raise InputError("the file is empty", location=Location(self._file))
        root = self._node(self._next(), depth=0)
        self._next()
        if not isinstance(root.value, dict):
            raise InputError("an encrypted file must hold a map", location=root.location)
        if (more := self._next()).__class__ is not yaml.StreamEndEvent:
            raise InputError(
                "an encrypted file with more than one document is not supported",
                hint="split it into one file for each document",
                location=self._place(more),
            )
        return root

    def _node(self, event: Any, *, depth: int) -> Node:
        place = self._place(event)
        if event.__class__ is yaml.AliasEvent or event.anchor is not None:
            raise InputError("sops writes no anchors and aliases; this file was changed", location=place)
        if depth > _MAX_DEPTH:
            raise InputError(f"nested deeper than {_MAX_DEPTH} levels", location=place)
        if event.__class__ is yaml.ScalarEvent:
            return Node(self._leaf(event), place)
        if event.__class__ is yaml.SequenceStartEvent:
            return Node(self._sequence(depth), place)
        return Node(self._mapping(depth), place)

    def _sequence(self, depth: int) -> list[Node]:
        items = []
        while (event := self._next()).__class__ is not yaml.SequenceEndEvent:
            items.append(self._node(event, depth=depth + 1))
        return items

    def _mapping(self, depth: int) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        while (event := self._next()).__class__ is not yaml.MappingEndEvent:
            key = self._node(event, depth=depth).value
            if not isinstance(key, str):
                raise InputError("a key in an encrypted file must be text", location=self._place(event))
            if key in entries:
                raise InputError(f"the key {key!r} stands twice in one map", location=self._place(event))
            entries[key] = self._node(self._next(), depth=depth + 1)
        return entries

    def _leaf(self, event: Any) -> Leaf:
        try:
            value = _typed(event)
        except ScalarError as err:
            raise InputError(str(err), location=self._place(event)) from None
        if type(value) is int and value > INT64_MAX:
            raise InputError("the number is too large for sops", location=self._place(event))
        return value

    def _place(self, event: Any) -> Location:
        return Location(self._file, event.start_mark.line + 1, event.start_mark.column + 1)


def _typed(event: Any) -> Leaf:
    text: str = event.value
    if event.tag not in (None, "!"):
        return resolve_tagged(event.tag, text)
    if not event.implicit[0] or text.lower() in _YAML_1_1_WORDS:
        return text
    if _ANY_TIME.fullmatch(text):
        return _time(text)
    return resolve_plain(text)


def _time(text: str) -> str:
    """A time as Go writes it: sops hashes that form, and prints it on decryption."""
    if _DATE.fullmatch(text):
        return f"{text}T00:00:00Z"
    if _TIME.fullmatch(text):
        return text
    raise ScalarError("a time in this form is not supported in an encrypted file; quote it")
