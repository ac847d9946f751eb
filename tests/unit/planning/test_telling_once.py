"""What was seen while reading and what was found afterwards, said once."""

from __future__ import annotations

import pytest

from fairlead.model.finding import Finding, Location, Severity
from fairlead.planning.telling_once import told_once

AT = Location("apps/kustomization.yaml", 1, 13)


def finding(rule: str, component: str = "apps", severity: Severity = Severity.ERROR) -> Finding:
    return Finding(rule=rule, message="broken", component=component, location=AT, severity=severity)


@pytest.mark.parametrize("rule", ["kustomize-build", "kustomize-cycle", "input", "not-yaml"])
def test_the_build_of_a_judged_kustomization_says_nothing_more(rule: str) -> None:
    judged = finding("kustomize-path-wrong")
    assert [*told_once([finding(rule)], [judged])] == [judged]


def test_the_build_of_another_component_does() -> None:
    seen, judged = finding("kustomize-build", "infra"), finding("kustomize-path-wrong")
    assert [*told_once([seen], [judged])] == [seen, judged]


def test_a_warning_about_a_kustomization_does_not_explain_why_it_failed() -> None:
    seen, warned = finding("kustomize-build"), finding("kustomize-deprecated", severity=Severity.WARNING)
    assert [*told_once([seen], [warned])] == [seen, warned]


def test_a_folder_that_is_not_there_cannot_be_read_either() -> None:
    seen = finding("flux-build")
    assert [*told_once([seen], [finding("input")])] == [seen]


def test_what_lies_elsewhere_is_told_once() -> None:
    later = finding("base-unresolved")
    assert [*told_once([finding("base-unresolved", severity=Severity.WARNING)], [later])] == [later]
