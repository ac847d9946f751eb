"""A validation as JUnit XML: a case for every rule that was evaluated, and what it found in it."""

from __future__ import annotations

from collections import defaultdict
from xml.etree import ElementTree as ET

from fairlead.formats.junit import clean
from fairlead.formats.validation.text import finding_line, summary
from fairlead.model.finding import Finding, Severity
from fairlead.model.rules import RULES, rules_of
from fairlead.model.validation import Validation


def format_validation_junit(found: Validation, *, fail_on: Severity) -> bytes:
    """Findings below *fail_on* stand in the output of a case that passed."""
    by_rule: dict[str, list[Finding]] = defaultdict(list)
    for finding in found.findings:
        by_rule[finding.rule].append(finding)
    names = sorted({rule.id for rule in rules_of(found.stages)} | by_rule.keys())
    failing = {f.rule for f in found.findings if f.severity.rank >= fail_on.rank}
    root = ET.Element("testsuites", name="fairlead validate")
    suite = ET.SubElement(root, "testsuite", name="validate", tests=str(len(names) + 1))
    for name in names:
        _add_case(suite, name, by_rule[name], is_failed=name in failing)
    case = ET.SubElement(suite, "testcase", classname="fairlead.validate", name="something was checked")
    if found.is_empty:
        ET.SubElement(case, "failure", message="nothing was checked", type="StepFailed").text = summary(found)
    else:
        ET.SubElement(case, "system-out").text = summary(found)
    suite.set("failures", str(len(failing) + found.is_empty))
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _add_case(suite: ET.Element, name: str, findings: list[Finding], *, is_failed: bool) -> None:
    case = ET.SubElement(suite, "testcase", classname="fairlead.validate", name=name)
    if not findings:
        return
    lines = "\n".join(clean(finding_line(finding)) for finding in findings)
    if is_failed:
        title = RULES[name].title if name in RULES else name
        ET.SubElement(case, "failure", message=f"{title}: {len(findings)}", type=name).text = lines
    else:
        ET.SubElement(case, "system-out").text = lines
