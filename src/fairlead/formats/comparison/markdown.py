"""A comparison as a comment on a pull request: what is long is folded, and what does not fit is counted.

GitHub takes 65,536 characters; they are counted as bytes here, which are never fewer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from fairlead.formats.comparison.text import (
    asides,
    compared_lines,
    environments_of,
    format_counts,
    format_subjects,
    grouped,
    mark_of,
    not_compared,
)
from fairlead.formats.comparison.values import changed_lines, has_lines, lone_value, value_lines
from fairlead.formats.comparison.view import Block, Part, Section, sections_of
from fairlead.formats.plain_text import one_line
from fairlead.model.change import ABSENT
from fairlead.model.comparison import Comparison, DifferenceGroup, DiffReport, FieldDifference

LIMIT: Final = 65_536
_OPEN_UNTIL: Final = 12
"""Lines of a component that are shown without a click."""
_TICKS: Final = re.compile(r"`{3,}")


@dataclass(slots=True)
class _Piece:
    """A stretch of text, and what stands for it when it is left out."""

    text: str
    instead: str = ""

    @property
    def gain(self) -> int:
        return _size(self.text) - _size(self.instead) if self.instead else 0


def format_markdown(report: DiffReport, *, limit: int = LIMIT) -> str:
    """At most *limit* bytes: the largest components are left out first, each with a line that says so."""
    pieces = list(_report(report))
    size = sum(_size(piece.text) for piece in pieces)
    for piece in sorted(pieces, key=lambda one: -one.gain):
        if size <= limit or not piece.gain:
            break
        size -= piece.gain
        piece.text, piece.instead = piece.instead, ""
    text = "".join(piece.text for piece in pieces)
    return text if _size(text) <= limit else _counts_only(report, limit)


def _size(text: str) -> int:
    return len(text.encode())


def _counts_only(report: DiffReport, limit: int) -> str:
    """Where even a line for each component is too much."""
    said = [_title(report)]
    said += [f"- {_cell(text)}\n" for text in compared_lines(report.comparisons)]
    said.append("\nToo much for a comment: `fairlead diff` shows it, `-o html` makes a page.\n")
    text = "".join(said)
    return text.encode()[:limit].decode(errors="ignore")


def _title(report: DiffReport) -> str:
    return f"## {_cell(report.first)} → {_cell(report.second)}: {format_counts(report)}\n\n"


def _report(report: DiffReport) -> Iterator[_Piece]:
    yield _Piece(_title(report))
    for alike in grouped(report):
        if names := environments_of(alike):
            yield _Piece(f"### {_cell(names)}\n\n")
        yield from (_Piece(f"{_cell(said)}\n\n") for said in compared_lines(alike))
        yield from _comparison(alike[0])
    if report.same:
        yield _Piece(f"The same in both: {', '.join(map(_cell, report.same))}.\n\n")
    yield from (_Piece(f"- {_cell(note)}\n") for note in report.notes)


def _comparison(found: Comparison) -> Iterator[_Piece]:
    if found.absent_in:
        yield _Piece(f"**This environment is not in {_cell(found.absent_in)}.**\n\n")
    for said in not_compared(found):
        yield _Piece(f"- **Not compared:** {_cell(said)}\n")
    if found.not_compared:
        yield _Piece("\n")
    for section in sections_of(found):
        yield _Piece(f"**{_cell(section.title)}** ({section.count})\n\n")
        yield from (_part(part, section) for part in section.parts)
    notes = [f"- {_cell(label + text)}\n" for label, text in asides(found)]
    yield _Piece("".join([*notes, "\n"] if notes else []))


def _part(part: Part, section: Section) -> _Piece:
    name = _html(part.component or "several components")
    lines = [one for block in part.blocks for one in _block(block, section.group)]
    fence = "`" * max(3, *(len(ticks) + 1 for ticks in _TICKS.findall("\n".join(lines))), 3)
    body = "\n".join(lines)
    is_open = " open" if len(lines) <= _OPEN_UNTIL else ""
    number = f"{part.count} {'difference' if part.blocks[0].fields else 'object'}{'s' * (part.count != 1)}"
    whole = ", the whole component" if part.is_whole else ""
    summary = f"<details{is_open}><summary><b>{name}</b>: {number}{whole}</summary>"
    text = f"{summary}\n\n{fence}diff\n{body}\n{fence}\n\n</details>\n\n"
    return _Piece(text, f"- **{name}**: {number}{whole}, left out here: too long for a comment\n\n")


def _block(block: Block, group: DifferenceGroup) -> Iterator[str]:
    if not block.fields:
        sign = "-" if group is DifferenceGroup.MISSING else "+"
        yield from (f"{sign} {one_line(subject)}" for subject in block.subjects)
        return
    yield f"  {one_line(format_subjects(block.subjects))}"
    for field in block.fields:
        yield from (one_line(text) for text in _field(field))


def _field(field: FieldDifference) -> Iterator[str]:
    """As the lines of a patch, for which forges have colours."""
    if field.is_order:
        yield f"    {field.path}: the same items in another order"
    elif field.before is ABSENT or field.after is ABSENT:
        value = lone_value(field)
        yield f"{mark_of(field).text}   {field.path}{f': {value}' * bool(value)}"
    elif has_lines(field):
        yield f"    {field.path}:"
        yield from (f"{sign}     {text}" for sign, text in changed_lines(field))
    else:
        before, after = value_lines(field)
        yield f"-   {field.path}: {before}"
        yield f"+   {field.path}: {after}"


def _html(text: str) -> str:
    """A mention of a user stays a word."""
    return one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace("@", "@\u200b")


def _cell(text: str) -> str:
    """*text* without what Markdown or HTML would obey."""
    return re.sub(r"([\\`*_\[\]|#])", r"\\\1", _html(text))
