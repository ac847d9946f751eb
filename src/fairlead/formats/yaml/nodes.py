"""Where every node of a YAML text begins and ends, and how it is written: what an editor of the text needs to know.

Values come from the one YAML reader (`formats/yaml/tree.py`); this pass over the events of a text that was read without
a fault keeps spans. Offsets are characters of the text, which has no byte order mark.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final

import yaml

from fairlead.formats.scalars import ScalarError, key_text, resolve_plain, resolve_tagged
from fairlead.formats.yaml.events import is_merge, open_events

PathPart = str | int

_PROPERTIES: Final = re.compile(r"(?:[&!]\S*\s*(?:#[^\n]*\n\s*)*)+")
_BLANK_END: Final = re.compile(r"(?:\r\n|\n|\r)[ \t]*\Z")


class NodeKind(Enum):
    SCALAR = auto()
    MAPPING = auto()
    SEQUENCE = auto()
    ALIAS = auto()


@dataclass(slots=True)
class Node:
    """*start* is where its anchor or tag begins, *body* what stands behind them; *end* is behind its last character,
    without blank lines and comments that follow. *style* is the quote or block indicator of a scalar, empty: plain.

    *key* is the text of a scalar as a key. An alias has the *target* that it names. *entries* are a mapping's pairs in
    the order of the text, `<<` among them, whose key is None.
    """

    kind: NodeKind
    start: int
    body: int
    end: int
    is_flow: bool = False
    style: str = ""
    text: str = ""
    key: str | None = ""
    anchor: str = ""
    tag: str = ""
    entries: list[Entry] = field(default_factory=list)
    items: list[Node] = field(default_factory=list)
    target: Node | None = None
    is_merge: bool = False

    def named(self, name: PathPart) -> list[Entry]:
        """The entries of that name that stand in the mapping itself: more than one where the key is written twice."""
        return [entry for entry in self.entries if entry.key.key == name and not entry.is_merge]

    def inside(self) -> Iterator[Node]:
        """This node and all below it, as the text has them: an alias is not followed."""
        yield self
        for entry in self.entries:
            yield from entry.key.inside()
            yield from entry.value.inside()
        for item in self.items:
            yield from item.inside()


@dataclass(slots=True)
class Entry:
    key: Node
    value: Node
    is_merge: bool = False


def parse_nodes(text: str, *, file: str) -> tuple[Node, ...]:
    """The root of each document of *text*, which `yaml_tree` has read without a fault."""
    return tuple(_Reader(text, open_events(text, file=file)).documents())


class _Reader:
    def __init__(self, text: str, next_event: Callable[[], Any]) -> None:
        self._text = text
        self._next = next_event
        self._anchors: dict[str, Node] = {}

    def documents(self) -> Iterator[Node]:
        while (event := self._next()).__class__ is not yaml.StreamEndEvent:
            if event.__class__ is yaml.DocumentStartEvent:
                self._anchors.clear()
                yield self._node(self._next())

    def _node(self, event: Any) -> Node:
        kind = event.__class__
        start, end = event.start_mark.index, event.end_mark.index
        if kind is yaml.AliasEvent:
            target = self._anchors[event.anchor]
            return Node(NodeKind.ALIAS, start, start, end, key=target.key, anchor=event.anchor, target=target)
        if kind is yaml.ScalarEvent:
            return self._scalar(event, start, end)
        node = Node(NodeKind.MAPPING, start, start, end, is_flow=bool(event.flow_style))
        node.tag = event.tag or ""
        self._name(node, event)
        if kind is yaml.MappingStartEvent:
            self._mapping(node)
        else:
            node.kind = NodeKind.SEQUENCE
            self._sequence(node)
        node.body = self._body(start, node.end) if (event.anchor or event.tag) else start
        return node

    def _scalar(self, event: Any, start: int, end: int) -> Node:
        style = event.style if event.style in ("'", '"', "|", ">") else ""
        body = self._body(start, end) if event.anchor is not None or event.tag is not None else start
        if style in ("|", ">") and style:
            end = self._block_end(body, end)
        node = Node(NodeKind.SCALAR, start, body, end, style=style, text=event.value, tag=event.tag or "")
        node.key = _key_of(event)
        node.is_merge = is_merge(event)
        self._name(node, event)
        return node

    def _name(self, node: Node, event: Any) -> None:
        if event.anchor is not None:
            node.anchor = event.anchor
            self._anchors[event.anchor] = node

    def _sequence(self, node: Node) -> None:
        event = self._next()
        while not isinstance(event, yaml.SequenceEndEvent):
            node.items.append(self._node(event))
            event = self._next()
        node.end = _end(event) if node.is_flow else node.items[-1].end

    def _mapping(self, node: Node) -> None:
        event = self._next()
        while not isinstance(event, yaml.MappingEndEvent):
            key = self._node(event)
            node.entries.append(Entry(key, self._node(self._next()), is_merge=key.is_merge))
            event = self._next()
        node.end = _end(event) if node.is_flow else node.entries[-1].value.end

    def _body(self, start: int, end: int) -> int:
        found = _PROPERTIES.match(self._text, start, end)
        return found.end() if found else start

    def _block_end(self, start: int, end: int) -> int:
        """Behind the last line of a block scalar: blank lines belong to it where its header says `+`."""
        header = self._text[start : self._text.find("\n", start)]
        if "+" in header.partition("#")[0]:
            last = re.search(r"(?:\r\n|\n|\r)\Z", self._text[start:end])
            return start + last.start() if last else end
        while end > start and (blank := _BLANK_END.search(self._text, start, end)):
            end = blank.start()
        return end


def _end(event: Any) -> int:
    return int(event.end_mark.index)


def _key_of(event: Any) -> str | None:
    if event.tag is None:
        value = resolve_plain(event.value) if event.implicit[0] else event.value
    else:
        value = event.value if event.tag == "!" else resolve_tagged(event.tag, event.value)
    try:
        return None if value is None else key_text(value)
    except ScalarError:  # what no key may be, a value may
        return str(event.value)
