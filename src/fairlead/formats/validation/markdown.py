"""A validation as Markdown that fits a comment on a code host: the gravest first, and what does not fit is counted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fairlead.formats.validation.text import summary, unknown_kinds
from fairlead.model.finding import Finding, Severity
from fairlead.model.rules import RULES
from fairlead.model.validation import Validation, placed

LARGEST: Final = 60_000
"""Characters. GitHub takes 65,536 in a comment, and other hosts more."""
_SIGNS: Final = {Severity.ERROR: "❌", Severity.WARNING: "⚠️", Severity.INFO: "ℹ️"}


def format_validation_markdown(found: Validation, *, fail_on: Severity) -> str:
    verdict = "passed" if not found.exit_code(fail_on) else "failed"
    text = f"## fairlead validate: {verdict}\n\n{summary(found)}\n"
    gravest = sorted(found.findings, key=lambda finding: -finding.severity.rank)
    text += "".join(_fitting(gravest, room=LARGEST - len(text) - 1000))
    if found.unknown:
        text += f"\n<sub>{_escaped(unknown_kinds(found))[:800]}</sub>\n"
    return text


def _fitting(findings: list[Finding], *, room: int) -> Iterator[str]:
    if findings:
        yield "\n| | place | finding |\n|---|---|---|\n"
    for index, finding in enumerate(findings):
        row = _row(finding)
        room -= len(row)
        if room < 0:
            yield f"\n{len(findings) - index} more findings do not fit here: run `fairlead validate`.\n"
            return
        yield row


def _row(finding: Finding) -> str:
    place = placed(finding)
    where = f"`{place}`" if place else f"`{finding.component}`" if finding.component else ""
    title = RULES[finding.rule].title if finding.rule in RULES else finding.rule
    subject = f"{_escaped(str(finding.ref))}: " if finding.ref else ""
    hint = f"<br><sub>{_escaped(finding.hint)}</sub>" if finding.hint else ""
    said = f"{subject}{_escaped(finding.message)} (`{finding.rule}`){hint}"
    return f'| <span title="{title}">{_SIGNS[finding.severity]}</span> | {where} | {said} |\n'


def _escaped(text: str) -> str:
    """As plain words in a table's cell."""
    text = " ".join(text.split())
    for sign, written in (
        ("&", "&amp;"),
        ("<", "&lt;"),
        ("|", "\\|"),
        ("`", "\\`"),
        ("*", "\\*"),
        ("_", "\\_"),
        ("@", "@&#8203;"),
    ):
        text = text.replace(sign, written)
    return text
