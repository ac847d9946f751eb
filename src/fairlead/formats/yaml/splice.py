"""One change of a YAML text as replacements of spans: the least text that says it, in the style of what is around it.

Decides nothing about what may be changed; `formats/yaml/edit.py` does, and checks the outcome by reading it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fairlead.formats.yaml.blocks import block_scalar
from fairlead.formats.yaml.nodes import Entry, Node, NodeKind
from fairlead.formats.yaml.style import (
    Style,
    block_lines,
    column,
    dash_of,
    entry_lines,
    flow_text,
    in_quotes,
    item_lines,
    json_text,
    line_end,
    line_start,
    next_line,
    plain_or_quoted,
    scalar_lines,
    scalar_text,
)

_COLON: Final = re.compile(r"\s*:")
_SPACE: Final = re.compile(r"[ \t]*")
_REST: Final = re.compile(r"[ \t]*(?:(?<=[ \t])#[^\r\n]*)?(?=\r|\n|\Z)")
_COMMA: Final = re.compile(r"\s*,")


class NoPlace(ValueError):
    """The text is written in a way that leaves no safe place for the change; the message is a clause."""


@dataclass(frozen=True, slots=True)
class Splice:
    """*text* stands where the characters from *start* to *end* stood."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A *node* where it stands: as the value of *entry*, as an item, or (no *parent*) as a document."""

    node: Node
    parent: Node | None = None
    entry: Entry | None = None


def apply(text: str, splices: Sequence[Splice]) -> str:
    """*splices* do not overlap; those at one place follow each other as given."""
    ordered = sorted(splices, key=lambda one: (one.start, one.end))
    for splice in ordered[::-1]:
        text = text[: splice.start] + splice.text + text[splice.end :]
    return text


def replace(text: str, slot: Slot, value: Any, style: Style) -> list[Splice]:
    """Write *value* where *slot* is."""
    node = slot.node
    if node.is_flow or style.is_json or (slot.parent is not None and slot.parent.is_flow):
        written = _inline(text, slot, value, style)
        return [Splice(node.body, node.end, _spaced(text, node, written))]
    is_collection = isinstance(value, (Mapping, list)) and bool(value)
    if node.kind in (NodeKind.SCALAR, NodeKind.ALIAS):
        if is_collection:
            return _scalar_to_block(text, slot, value, style)
        return [Splice(node.body, node.end, _spaced(text, node, _scalar(text, slot, value, style)))]
    if is_collection:
        lines = block_lines(value, style, indent=column(text, _first(text, node)))
        start = line_start(text, _first(text, node))
        kept = text[start : _first(text, node)]
        return [Splice(start, node.end, kept + style.newline.join(lines)[len(kept) :])]
    return _block_to_scalar(text, slot, value, style)


def _first(text: str, node: Node) -> int:
    """Where the first key or dash of a block collection stands."""
    return node.entries[0].key.start if node.entries else dash_of(text, node.items[0])


def _spaced(text: str, node: Node, written: str) -> str:
    """A value of nothing stands right behind its colon, its dash or its anchor."""
    is_tight = node.body == node.end and node.body > 0 and not text[node.body - 1].isspace()
    return f" {written}" if is_tight else written


def _inline(text: str, slot: Slot, value: Any, style: Style) -> str:
    node = slot.node
    is_collection = isinstance(value, (Mapping, list)) and bool(value)
    if style.is_json and is_collection and slot.parent and "\n" in text[slot.parent.start : slot.parent.end]:
        indent = len(_margin_of(text, slot.entry.key.start if slot.entry else node.start))
        return json_text(value, indent=indent, step=style.step, newline=style.newline)
    if isinstance(value, str) and node.kind is NodeKind.SCALAR and not style.is_json:
        return _text_like(node, value, style)
    return flow_text(value, style)


def _margin_of(text: str, at: int) -> str:
    line = text[line_start(text, at) : at]
    return line[: len(line) - len(line.lstrip())]


def _text_like(node: Node, value: str, style: Style) -> str:
    if node.style in ("'", '"'):
        return in_quotes(value, node.style)
    return plain_or_quoted(value, style)


