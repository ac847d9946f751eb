"""A comparison for people: what differs, grouped, and last the numbers. Secrets are masked by their type."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from fairlead.formats.codec import to_json
from fairlead.formats.plain_text import one_line
from fairlead.formats.styled import Line, Span, Tone, line, span, text_of
from fairlead.model.change import ABSENT
from fairlead.model.comparison import Comparison, Difference, DifferenceGroup, FieldDifference

FIELDS_SHOWN = 20
LONGEST_VALUE = 100

_TITLES: Mapping[DifferenceGroup, str] = {
    DifferenceGroup.VERSION: "version",
    DifferenceGroup.CONFIGURATION: "configuration",
    DifferenceGroup.MISSING: "missing in {second}",
    DifferenceGroup.EXTRA: "extra in {second}",
}
_ADDED, _REMOVED = Span("+", Tone.GOOD), Span("-", Tone.BAD)
_CHANGED, _ORDER = Span("~", Tone.CHANGED), Span("o", Tone.DIM)


def format_comparison(found: Comparison) -> str:
    """Several lines, without colour."""
    return "".join(f"{text_of(one)}\n" for one in comparison_lines(found))


def comparison_lines(found: Comparison) -> Iterator[Line]:
    """Each group with its components and objects, then what could not be compared; the numbers are the last line."""
    for group, inside in groupby(found.differences, key=lambda one: one.group):
        yield line(span(title_of(group, found), Tone.STRONG))
        yield from _by_component(found, tuple(inside))
    for one in found.not_compared:
        yield line(span("not compared: ", Tone.WORST), f"{one.component} does not render in {one.side}: {one.reason}")
    yield line(span(format_compared(found), Tone.STRONG))


def title_of(group: DifferenceGroup, found: Comparison) -> str:
    return _TITLES[group].format(second=found.second)


def format_compared(found: Comparison) -> str:
    """`Compared 34 objects of staging with 35 of production: 3 version, 2 configuration, 1 extra.`"""
    said = ", ".join(f"{count} {group}" for group, count in found.count().items() if count) or "no difference"
    first = f"{found.objects[0]} object{'s' * (found.objects[0] != 1)}"
    return f"Compared {first} of {found.first} with {found.objects[1]} of {found.second}: {said}."


def _by_component(found: Comparison, differences: Sequence[Difference]) -> Iterator[Line]:
    for component, inside in groupby(differences, key=lambda one: one.component):
        objects = tuple(inside)
        lone = {*found.only_first, *found.only_second}
        whole = f", the whole component: {len(objects)} objects" if component in lone else ""
        yield line(f"  {component}", span(whole, Tone.DIM))
        for one in objects:
            yield from _object(one)


def _object(one: Difference) -> Iterator[Line]:
    if not one.fields:
        mark = _REMOVED if one.group is DifferenceGroup.MISSING else _ADDED
        yield line("    ", mark, f" {one.subject}")
        return
    yield line(f"    {one.subject}")
    for field in one.fields[:FIELDS_SHOWN]:
        yield line("      ", mark_of(field), f" {format_difference(field)}")
    if len(one.fields) > FIELDS_SHOWN:
        yield line(span(f"      … and {len(one.fields) - FIELDS_SHOWN} more fields", Tone.DIM))


def mark_of(field: FieldDifference) -> Span:
    if field.is_order:
        return _ORDER
    if field.before is ABSENT:
        return _ADDED
    return _REMOVED if field.after is ABSENT else _CHANGED


def format_difference(field: FieldDifference) -> str:
    """`.spec.replicas: 1 → 3`."""
    if field.is_order:
        return f"{field.path}: the same items in another order"
    if field.before is ABSENT or field.after is ABSENT:
        value = field.after if field.before is ABSENT else field.before
        # A member of a set says in its path what it is.
        return field.path if field.path.endswith("]") and "[=" in field.path else f"{field.path}: {_value(value)}"
    before, after = _value(field.before), _value(field.after)
    if before == after and isinstance(field.before, str) is not isinstance(field.after, str):
        before, after = (json.dumps(to_json(value)) for value in (field.before, field.after))
    return f"{field.path}: {before} → {after}{' (they differ)' * (before == after)}"


def _value(value: object) -> str:
    shown = to_json(value)
    text = one_line(shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False))
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"
