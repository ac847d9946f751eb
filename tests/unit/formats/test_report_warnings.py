from __future__ import annotations

import dataclasses

from fairlead.formats.report_text import format_report
from fairlead.model.finding import Finding, Severity
from unit.formats.sample_run import good_report


def test_what_was_found_beside_a_good_result_is_told_at_the_end() -> None:
    report = good_report()
    name, step = next((n, s) for n, s in report.run.steps.items() if s.result and s.result.outcome.is_good)
    assert step.result is not None
    findings = (
        Finding(rule="a", message="not evaluated", severity=Severity.INFO),
        Finding(rule="b", message="expires soon", severity=Severity.WARNING),
        Finding(rule="b", message="expires too", severity=Severity.WARNING),
    )
    found = dataclasses.replace(step, result=dataclasses.replace(step.result, findings=findings))
    run = dataclasses.replace(report.run, steps={**report.run.steps, name: found})
    text = format_report(dataclasses.replace(report, run=run))
    assert [line for line in text.splitlines() if "warning:" in line] == [f"warning: {name}: expires soon (and 1 more)"]
    assert "not evaluated" not in text