def _scalar(text: str, slot: Slot, value: Any, style: Style) -> str:
    """*value* as the scalar before it was written."""
    node = slot.node
    if not isinstance(value, str):
        return scalar_text(value, style)
    if node.style in ("|", ">"):
        written = block_scalar(text, node, value, style)
        return written if written is not None else in_quotes(value, '"')
    if "\n" in value and not node.style:
        lines = scalar_lines(value, style, indent=_inner_indent(text, slot, style))
        return style.newline.join(lines)
    return _text_like(node, value, style)


def _inner_indent(text: str, slot: Slot, style: Style) -> int:
    if slot.entry is not None:
        return column(text, slot.entry.key.start) + style.step
    return (column(text, dash_of(text, slot.node)) if slot.parent else 0) + 2


def _scalar_to_block(text: str, slot: Slot, value: Any, style: Style) -> list[Splice]:
    node = slot.node
    if slot.parent is None:
        return [Splice(node.body, node.end, style.newline.join(block_lines(value, style, indent=0)))]
    if slot.entry is None:
        indent = column(text, dash_of(text, node)) + 2
        lines = block_lines(value, style, indent=indent)
        return [Splice(node.body, node.end, _spaced(text, node, style.newline.join(lines)[indent:]))]
    own = column(text, slot.entry.key.start)
    indent = own + (style.step if isinstance(value, Mapping) else style.offset)
    end = line_end(text, node.end)
    if not _REST.match(text, node.end):
        raise NoPlace("something else follows on its line")
    start = node.body
    while node.body == node.start and start and text[start - 1] in " \t":
        start -= 1
    below = "".join(style.newline + line for line in block_lines(value, style, indent=indent))
    return [Splice(start, node.end, ""), Splice(end, end, below)]


def _block_to_scalar(text: str, slot: Slot, value: Any, style: Style) -> list[Splice]:
    node = slot.node
    written = style.newline.join(scalar_lines(value, style, indent=_inner_indent(text, slot, style)))
    if slot.entry is None:
        return [Splice(node.body, node.end, written)]
    head = _head_end(text, slot)
    cut = line_end(text, head)
    return [Splice(head, head, f" {written}"), Splice(cut, line_end(text, node.end), "")]


def _head_end(text: str, slot: Slot) -> int:
    """Behind the colon of an entry, or behind the anchor and tag of its value."""
    node, entry = slot.node, slot.entry
    if entry is None:
        raise NoPlace("it belongs to no key")
    if node.anchor or node.tag:
        properties = text[node.start : node.body].partition("#")[0].rstrip()
        return node.start + len(properties)
    colon = _COLON.match(text, entry.key.end)
    if colon is None:
        raise NoPlace("its key is written in an unusual way")
    return colon.end()


def insert_key(text: str, slot: Slot, key: str, value: Any, style: Style) -> list[Splice]:
    """Write `key: value` at the end of the map in *slot*."""
    node = slot.node
    if not node.is_flow:
        lines = entry_lines(key, value, style, indent=column(text, node.entries[0].key.start))
        return _after(text, node.end, lines, style)
    name = plain_or_quoted(key, style)
    return _insert_in_flow(text, node, value, style, at=len(node.entries), head=f"{name}: ")


def insert_item(text: str, slot: Slot, index: int, value: Any, style: Style) -> list[Splice]:
    """Write *value* as item *index* of the list in *slot*; what stood there moves on."""
    node = slot.node
    if node.is_flow:
        return _insert_in_flow(text, node, value, style, at=index, head="")
    dash = dash_of(text, node.items[min(index, len(node.items) - 1)])
    lines = item_lines(value, style, indent=column(text, dash))
    if index == len(node.items):
        return _after(text, node.end, lines, style)
    start = line_start(text, dash)
    if text[start:dash].strip():
        if index:
            raise NoPlace("the list is written in an unusual way")
        inner = style.newline.join(lines)[column(text, dash) :]
        return [Splice(dash, dash, inner + style.newline + " " * column(text, dash))]
    return [Splice(start, start, "".join(line + style.newline for line in lines))]


def _after(text: str, at: int, lines: Sequence[str], style: Style) -> list[Splice]:
    """*lines* on lines of their own behind the line of *at*."""
    if not _REST.match(text, at):
        raise NoPlace("something else follows on its last line")
    end = line_end(text, at)
    return [Splice(end, end, "".join(style.newline + line for line in lines))]


