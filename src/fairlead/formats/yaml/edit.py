"""Changes single values in somebody's YAML or JSON text and leaves every other character as it is.

The span of a value is found by the parser's marks and spliced; comments, anchors, quotes, indentation, blank lines,
document markers, line ends, a byte order mark and the end of the file stay. What comes out is read again: it must say
exactly what was said before but for the edits, else InputError is raised and there is no text. Refused with the place:
a value that an anchor shares with others, a key that is written twice, what a template makes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace as replace_style
from typing import Any

from fairlead.formats.data_edit import Edit, EditKind, Path, changed, edits_between, said, same
from fairlead.formats.yaml.nodes import Node, NodeKind, PathPart, parse_nodes
from fairlead.formats.yaml.splice import (
    NoPlace,
    Slot,
    Splice,
    apply,
    insert_item,
    insert_key,
    remove,
    replace,
)
from fairlead.formats.yaml.style import Style, block_lines, column, find_style, line_start
from fairlead.formats.yaml.templates import STAND_IN, cover
from fairlead.formats.yaml.tree import parse_stream
from fairlead.model.errors import InputError
from fairlead.model.finding import Finding, Location


def edit_yaml(text: str, edits: Sequence[Edit], *, file: str, is_template: bool = False) -> str:
    """*text* after all of *edits*, one after the other. *is_template*: Go's templates are evaluated in it before it is
    read; a text that is no YAML because of them is taken for such a one by itself.

    Raises InputError with the place.
    """
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    body = text.removeprefix("\ufeff")
    is_template = is_template or ("{{" in body and not _is_yaml(body, file=file))
    for edit in edits:
        body = _edited(body, edit, file=file, is_template=is_template)
    return mark + body


def _edited(text: str, edit: Edit, *, file: str, is_template: bool) -> str:
    """A map or list becomes another one part by part, so that what stays keeps its comments; else as a whole."""
    editing = _Editing(text, file=file, is_template=is_template)
    steps = editing.steps(edit)
    if steps != (edit,):
        # What is no hindrance as a whole, an anchor inside, say, may be one to a part.
        with contextlib.suppress(InputError):
            return _in_steps(text, steps, file=file, is_template=is_template)
    return editing.edited(edit)


def _in_steps(text: str, steps: Sequence[Edit], *, file: str, is_template: bool) -> str:
    for step in steps:
        text = _Editing(text, file=file, is_template=is_template).edited(step)
    return text


def read_data(text: str, *, file: str) -> tuple[Any, ...]:
    """The JSON value of each document. Raises InputError."""
    return tuple(tree.value for tree in parse_stream(text.removeprefix("\ufeff"), file=file, findings=[]))


def _is_yaml(text: str, *, file: str) -> bool:
    try:
        read_data(text, file=file)
    except InputError:
        return False
    return True


class _Editing:
    """One edit of one text. All spans are of *_seen*, which is as long as *_text*."""

    def __init__(self, text: str, *, file: str, is_template: bool) -> None:
        self._text = text
        self._file = file
        self._covered = cover(text) if is_template else None
        self._seen = self._covered.text if self._covered else text
        self._findings: list[Finding] = []
        trees = parse_stream(self._seen, file=file, findings=self._findings)
        self._before = [tree.value for tree in trees]
        self._roots = parse_nodes(self._seen, file=file)

    def steps(self, edit: Edit) -> tuple[Edit, ...]:
        """The edits of single values that are the same as *edit*; it alone where it is one."""
        before: Any = self._before[edit.document] if edit.document < len(self._before) else None
        for part in edit.path:
            inside = part in before if isinstance(before, dict) else isinstance(before, list) and _is_in(before, part)
            before = before[part] if inside else None
        if edit.kind is not EditKind.SET or not before or not isinstance(before, (dict, list)):
            return (edit,)
        return tuple(edits_between(before, edit.value, edit.path, document=edit.document))

    def edited(self, edit: Edit) -> str:
        if edit.document >= max(len(self._roots), 1):
            raise InputError(f"there is no document {edit.document + 1}", location=Location(self._file))
        wanted = [*self._before] or [None]
        wanted[edit.document] = changed(wanted[edit.document], edit)
        if same(wanted, self._before):
            return self._text
        # At the end of a file without a line break a block scalar cannot end in one: quotes can say everything.
        tries = (self._try(edit, wanted, with_blocks=choice) for choice in (True, False))
        text = next((text for text in tries if text is not None), None)
        if text is None:
            raise self._refusal(edit)
        return text

    def _try(self, edit: Edit, wanted: list[Any], *, with_blocks: bool) -> str | None:
        try:
            splices = self._splices(edit, with_blocks=with_blocks)
        except NoPlace as err:
            raise InputError(
                f"{said(edit.path)} cannot be edited: {err}", hint="change it by hand", location=self._place(edit)
            ) from err
        self._refuse_templates(splices, edit)
        seen = apply(self._seen, splices)
        return apply(self._text, splices) if self._says(seen, wanted) else None

    def _splices(self, edit: Edit, *, with_blocks: bool) -> list[Splice]:
        if not self._roots:
            return self._first_document(edit)
        root = self._roots[edit.document]
        style = replace_style(find_style(self._seen, root), with_blocks=with_blocks)
        slot, rest = self._walk(Slot(root), edit)
        if edit.kind is EditKind.REMOVE:
            if rest[1:] or not rest:
                raise NoPlace("it is not there")
            return remove(self._seen, slot, self._index(slot, rest[0]), style)
        if edit.kind is EditKind.INSERT and isinstance(rest[0], int):
            return insert_item(self._seen, slot, rest[0], edit.value, style)
        if not rest:
            return replace(self._seen, slot, edit.value, style)
        return self._add(slot, rest, edit.value, style)

    def _add(self, slot: Slot, rest: Path, value: Any, style: Style) -> list[Splice]:
        """Write *value* at *rest* below the node of *slot*, where nothing is yet."""
        for part in reversed(rest[1:]):
            if isinstance(part, int):
                raise NoPlace("the list that it would be in is not there")
            value = {part: value}
        node, part = slot.node, rest[0]
        if node.kind is NodeKind.MAPPING and isinstance(part, str):
            return insert_key(self._seen, slot, part, value, style)
        if node.kind is NodeKind.SEQUENCE and part == len(node.items):
            return insert_item(self._seen, slot, len(node.items), value, style)
        if node.kind is NodeKind.SCALAR and node.key is None and isinstance(part, str):
            return replace(self._seen, slot, {part: value}, style)
        raise NoPlace("what it would be in is no map" if isinstance(part, str) else "the list is shorter")

    def _first_document(self, edit: Edit) -> list[Splice]:
        """Nothing is there but comments."""
        value = edit.value
        for part in reversed(edit.path):
            value = {part: value}
        if not isinstance(value, dict) or not value:
            raise NoPlace("the file is empty")
        style = find_style(self._seen, None)
        lines = "".join(line + style.newline for line in block_lines(value, style, indent=0))
        lead = "" if not self._seen or self._seen.endswith(("\n", "\r")) else style.newline
        return [Splice(len(self._seen), len(self._seen), lead + lines)]

    def _walk(self, slot: Slot, edit: Edit) -> tuple[Slot, Path]:
        """The slot of the deepest part of the edit's path that is written, and what is left of the path. For a REMOVE
        or INSERT the last part is always left."""
        keep = 0 if edit.kind is EditKind.SET else 1
        path = edit.path
        for number in range(len(path) - keep):
            found = self._step(slot, path[number], edit)
            if found is None:
                self._refuse_deep_merge(slot.node, path, number, edit)
                return slot, path[number:]
            slot = found
        if keep and slot.node.kind is NodeKind.ALIAS:
            raise self._shared(edit, [slot.node.anchor])
        return slot, path[len(path) - keep :]

    def _step(self, slot: Slot, part: PathPart, edit: Edit) -> Slot | None:
        node = slot.node
        if node.kind is NodeKind.ALIAS:
            raise self._shared(edit, [node.anchor])
        if isinstance(part, int):
            inside = node.kind is NodeKind.SEQUENCE and part < len(node.items)
            return Slot(node.items[part], node) if inside else None
        entries = node.named(part)
        if len(entries) > 1:
            lines = " and ".join(str(self._line(entry.key.start)) for entry in entries)
            raise NoPlace(f"the key {part!r} is written more than once in one map (lines {lines})")
        return Slot(entries[0].value, node, entries[0]) if entries else None

    def _refuse_deep_merge(self, node: Node, path: Path, number: int, edit: Edit) -> None:
        """What a merge brings can be covered by a key of its own, but not be changed in part."""
        for entry in (entry for entry in node.entries if entry.is_merge):
            names = [each.anchor for each in (entry.value, *entry.value.items) if each.kind is NodeKind.ALIAS]
            brings = any(_brings(each, path[number]) for each in (entry.value, *entry.value.items))
            if brings and (number < len(path) - 1 or edit.kind is EditKind.REMOVE):
                raise self._shared(edit, names)

    def _index(self, slot: Slot, part: PathPart) -> int:
        node = slot.node
        if isinstance(part, int):
            if node.kind is not NodeKind.SEQUENCE or part >= len(node.items):
                raise NoPlace("it is not there")
            return part
        entries = node.named(part)
        if len(entries) != 1:
            merged = any(entry.is_merge for entry in node.entries)
            raise NoPlace("it comes from a merge (`<<`)" if merged and not entries else "it is not there once")
        return node.entries.index(entries[0])

    def _says(self, seen: str, wanted: list[Any]) -> bool:
        findings: list[Finding] = []
        try:
            found = [tree.value for tree in parse_stream(seen, file=self._file, findings=findings)]
        except InputError:
            return False
        return same(found, wanted) and len(findings) <= len(self._findings)

    def _refuse_templates(self, splices: Sequence[Splice], edit: Edit) -> None:
        covered = self._covered
        if covered is None:
            return
        if covered.printing is not None:
            raise self._templated(covered.printing, edit, "may print anything into it")
        for node in self._ways(edit):
            keys = [entry.key for entry in node.entries if STAND_IN in (entry.key.key or "")]
            if keys:
                raise self._templated(keys[0].start, edit, "makes a key beside it")
        for splice in splices:
            if STAND_IN in covered.text[splice.start : splice.end]:
                at = covered.text.index(STAND_IN, splice.start)
                raise self._templated(at, edit, "makes the value")
            if covered.is_inside(splice.start, splice.end or splice.start):
                raise self._templated(splice.start, edit, "decides whether it is there")

    def _templated(self, at: int, edit: Edit, why: str) -> InputError:
        return InputError(
            f"{said(edit.path)} cannot be edited: a template {why}",
            hint="change it by hand",
            location=self._location(at),
        )

    def _ways(self, edit: Edit) -> Iterator[Node]:
        """Every node from the root to the edit's place."""
        node: Node | None = self._roots[edit.document] if self._roots else None
        for part in (*edit.path, None):
            if node is None:
                return
            node = node.target or node
            yield node
            if isinstance(part, int):
                node = node.items[part] if part < len(node.items) else None
            elif part is not None:
                node = next((entry.value for entry in node.named(part)), None)

    def _refusal(self, edit: Edit) -> InputError:
        """Why the outcome does not say what it should."""
        used = {node.anchor for root in self._roots for node in root.inside() if node.kind is NodeKind.ALIAS}
        ways = [*self._ways(edit)]
        below = [*ways[-1].inside()] if ways else []
        shared = [node.anchor for node in (*ways, *below) if node.anchor in used]
        if shared:
            return self._shared(edit, shared)
        return InputError(
            f"{said(edit.path)} cannot be edited without changing something else",
            hint="change it by hand",
            location=self._place(edit),
        )

    def _shared(self, edit: Edit, anchors: Sequence[str]) -> InputError:
        nodes = [node for node in self._roots[edit.document].inside() if node.anchor in anchors]
        places = [f"line {self._line(node.start)}" for node in nodes]
        names = " and ".join(f"&{name}" for name in dict.fromkeys(anchors))
        return InputError(
            f"{said(edit.path)} cannot be edited alone: it is shared as {names} ({', '.join(places)})",
            hint="write the value out in that place, or change it by hand where it is shared",
            location=self._place(edit),
        )

    def _place(self, edit: Edit) -> Location:
        ways = [*self._ways(edit)]
        return self._location(ways[-1].start if ways else 0)

    def _location(self, at: int) -> Location:
        return Location(self._file, self._line(at), column(self._seen, at) + 1)

    def _line(self, at: int) -> int:
        before = self._seen[: line_start(self._seen, at)]
        return before.count("\n") + before.replace("\r\n", "").count("\r") + 1


def _is_in(items: list[Any], part: PathPart) -> bool:
    return isinstance(part, int) and part < len(items)


def _brings(node: Node, part: PathPart) -> bool:
    node = node.target or node
    if node.kind is not NodeKind.MAPPING or not isinstance(part, str):
        return False
    inner = [each for entry in node.entries if entry.is_merge for each in (entry.value, *entry.value.items)]
    return bool(node.named(part)) or any(_brings(each, part) for each in inner)
