"""The end of one phase alone, for people: each check with what it found, every finding with its remedy, the sum."""

from __future__ import annotations

from collections.abc import Iterator

from fairlead.formats.plain_text import plain
from fairlead.model.finding import Finding, Severity
from fairlead.model.report import Report
from fairlead.model.run import Outcome, StepRecord, StepResult


def format_check(report: Report) -> str:
    return plain("\n".join(_lines(report)) + "\n")


def _lines(report: Report) -> Iterator[str]:
    steps = [(step.name, report.run.steps.get(step.name)) for step in report.plan.steps]
    width = max(len(name) for name, _ in steps)
    for name, record in steps:
        yield from _step(name, record.result if record else None, width)
    yield _verdict(report, [record for _, record in steps if record is not None])


def _step(name: str, result: StepResult | None, width: int) -> Iterator[str]:
    if result is None:
        yield f"{'skipped':<13}  {name:<{width}}  it did not run"
        return
    yield f"{_word(result):<13}  {name:<{width}}  {result.seconds:>6.1f} s  {result.reason}"
    if result.hint and not result.findings:
        yield f"  hint: {result.hint}"
    for finding in result.findings:
        yield from _finding(finding)


def _word(result: StepResult) -> str:
    return "not evaluated" if result.is_left_out else result.outcome.value


def _finding(finding: Finding) -> Iterator[str]:
    severity = "" if finding.severity is Severity.ERROR else f"{finding.severity.value}: "
    yield f"  {severity}{finding}"
    if finding.hint:
        yield f"    hint: {finding.hint}"


def _verdict(report: Report, records: list[StepRecord]) -> str:
    results = [record.result for record in records if record.result is not None]
    counts = {
        "passed": sum(r.outcome.is_good for r in results),
        "failed": sum(r.outcome is Outcome.FAILED for r in results),
        "not evaluated": sum(r.is_left_out for r in results),
        "skipped": sum(r.outcome is Outcome.SKIPPED and not r.is_left_out for r in results),
    }
    said = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    phase = report.plan.steps[0].phase.value
    simulated = " (simulated)" if report.run.simulated else ""
    cause = ": nothing was evaluated" if not any(r.checked for r in results) else ""
    return f"{phase} {report.run.environment}{simulated}: {said}; {sum(r.checked for r in results)} checked{cause}"
