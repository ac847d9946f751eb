"""Where every value of a YAML file stands, and how it is written.

Values come from the one YAML reader (`formats/yaml/tree.py`); this second pass over the events of a text that was read
without a fault keeps only places. `formats/yaml/marks.py` does so for manifests; a project file also needs the place of
a value apart from its key's, the text of a scalar (`1.30` for the float 1.3), and every tag, which it refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import yaml

from fairlead.formats.scalars import key_text, resolve_plain
from fairlead.formats.yaml.events import is_merge, open_events
from fairlead.model.frozen import dataclass, field

PathPart = str | int
Position = tuple[int, int]
"""Line and column, from 1."""


@dataclass(slots=True)
class Place:
    """*at* is where the value starts, *key* where its key does; *text* is a scalar as written, without quotes."""

    at: Position
    key: Position
    text: str = ""
    children: dict[PathPart, Place] = field(default_factory=dict)

    def find(self, path: Sequence[PathPart]) -> Place:
        """The place of *path*, or of the deepest part of it that is written."""
        place = self
        for part in path:
            child = place.children.get(part)
            if child is None:
                break
            place = child
        return place


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    root: Place
    tags: tuple[Position, ...]


def find_places(text: str, *, file: str) -> Places:
    """The places of the first document of *text*."""
    finder = _Finder(open_events(text, file=file))
    return Places(root=finder.document(), tags=tuple(finder.tags))


class _Finder:
    def __init__(self, next_event: Callable[[], Any]) -> None:
        self._next = next_event
        self._anchors: dict[str | None, Place] = {}
        self.tags: list[Position] = []

    def document(self) -> Place:
        while self._next().__class__ is not yaml.DocumentStartEvent:
            pass
        return self._place(self._next())

    def _place(self, event: Any, key: Any = None) -> Place:
        at = _position(event)
        place = Place(at=at, key=_position(key) if key is not None else at)
        if event.__class__ is yaml.AliasEvent:
            # What an alias stands for is written at its anchor.
            target = self._anchors[event.anchor]
            place.children, place.text = target.children, target.text
            return place
        if event.anchor is not None:
            self._anchors[event.anchor] = place
        if event.tag is not None:
            self.tags.append(at)
        if event.__class__ is yaml.MappingStartEvent:
            self._mapping(place)
        elif event.__class__ is yaml.SequenceStartEvent:
            while (item := self._next()).__class__ is not yaml.SequenceEndEvent:
                place.children[len(place.children)] = self._place(item)
        else:
            place.text = event.value
        return place

    def _mapping(self, place: Place) -> None:
        while (key := self._next()).__class__ is not yaml.MappingEndEvent:
            if is_merge(key):
                self._merge(place)
                continue
            name = self._place(key).text
            if key.__class__ is yaml.ScalarEvent and key.implicit[0]:
                name = key_text(resolve_plain(name))
            place.children[name] = self._place(self._next(), key)

    def _merge(self, place: Place) -> None:
        event = self._next()
        source = self._place(event)
        sources = list(source.children.values()) if event.__class__ is yaml.SequenceStartEvent else [source]
        for each in reversed(sources):
            place.children.update(each.children)


def _position(event: Any) -> Position:
    mark = event.start_mark
    return mark.line + 1, mark.column + 1
