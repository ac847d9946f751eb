"""Which findings are waived, and which waivers are of no use any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from fnmatch import fnmatchcase

from fairlead.model.finding import Finding, Severity
from fairlead.model.validation import placed
from fairlead.model.waiver import Waived, Waiver


def waive(
    findings: Iterable[Finding], waivers: Sequence[Waiver], *, today: date, is_whole: bool
) -> tuple[list[Finding], tuple[Waived, ...]]:
    """The findings that count, those about waivers among them, and those that do not.

    *is_whole*: everything was judged. Else a waiver without a finding may be about what was not.
    """
    kept: list[Finding] = []
    waived: list[Waived] = []
    used: set[Waiver] = set()
    for finding in findings:
        matching = [waiver for waiver in waivers if _covers(waiver, finding)]
        used.update(matching)
        active = next((waiver for waiver in matching if waiver.expires >= today), None)
        if active:
            waived.append(Waived(finding=finding, waiver=active))
        else:
            kept.append(finding)
    kept += _about(waivers, used, today=today, is_whole=is_whole)
    return kept, tuple(waived)


def _about(waivers: Iterable[Waiver], used: set[Waiver], *, today: date, is_whole: bool) -> Iterator[Finding]:
    for waiver in waivers:
        if waiver.expires < today:
            yield Finding(
                rule="waiver-expired",
                message=f"the waiver of {waiver} ended on {waiver.expires}",
                hint=f"mend what it is about, or let {waiver.owner} decide anew",
                severity=Severity.WARNING,
                location=waiver.location,
            )
        elif waiver not in used and is_whole:
            yield Finding(
                rule="waiver-unused",
                message=f"nothing is found that the waiver of {waiver} is about",
                hint="remove it",
                severity=Severity.WARNING,
                location=waiver.location,
            )


def _covers(waiver: Waiver, finding: Finding) -> bool:
    place, ref = placed(finding), finding.ref
    return waiver.rule == finding.rule and all(
        not pattern or fnmatchcase(text, pattern)
        for pattern, text in (
            (waiver.file, place.file if place else ""),
            (waiver.component, finding.component),
            (waiver.kind, ref.kind if ref else ""),
            (waiver.namespace, ref.namespace if ref else ""),
            (waiver.name, ref.name if ref else ""),
        )
    )