def _insert_in_flow(text: str, node: Node, value: Any, style: Style, *, at: int, head: str) -> list[Splice]:
    parts = _parts(node)
    if not parts:
        return [Splice(node.body + 1, node.end - 1, head + flow_text(value, style))]
    starts = [line_start(text, start) for start, _ in parts]
    is_spread = all(not text[line:start].strip() for line, (start, _) in zip(starts, parts, strict=True))
    if not is_spread:
        written = head + flow_text(value, style)
        if at < len(parts):
            return [Splice(parts[at][0], parts[at][0], f"{written}, ")]
        return [Splice(parts[-1][1], parts[-1][1], f", {written}")]
    margin = _margin_of(text, parts[0][0])
    body = flow_text(value, style)
    if style.is_json:
        body = json_text(value, indent=len(margin), step=style.step, newline=style.newline)
    written = f"{margin}{head}{body}"
    if at < len(parts):
        return [Splice(starts[at], starts[at], f"{written},{style.newline}")]
    last = parts[-1][1]
    comma = _COMMA.match(text, last)
    if comma is not None:
        end = line_end(text, comma.end())
        return [Splice(end, end, f"{style.newline}{written},")]
    end = line_end(text, last)
    if text[last:end].partition("#")[0].strip():
        return [Splice(last, last, f",{style.newline}{written}")]
    return [Splice(last, last, ","), Splice(end, end, f"{style.newline}{written}")]


def _parts(node: Node) -> list[tuple[int, int]]:
    """Start and end of each entry or item of a flow collection."""
    if node.kind is NodeKind.MAPPING:
        return [(entry.key.start, max(entry.value.end, entry.key.end)) for entry in node.entries]
    return [(item.start, item.end) for item in node.items]


def remove(text: str, slot: Slot, index: int, style: Style) -> list[Splice]:
    """Take entry or item *index* out of the collection in *slot*."""
    node = slot.node
    if node.is_flow:
        return _remove_from_flow(text, node, index)
    count = len(node.entries or node.items)
    if count == 1:
        return _block_to_scalar(text, slot, {} if node.entries else [], style)
    starts = [entry.key.start for entry in node.entries] or [dash_of(text, item) for item in node.items]
    ends = [entry.value.end for entry in node.entries] or [item.end for item in node.items]
    line = line_start(text, starts[index])
    if not text[line : starts[index]].strip():
        return [_whole_lines(text, line, ends[index])]
    if index:
        raise NoPlace("something else stands before it on its line")
    between = text[line_end(text, ends[0]) : line_start(text, starts[1])]
    if "#" in between:
        raise NoPlace("a comment would lose its place")
    return [Splice(starts[0], starts[1], "")]


def _whole_lines(text: str, start: int, end: int) -> Splice:
    if not _REST.match(text, end):
        raise NoPlace("something else follows on its last line")
    after = next_line(text, end)
    if after == len(text) and line_end(text, end) == len(text) and start:
        # The last line of a file without a line break at its end: the one before it takes its place.
        before = line_end(text, line_start(text, start - 1))
        return Splice(before, len(text), "")
    return Splice(start, after, "")


def _remove_from_flow(text: str, node: Node, index: int) -> list[Splice]:
    parts = _parts(node)
    start, end = parts[index]
    line = line_start(text, start)
    if index + 1 < len(parts):
        following = parts[index + 1][0]
        own = line_start(text, following)
        if own > line and not text[line:start].strip() and not text[own:following].strip():
            return [Splice(line, next_line(text, end), "")]
        return [Splice(start, following, "")]
    if index:
        before = parts[index - 1][1]
        if line_start(text, before) < line and not text[line:start].strip():
            comma = _COMMA.match(text, before)
            if comma is None:
                raise NoPlace("the list is written in an unusual way")
            return [Splice(comma.end() - 1, comma.end(), ""), Splice(line, next_line(text, end), "")]
        return [Splice(before, end, "")]
    trailing = _COMMA.match(text, end)
    end = trailing.end() if trailing else end
    first = _SPACE.match(text, node.body + 1)
    if first is not None and first.end() == start:
        return [Splice(node.body + 1, node.end - 1, "")]
    return [Splice(start, end, "")]
