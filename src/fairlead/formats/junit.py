"""A report as JUnit XML: a suite per phase, a case per step. Left out and skipped steps are skipped cases."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from fairlead.model.report import Report
from fairlead.model.run import Outcome, StepResult


def format_junit(report: Report) -> bytes:
    """Of the deployment that was asked for, where an automatic rollback followed it."""
    report = report.before or report
    root = ET.Element("testsuites", name=f"fairlead {report.run.environment}")
    for phase in report.run.phases:
        suite = ET.SubElement(root, "testsuite", name=phase.phase.value, time=f"{phase.seconds:.3f}")
        cases = [s for s in report.plan.steps if s.phase is phase.phase]
        records = [report.run.steps.get(step.name) for step in cases]
        results = [record.result if record else None for record in records]
        suite.set("tests", str(len(cases)))
        suite.set("failures", str(sum(r is not None and r.outcome is Outcome.FAILED for r in results)))
        suite.set("skipped", str(sum(r is None or r.outcome is Outcome.SKIPPED for r in results)))
        for step, result in zip(cases, results, strict=True):
            _add_case(suite, step.name, result)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _add_case(suite: ET.Element, name: str, result: StepResult | None) -> None:
    seconds = result.seconds if result else 0.0
    case = ET.SubElement(suite, "testcase", classname=f"fairlead.{suite.get('name')}", name=name, time=f"{seconds:.3f}")
    if result is None or result.outcome is Outcome.SKIPPED:
        ET.SubElement(case, "skipped", message=clean(result.reason) if result else "it did not run")
    elif result.outcome is Outcome.FAILED:
        failure = ET.SubElement(case, "failure", message=clean(result.reason), type="StepFailed")
        failure.text = clean("\n".join(str(finding) for finding in result.findings) or result.reason)
    else:
        ET.SubElement(case, "system-out").text = clean(result.reason)


def clean(text: str) -> str:
    """*text* without the characters that XML 1.0 cannot hold."""
    return "".join(
        c for c in text if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff"
    )
