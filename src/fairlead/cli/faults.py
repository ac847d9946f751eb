"""How an error looks to a person: one sentence of cause, one of remedy, every finding with its place."""

from __future__ import annotations

import os
import sys
import traceback

import click

from fairlead.cli.terminal import say, show
from fairlead.formats.conflict_text import conflict_lines
from fairlead.model.errors import FairleadError, InputError, Refused
from fairlead.model.finding import Finding, Severity


def show_fault(error: FairleadError) -> int:
    """Show *error* on stderr; its exit code."""
    if _is_debug():
        click.echo("".join(traceback.format_exception(error)), err=True, nl=False)
    findings = error.findings if isinstance(error, InputError) else ()
    if isinstance(error, Refused):
        _show_conflicts(error)
    if len(findings) == 1:
        _show_sentence(str(findings[0]), findings[0].hint or error.hint)
        return error.exit_code
    for finding in findings:
        show_finding(finding)
    _show_sentence(str(error), "" if findings else error.hint)
    return error.exit_code


def _is_debug() -> bool:
    said = (os.environ.get(name, "").lower() for name in ("DEBUG", "FAIRLEAD_DEBUG"))
    return "--debug" in sys.argv or any(text in ("1", "true", "yes") for text in said)


def _show_sentence(cause: str, hint: str) -> None:
    say(f"error: {cause}", err=True)
    if hint:
        say(f"hint: {hint}", err=True)


def show_finding(finding: Finding) -> None:
    severity = "" if finding.severity is Severity.ERROR else f"{finding.severity.value}: "
    place = f"{finding.location}: " if finding.location else ""
    of = f" ({finding.ref})" if finding.ref and finding.location else ""
    subject = f"{finding.ref}: " if finding.ref and not finding.location else ""
    say(f"{place}{severity}{subject}{finding.message}{of}", err=True)
    for outer in reversed(finding.chain):
        say(f"  from {outer}", err=True)
    if finding.hint:
        say(f"  hint: {finding.hint}", err=True)


def _show_conflicts(error: Refused) -> None:
    # Who refuses is loaded already; who only reports a wrong file need not load it.
    from fairlead.actions.carrying_out import ConflictsFound

    if isinstance(error, ConflictsFound):
        show(conflict_lines(error.plan), err=True)
