"""A validation as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from fairlead.model.finding import Finding, Severity
from fairlead.model.validation import Validation
from fairlead.model.waiver import Waived

_PLACES: Final = 3
"""How many places besides the first are named of what is told once."""


def finding_line(finding: Finding) -> str:
    """`file:line:column: warning: what is wrong (which object) [rule]`."""
    severity = "" if finding.severity is Severity.ERROR else f"{finding.severity.value}: "
    subject = str(finding.ref) if finding.ref else finding.component
    if finding.location:
        of = f" ({finding.ref})" if finding.ref else ""
        return f"{finding.location}: {severity}{finding.message}{of} [{finding.rule}]"
    return f"{f'{subject}: ' if subject else ''}{severity}{finding.message} [{finding.rule}]"


def report_lines(findings: Iterable[Finding], *, verbose: bool = False) -> Iterator[str]:
    """All of them; warnings that differ in nothing but their place are told once, with the other places. *verbose*:
    each on its own."""
    groups: dict[object, list[Finding]] = {}
    for number, finding in enumerate(findings):
        groups.setdefault(number if verbose else _alike(finding) or number, []).append(finding)
    for first, *others in groups.values():
        yield from finding_lines(first, elsewhere=tuple(str(each.location) for each in others))


def finding_lines(finding: Finding, *, elsewhere: Sequence[str] = ()) -> Iterator[str]:
    """With the places that led there, where else it was found, and the hint."""
    yield finding_line(finding)
    yield from (f"  from {place}" for place in reversed(finding.chain))
    yield from (f"  also at {place}" for place in elsewhere[:_PLACES])
    if len(elsewhere) > _PLACES:
        yield f"  and at {_counted(len(elsewhere) - _PLACES, 'more place')}: --verbose names them"
    if finding.hint:
        yield f"  hint: {finding.hint}"


def _alike(finding: Finding) -> object:
    """What findings have in common that can be told at once; None where one stands alone."""
    if finding.severity is Severity.ERROR or finding.location is None or finding.ref or finding.chain:
        return None
    return (finding.rule, finding.severity, finding.message, finding.hint)


def waived_lines(waived: Waived) -> Iterator[str]:
    yield f"waived: {finding_line(waived.finding)}"
    yield f"  by {waived.waiver.owner} until {waived.waiver.expires}: {waived.waiver.reason}"


def summary(found: Validation) -> str:
    of = "" if found.checked else f" of {_counted(found.components, 'component')}"
    count = sum(found.unknown.values())
    unknown = f", {count} of kinds without a schema" if count else ""
    faults = _counted(found.count(Severity.ERROR), "fault")
    warnings = _counted(found.count(Severity.WARNING), "warning")
    notes = found.count(Severity.INFO)
    also = f", {_counted(notes, 'note')}" if notes else ""
    also += f", {len(found.waived)} waived" if found.waived else ""
    return (
        f"checked {_counted(found.checked, 'object')}{of}{unknown} with {_counted(found.rules, 'rule')}:"
        f" {faults}, {warnings}{also}"
    )


def unknown_kinds(found: Validation) -> str:
    """Which kinds were not held against a schema; empty where there is none."""
    listed = ", ".join(f"{kind}: {count}" for kind, count in sorted(found.unknown.items()))
    return f"no schema for {listed}" if listed else ""


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'s' * (count != 1)}"
