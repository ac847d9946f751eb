"""A drift report for people: what happened to which object, field by field, who and since when. Secrets are masked by
their type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby

from fairlead.formats.plan_text import format_value
from fairlead.formats.styled import Line, Span, Tone, line, span, text_of
from fairlead.model.drift import Drift, DriftKind, DriftReport, FieldDrift

FIELDS_SHOWN = 12

MARKS: Mapping[DriftKind, Span] = {
    DriftKind.DELETED: Span("-", Tone.BAD),
    DriftKind.RECREATED: Span("±", Tone.BAD),
    DriftKind.REVISION: Span(">", Tone.CHANGED),
    DriftKind.CHANGED: Span("~", Tone.CHANGED),
    DriftKind.REMOVED_FIELD: Span("~", Tone.CHANGED),
    DriftKind.EXTRA_KEY: Span("~", Tone.CHANGED),
    DriftKind.ORDER: Span("~", Tone.CHANGED),
    DriftKind.OWNERSHIP: Span("o", Tone.DIM),
}


def format_drift(report: DriftReport) -> str:
    """Several lines, without colour."""
    return "".join(f"{text_of(one)}\n" for one in drift_lines(report))


def drift_lines(report: DriftReport) -> Iterator[Line]:
    """The verdict first, then each object under its component, then what is no drift; the numbers are the last line."""
    yield _verdict(report)
    values = [drift for drift in report.drifts if drift.kind is not DriftKind.OWNERSHIP]
    yield from _by_component(values)
    lost = [drift for drift in report.drifts if drift.kind is DriftKind.OWNERSHIP]
    if lost:
        yield line(span("ownership lost, every value as wanted", Tone.STRONG))
        yield from _by_component(lost)
    yield from aside_lines(report)
    yield line(span(format_checked(report), Tone.STRONG))


def aside_lines(report: DriftReport) -> Iterator[Line]:
    """What is no drift, and what one should know of the check."""
    for ignored in report.ignored:
        what = ignored.path or "that it is gone"
        yield line(span("ignored: ", Tone.DIM), f"{ignored.component}: {ignored.subject} {what}: {ignored.reason}")
    for note in report.notes:
        yield line(span("note: ", Tone.DIM), f"{note.component}: {note.subject}: {note.text}")
    if report.differing:
        names = ", ".join(report.differing)
        yield line(span("note: ", Tone.DIM), f"the repository differs from what is deployed (see `plan`): {names}")
    for warning in report.warnings:
        yield line(span("warning: ", Tone.CHANGED), warning)


def format_checked(report: DriftReport) -> str:
    """`Checked 34 objects of 6 components: 2 changed, 1 deleted.`"""
    said = ", ".join(f"{count} {kind}" for kind, count in report.count().items()) or "no drift"
    resources = f" and {_count(report.resources, 'Terraform resource')}" if report.resources else ""
    objects = _count(report.objects, "object")
    return f"Checked {objects}{resources} of {_count(report.components, 'component')}: {said}."


def left_lines(left: Iterable[tuple[Drift, str]]) -> Iterator[Line]:
    """What was not put back, and why."""
    for drift, reason in left:
        subject = f"{drift.component}: {drift.subject} ({drift.kind.value})"
        yield line(span("left: ", Tone.CHANGED), f"{subject}: {reason}")


def _verdict(report: DriftReport) -> Line:
    where = span(f"{report.environment}: ", Tone.STRONG)
    if not report.has_drift:
        return line(span("✓", Tone.GOOD), " ", where, "as the last run left it")
    return line(span("✗", Tone.WORST), " ", where, span(f"{_drifted(report)}", Tone.WORST))


def _drifted(report: DriftReport) -> str:
    count = len(report.drifts)
    things = "object" if all(drift.target for drift in report.drifts) else "thing"
    return f"{_count(count, things)} drifted"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _by_component(drifts: list[Drift]) -> Iterator[Line]:
    for component, inside in groupby(drifts, key=lambda drift: drift.component):
        yield line(f"  {component}")
        for drift in inside:
            yield from object_lines(drift)


def object_lines(drift: Drift) -> Iterator[Line]:
    """One object: what happened to it, then its fields."""
    yield line("    ", MARKS[drift.kind], f" {drift.subject}: {drift.reason}{_by(drift.owner, drift.since)}")
    for field in drift.fields[:FIELDS_SHOWN]:
        yield line("        ", span(format_field_drift(field), Tone.DIM))
    if len(drift.fields) > FIELDS_SHOWN:
        yield line("        ", span(f"… and {len(drift.fields) - FIELDS_SHOWN} more fields", Tone.DIM))


def format_field_drift(field: FieldDrift) -> str:
    """`.spec.replicas: wanted 2, found 5, owner kubectl since 2026-03-01 10:00:00 UTC`."""
    owner = f", owner {field.owner}" if field.owner else ""
    since = f" since {_time(field.since)}" if field.since else ""
    if field.kind is DriftKind.OWNERSHIP:
        return f"{field.path}: as wanted{owner}{since}"
    values = f"wanted {format_value(field.wanted)}, found {format_value(field.found)}"
    return f"{field.path or 'the dry-run did not pass'}: {values}{owner}{since}"


def _by(owner: str, since: datetime | None) -> str:
    by = f", by {owner}" if owner else ""
    return f"{by} at {_time(since)}" if since else by


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
