"""One validation in five forms: the same findings, the same verdict, the same bytes twice."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from datetime import date
from xml.etree import ElementTree as ET

import pytest

from fairlead.formats.fingerprints import fingerprints
from fairlead.formats.validation.json import format_validation_json
from fairlead.formats.validation.junit import format_validation_junit
from fairlead.formats.validation.markdown import LARGEST, format_validation_markdown
from fairlead.formats.validation.sarif import format_validation_sarif
from fairlead.formats.validation.text import finding_lines, report_lines, summary
from fairlead.model.exit_codes import ExitCode
from fairlead.model.finding import Finding, Location, Severity
from fairlead.model.objects import ObjectRef
from fairlead.model.rules import RULES
from fairlead.model.validation import Validation
from fairlead.model.waiver import Waived, Waiver

SHOP = ObjectRef(group="apps", kind="Deployment", namespace="shop", name="shop")
WRONG = Finding(
    rule="schema",
    message="spec.replicas must be an integer, not text",
    hint="write a number | or `none`",
    location=Location("clusters/a b/shop.yaml", 6, 3),
    ref=SHOP,
    component="shop",
    chain=(Location("fairlead.yaml", 9, 5),),
)
ODD = Finding(
    rule="duplicate-key",
    message="the key 'a' stands twice in one map; the last one counts",
    severity=Severity.WARNING,
    location=Location("shop.yaml", 7, 3),
)
BUILT = Finding(
    rule="api-removed", message="gone", ref=SHOP, component="shop", chain=(Location("fairlead.yaml", 9, 5),)
)
NOTE = Finding(rule="input", message="so it is", severity=Severity.INFO, component="shop")


def validation(*findings: Finding, checked: int = 3) -> Validation:
    found = Validation(
        findings=[*findings], checked=checked, files=2, components=1, deployed=1, unknown={"Boat (x/v1)": 2}
    )
    found.settle()
    return found


ALL = (WRONG, ODD, BUILT, NOTE)


def sarif(found: Validation) -> dict[str, object]:
    run: dict[str, object] = json.loads(format_validation_sarif(found, version="0.1.0"))["runs"][0]
    return run


def test_sarif_has_what_its_schema_requires() -> None:
    said = json.loads(format_validation_sarif(validation(*ALL), version="0.1.0"))
    assert said["version"] == "2.1.0"
    (run,) = said["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "fairlead"
    rules = [rule["id"] for rule in driver["rules"]]
    assert rules == sorted({finding.rule for finding in ALL})
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        for location in [*result["locations"], *result.get("relatedLocations", [])]:
            physical = location.get("physicalLocation")
            if physical:
                assert not physical["artifactLocation"]["uri"].startswith("/")
                assert " " not in physical["artifactLocation"]["uri"]
                assert all(number >= 1 for number in physical.get("region", {}).values())
            assert physical or location["logicalLocations"]
        related = result.get("relatedLocations", [])
        assert [each["id"] for each in related] == list(range(len(related)))


def test_sarif_rules_say_what_they_are() -> None:
    driver = json.loads(format_validation_sarif(validation(WRONG), version="0.1.0"))["runs"][0]["tool"]["driver"]
    (rule,) = driver["rules"]
    assert rule["shortDescription"]["text"] == RULES["schema"].title
    assert rule["defaultConfiguration"] == {"level": "error"}
    assert "docs/rules/schema.md" in rule["help"]["markdown"]


def test_sarif_places_a_rendered_object_where_its_component_is_stated() -> None:
    (result,) = sarif(validation(BUILT))["results"]  # type: ignore[misc] - JSON
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "fairlead.yaml"
    assert result["locations"][0]["logicalLocations"] == [{"fullyQualifiedName": "Deployment shop/shop"}]


def test_fingerprints_stay_while_lines_move() -> None:
    moved = dataclasses.replace(WRONG, location=Location("clusters/a b/shop.yaml", 60, 30))
    assert fingerprints([WRONG]) == fingerprints([moved])


def test_fingerprints_tell_findings_apart() -> None:
    other = dataclasses.replace(WRONG, location=Location("other.yaml", 6, 3))
    assert len(set(fingerprints([*ALL, other, WRONG]))) == 6


def test_markdown_fits_a_comment_however_much_was_found() -> None:
    many = [
        dataclasses.replace(WRONG, message=f"{n} {'x' * 200}", location=Location("a.yaml", n, 1))
        for n in range(1, 2000)
    ]
    text = format_validation_markdown(validation(*many, ODD), fail_on=Severity.ERROR)
    assert len(text) <= LARGEST
    assert "more findings do not fit here" in text


def test_markdown_shows_the_gravest_first_and_keeps_its_table() -> None:
    text = format_validation_markdown(validation(*ALL), fail_on=Severity.ERROR)
    rows = [line for line in text.splitlines() if line.startswith("| <")]
    assert len(rows) == 4
    assert "❌" in rows[0]
    assert r"a number \| or \`none\`" in text


def test_junit_has_a_case_for_every_rule_evaluated() -> None:
    suite = ET.fromstring(format_validation_junit(validation(*ALL), fail_on=Severity.ERROR)).find("testsuite")
    assert suite is not None
    assert int(suite.get("tests", "")) == len(suite.findall("testcase")) == validation().rules + 1
    failed = {case.get("name") for case in suite.findall("testcase") if case.find("failure") is not None}
    assert failed == {"schema", "api-removed"}
    assert suite.get("failures") == "2"


def test_text_says_rule_chain_and_hint() -> None:
    assert list(finding_lines(WRONG)) == [
        "clusters/a b/shop.yaml:6:3: spec.replicas must be an integer, not text (Deployment shop/shop) [schema]",
        "  from fairlead.yaml:9:5",
        "  hint: write a number | or `none`",
    ]


def alike(count: int, severity: Severity) -> list[Finding]:
    places = (Location(f"{number}.yaml", 1, 1) for number in range(count))
    return [Finding(rule="r", message="m", hint="h", severity=severity, location=place) for place in places]


def test_text_tells_what_differs_only_in_its_place_once() -> None:
    assert list(report_lines([*alike(6, Severity.WARNING), WRONG])) == [
        "0.yaml:1:1: warning: m [r]",
        *(f"  also at {number}.yaml:1:1" for number in (1, 2, 3)),
        "  and at 2 more places: --verbose names them",
        "  hint: h",
        *finding_lines(WRONG),
    ]
    assert len(list(report_lines(alike(4, Severity.WARNING)))) == 5


@pytest.mark.parametrize(("severity", "verbose"), [(Severity.ERROR, False), (Severity.WARNING, True)])
def test_faults_are_told_each_on_its_own(severity: Severity, verbose: bool) -> None:
    found = alike(2, severity)
    assert list(report_lines(found, verbose=verbose)) == [line for one in found for line in finding_lines(one)]


def test_the_summary_counts_objects_and_rules() -> None:
    found = validation(*ALL)
    assert summary(found) == (
        f"checked 3 objects, 2 of kinds without a schema with {found.rules} rules: 2 faults, 1 warning, 1 note"
    )


@pytest.mark.parametrize(
    ("findings", "fail_on", "checked", "code"),
    [
        ((), Severity.ERROR, 3, ExitCode.DONE),
        ((), Severity.ERROR, 0, ExitCode.FAILED),
        ((ODD,), Severity.ERROR, 3, ExitCode.DONE),
        ((ODD,), Severity.WARNING, 3, ExitCode.INVALID),
        ((ODD,), Severity.ERROR, 0, ExitCode.FAILED),
        ((NOTE,), Severity.WARNING, 3, ExitCode.DONE),
        ((NOTE,), Severity.INFO, 3, ExitCode.INVALID),
        ((WRONG, ODD), Severity.ERROR, 0, ExitCode.INVALID),
    ],
)
def test_the_exit_code_follows_from_the_findings(
    findings: tuple[Finding, ...], fail_on: Severity, checked: int, code: ExitCode
) -> None:
    found = validation(*findings, checked=checked)
    assert found.exit_code(fail_on) is code
    assert json.loads(format_validation_json(found, fail_on=fail_on))["exit_code"] == code


FORMS: dict[str, Callable[[Validation], bytes | str]] = {
    "json": lambda found: format_validation_json(found, fail_on=Severity.ERROR),
    "junit": lambda found: format_validation_junit(found, fail_on=Severity.ERROR),
    "sarif": lambda found: format_validation_sarif(found, version="1"),
    "markdown": lambda found: format_validation_markdown(found, fail_on=Severity.ERROR),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_order_of_finding_does_not_show(form: str) -> None:
    assert FORMS[form](validation(*ALL)) == FORMS[form](validation(*reversed(ALL)))


def test_json_has_every_finding_with_its_fingerprint() -> None:
    said = json.loads(format_validation_json(validation(*ALL), fail_on=Severity.ERROR))
    assert said["counts"] == {"info": 1, "warning": 1, "error": 2}
    assert said["checked"] == 3
    assert said["rules"] == validation().rules
    assert len({finding["fingerprint"] for finding in said["findings"]}) == 4
    assert all(finding["severity"] for finding in said["findings"])


def test_a_fault_that_two_environments_meet_is_one() -> None:
    assert len(validation(WRONG, WRONG).findings) == 1


def test_what_is_waived_is_in_the_json_with_who_accepted_it_until_when() -> None:
    waiver = Waiver(rule="schema", reason="soon", owner="ops", expires=date(2999, 1, 1), location=Location("w.yaml", 2))
    found = dataclasses.replace(validation(), waived=(Waived(finding=WRONG, waiver=waiver),))
    (waived,) = json.loads(format_validation_json(found, fail_on=Severity.ERROR))["waived"]
    assert (waived["finding"]["rule"], waived["waiver"]["owner"], waived["waiver"]["expires"]) == (
        *("schema", "ops", "2999-01-01"),
    )
