"""Where in a file a JSON path stands. Made from the text when somebody asks, so that reading does not pay for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from fairlead.formats.scalars import key_text, resolve_plain, resolve_tagged
from fairlead.formats.yaml.events import is_merge, open_events

PathPart = str | int


@dataclass(slots=True)
class Mark:
    """The place of one value: its key where it has one, else itself. *line* and *column* count from 0."""

    line: int
    column: int
    children: dict[PathPart, Mark] = field(default_factory=dict)
    key: str = ""

    def find(self, path: Sequence[PathPart]) -> Mark:
        """The mark of *path*, or of the deepest part of it that is written."""
        mark = self
        for part in path:
            child = mark.children.get(part)
            if child is None:
                break
            mark = child
        return mark


def parse_marks(text: str, *, file: str) -> Mark:
    """The marks of the first document of *text*, which `yaml_tree` has read without a fault."""
    return _Marker(open_events(text, file=file)).document()


class _Marker:
    def __init__(self, next_event: Callable[[], Any]) -> None:
        self._next = next_event
        self._anchors: dict[str, Mark] = {}

    def document(self) -> Mark:
        while self._next().__class__ is not yaml.DocumentStartEvent:
            pass
        return self._node(self._next())

    def _node(self, event: Any, key: Any = None) -> Mark:
        place = (key or event).start_mark
        mark = Mark(place.line, place.column)
        if event.__class__ is yaml.AliasEvent:
            target = self._anchors[str(event.anchor)]
            # What an alias stands for is written at its anchor; the alias itself is where the key is.
            mark.children, mark.key = target.children, target.key
            return mark
        if event.anchor is not None:
            self._anchors[event.anchor] = mark
        if event.__class__ is yaml.MappingStartEvent:
            self._mapping(mark)
        elif event.__class__ is yaml.SequenceStartEvent:
            self._sequence(mark)
        else:
            mark.key = _scalar_key(event) if event.anchor is not None else ""
        return mark

    def _sequence(self, mark: Mark) -> None:
        while (event := self._next()).__class__ is not yaml.SequenceEndEvent:
            mark.children[len(mark.children)] = self._node(event)

    def _mapping(self, mark: Mark) -> None:
        while (event := self._next()).__class__ is not yaml.MappingEndEvent:
            if is_merge(event):
                self._merge(mark)
                continue
            if event.__class__ is yaml.AliasEvent:
                name = self._anchors[str(event.anchor)].key
            else:
                name = _scalar_key(event)
                if event.anchor is not None:
                    self._anchors[event.anchor] = Mark(event.start_mark.line, event.start_mark.column, key=name)
            mark.children[name] = self._node(self._next(), event)

    def _merge(self, mark: Mark) -> None:
        event = self._next()
        source = self._node(event)
        sources = list(source.children.values()) if event.__class__ is yaml.SequenceStartEvent else [source]
        for each in reversed(sources):
            mark.children.update(each.children)


def _scalar_key(event: Any) -> str:
    if event.tag is None:
        value = resolve_plain(event.value) if event.implicit[0] else event.value
    else:
        value = event.value if event.tag == "!" else resolve_tagged(event.tag, event.value)
    return "" if value is None else key_text(value)
