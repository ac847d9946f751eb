"""A comparison for people: what differs, by group and component, and last the numbers. Secrets are masked by their
type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, islice
from typing import Final

from fairlead.formats.comparison.values import changed_lines, has_lines, lone_value, value_lines
from fairlead.formats.comparison.view import Block, Part, sections_of
from fairlead.formats.styled import Line, Span, Tone, line, span, text_of
from fairlead.model.change import ABSENT
from fairlead.model.comparison import Comparison, DifferenceGroup, DiffReport, FieldDifference

FIELDS_SHOWN: Final = 20
LINES_SHOWN: Final = 12
SUBJECTS_NAMED: Final = 3
COMPONENTS_NAMED: Final = 5

_ADDED, _REMOVED = Span("+", Tone.GOOD), Span("-", Tone.BAD)
_CHANGED, _ORDER = Span("~", Tone.CHANGED), Span("o", Tone.DIM)
_LINES: Final[Mapping[str, Tone]] = {"+": Tone.GOOD, "-": Tone.BAD, " ": Tone.DIM}


def format_text(report: DiffReport) -> str:
    """Several lines, without colour."""
    return "".join(f"{text_of(one)}\n" for one in report_lines(report))


def report_lines(report: DiffReport) -> Iterator[Line]:
    """Each comparison, then what renders the same, and what took no part."""
    for alike in grouped(report):
        if names := environments_of(alike):
            yield line(span(names, Tone.STRONG))
        yield from comparison_lines(alike[0])
        yield from (line(span(said, Tone.STRONG)) for said in compared_lines(alike))
    if report.same:
        yield line("the same in both: ", span(", ".join(report.same), Tone.GOOD))
    elif not report.comparisons:
        yield line("there is no environment to compare")
    yield from (line(span("note: ", Tone.DIM), note) for note in report.notes)


def comparison_lines(found: Comparison) -> Iterator[Line]:
    """All but the numbers."""
    if found.absent_in:
        yield line("  ", span(f"this environment is not in {found.absent_in}", Tone.CHANGED))
    for section in sections_of(found):
        tone = Tone.BAD if section.group is DifferenceGroup.MISSING else Tone.PLAIN
        yield line(span(section.title, Tone.STRONG), span(f" ({section.count})", tone or Tone.DIM))
        for part in section.parts:
            yield from _part(part, section.group)
    yield from (line(span("not compared: ", Tone.WORST), text) for text in not_compared(found))
    yield from (line(span(label, Tone.DIM), text) for label, text in asides(found))


def not_compared(found: Comparison) -> Iterator[str]:
    """A sentence for each reason why components do not render, with the sides where they do not."""
    sides: dict[tuple[str, str], list[str]] = {}
    for one in found.not_compared:
        sides.setdefault((one.component, one.reason), []).append(one.side)
    alike: dict[tuple[str, str], list[str]] = {}
    for (component, reason), where in sides.items():
        alike.setdefault((reason, " and ".join(where)), []).append(component)
    for (reason, sides_named), components in alike.items():
        listed, more = components[:COMPONENTS_NAMED], len(components) - COMPONENTS_NAMED
        names = ", ".join(listed) + (f" and {more} more" if more > 0 else "")
        yield f"{names} {'does' if len(components) == 1 else 'do'} not render in {sides_named}: {reason}"


def asides(found: Comparison) -> Iterator[tuple[str, str]]:
    """A label and a sentence each: what is no difference."""
    for component, count in found.made_up.items():
        fields = "1 field that its chart makes" if count == 1 else f"{count} fields that its chart makes"
        yield "not compared: ", f"{component}: {fields} up anew on every rendering"
    for used in found.expected:
        yield "expected: ", f"{used.count} × {used.entry.reason}"
    for entry in found.unused:
        yield "note: ", f"{entry}: nothing differs that it expects ({entry.reason})"


def grouped(report: DiffReport) -> tuple[tuple[Comparison, ...], ...]:
    """Environments in which the same differs are told together."""
    found: dict[tuple[object, ...], list[Comparison]] = {}
    for one in report.comparisons:
        # Differences may hold maps, and secrets that look the same: equality tells, a hash cannot.
        alike = next((key for key, many in found.items() if _is_alike(many[0], one)), (one.environment,))
        found.setdefault(alike, []).append(one)
    return tuple(tuple(many) for many in found.values())


def _is_alike(first: Comparison, second: Comparison) -> bool:
    lone = (first.only_first, first.only_second) == (second.only_first, second.only_second)
    faults = (first.absent_in, first.not_compared) == (second.absent_in, second.not_compared)
    return lone and faults and (first.differences, first.made_up) == (second.differences, second.made_up)


def environments_of(alike: Sequence[Comparison]) -> str:
    return ", ".join(one.environment for one in alike if one.environment)


def compared_lines(alike: Sequence[Comparison]) -> Iterator[str]:
    for one in alike:
        said = format_compared(one)
        yield f"{one.environment}: {said}." if one.environment else f"{said[0].upper()}{said[1:]}."


def format_compared(found: Comparison) -> str:
    """`compared 34 objects of staging with 35 of production: 3 version, 2 configuration, 1 extra, 4 expected`"""
    first = f"{found.objects[0]} object{'s' * (found.objects[0] != 1)}"
    said = f"compared {first} of {found.first} with {found.objects[1]} of {found.second}: {format_counts(found)}"
    same = f"{found.unchanged} component{'s' * (found.unchanged != 1)}"
    return f"{said}; {same} made from the same input" if found.unchanged else said


def format_counts(found: Comparison | DiffReport) -> str:
    none = "no difference" if found.is_whole else "no difference in what could be compared"
    said = ", ".join(f"{count} {group}" for group, count in found.count().items() if count) or none
    expected = sum(used.count for used in found.expected) if isinstance(found, Comparison) else 0
    return f"{said}, {expected} expected" if expected else said


def _part(part: Part, group: DifferenceGroup) -> Iterator[Line]:
    whole = ", the whole component" if part.is_whole else ""
    yield line("  ", span(part.component or "several components", Tone.ACTIVE), span(whole, Tone.DIM))
    for block in part.blocks:
        yield from _block(block, group)


def _block(block: Block, group: DifferenceGroup) -> Iterator[Line]:
    if not block.fields:
        mark = _REMOVED if group is DifferenceGroup.MISSING else _ADDED
        yield from (line("    ", mark, f" {subject}") for subject in block.subjects)
        return
    yield line(f"    {format_subjects(block.subjects)}")
    for item, inside in groupby(block.fields[:FIELDS_SHOWN], key=_item_of):
        fields = tuple(inside)
        is_shared = bool(item) and len(fields) > 1
        if is_shared:
            yield line(f"      {item}")
        for field in fields:
            yield from _field(field, below=item if is_shared else "")
    if len(block.fields) > FIELDS_SHOWN:
        yield line(span(f"      … and {len(block.fields) - FIELDS_SHOWN} more fields", Tone.DIM))


def format_subjects(subjects: Sequence[str]) -> str:
    """All of few, else some and their number."""
    if len(subjects) == 1:
        return subjects[0]
    named = ", ".join(subjects[:SUBJECTS_NAMED])
    rest = len(subjects) - SUBJECTS_NAMED
    return f"{len(subjects)} objects: {named}{f' and {rest} more' if rest > 0 else ''}"


def mark_of(field: FieldDifference) -> Span:
    if field.is_order:
        return _ORDER
    if field.before is ABSENT:
        return _ADDED
    return _REMOVED if field.after is ABSENT else _CHANGED


def _item_of(field: FieldDifference) -> str:
    """The item of a list that the field is in; empty where it is in none, or such an item itself."""
    end = field.path.rfind("].")
    return field.path[: end + 1] if end >= 0 and "[=" not in field.path else ""


def _field(field: FieldDifference, *, below: str) -> Iterator[Line]:
    """*below* is the part of the path that a line before says."""
    mark, path = mark_of(field), field.path[len(below) :]
    indent = "        " if below else "      "
    if field.is_order:
        yield line(indent, mark, f" {path}: the same items in another order")
    elif mark is not _CHANGED:
        value = lone_value(field)
        yield line(indent, mark, f" {path}{f': {value}' * bool(value)}")
    elif has_lines(field):
        yield line(indent, mark, f" {path}:")
        yield from _lines(field)
    else:
        before, after = value_lines(field)
        shown = path.partition("[=")[0]  # the member of a set is its value
        yield line(indent, mark, f" {shown}: ", span(before, Tone.BAD), " → ", span(after, Tone.GOOD))


def _lines(field: FieldDifference) -> Iterator[Line]:
    changed = changed_lines(field)
    for sign, text in islice(changed, LINES_SHOWN):
        yield line("          ", span(f"{sign} {text}", _LINES[sign]))
    left = sum(1 for _ in changed)
    if left:
        yield line(span(f"          … and {left} more lines", Tone.DIM))
