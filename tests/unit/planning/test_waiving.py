from __future__ import annotations

from datetime import date

import pytest

from fairlead.model.finding import Finding, Location
from fairlead.model.objects import ObjectRef
from fairlead.model.waiver import Waiver
from fairlead.planning.waiving import waive

TODAY = date(2026, 11, 22)
POD = ObjectRef(kind="Pod", namespace="shop", name="web-1")
FOUND = Finding(rule="floating-image", message="x", location=Location("apps/a.yaml", 3, 1), ref=POD, component="shop")


def waiver(*, rule: str = "floating-image", expires: date = TODAY, **where: str) -> Waiver:
    return Waiver(rule=rule, reason="known", owner="me", expires=expires, **where)


@pytest.mark.parametrize(
    "where",
    [
        {},
        {"file": "apps/*"},
        {"component": "shop"},
        {"kind": "Pod", "namespace": "sh*", "name": "web-?"},
    ],
)
def test_a_waived_finding_does_not_count(where: dict[str, str]) -> None:
    kept, waived = waive([FOUND], [waiver(**where)], today=TODAY, is_whole=True)
    assert kept == []
    assert [each.finding for each in waived] == [FOUND]


@pytest.mark.parametrize(
    "where",
    [{"file": "base/*"}, {"component": "web"}, {"kind": "Job"}, {"namespace": "s"}, {"name": "web"}],
)
def test_a_waiver_of_something_else_is_unused(where: dict[str, str]) -> None:
    kept, waived = waive([FOUND], [waiver(**where)], today=TODAY, is_whole=True)
    assert [finding.rule for finding in kept] == ["floating-image", "waiver-unused"]
    assert waived == ()


def test_a_waiver_holds_on_its_last_day_and_not_after_it() -> None:
    ended = waiver(expires=date(2026, 11, 21))
    kept, waived = waive([FOUND], [ended], today=TODAY, is_whole=True)
    assert [finding.rule for finding in kept] == ["floating-image", "waiver-expired"]
    assert waived == ()


def test_nothing_is_unused_where_not_everything_was_judged() -> None:
    kept, _ = waive([], [waiver()], today=TODAY, is_whole=False)
    assert kept == []


def test_of_two_waivers_the_one_that_holds_counts() -> None:
    ended, open_ = waiver(expires=date(2020, 1, 1)), waiver()
    kept, waived = waive([FOUND], [ended, open_], today=TODAY, is_whole=True)
    assert [each.waiver for each in waived] == [open_]
    assert [finding.rule for finding in kept] == ["waiver-expired"]
