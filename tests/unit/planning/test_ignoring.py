"""Which differences an entry of the ignore file covers."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from fairlead.model.ignore import IgnoreEntry
from fairlead.model.objects import ObjectRef
from fairlead.planning.ignoring import covers, ignores_of

REF = ObjectRef(group="apps", kind="Deployment", namespace="shop", name="web")


def entry(**given: Any) -> IgnoreEntry:
    return IgnoreEntry(
        **{"kind": "Deployment", "name": "web", "reason": "r", "owner": "o", "expires": date(2026, 6, 30), **given}
    )


@pytest.mark.parametrize(
    "given",
    [{}, {"name": "w*"}, {"kind": "*", "name": "*"}, {"namespace": "sh?p"}, {"component": "sho*"}],
)
def test_an_entry_is_about_what_its_globs_match(given: dict[str, str]) -> None:
    ignores = ignores_of([entry(fields=(".spec.replicas",), **given)], today=date(2026, 1, 1))
    assert ignores.covering("shop", REF, ".spec.replicas")


@pytest.mark.parametrize("given", [{"name": "api"}, {"kind": "Service"}, {"namespace": "x"}, {"component": "other"}])
def test_an_entry_is_about_nothing_else(given: dict[str, str]) -> None:
    ignores = ignores_of([entry(fields=(".spec.replicas",), **given)], today=date(2026, 1, 1))
    assert ignores.covering("shop", REF, ".spec.replicas") is None


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        (".spec.replicas", ".spec.replicas"),
        (".spec.template", '.spec.template.spec.containers[name="a"].image'),
        (".spec.template.spec.containers[*].image", '.spec.template.spec.containers[name="a"].image'),
        (".metadata.annotations.example.com/*", ".metadata.annotations.example.com/at"),
    ],
)
def test_a_field_and_what_lies_below_it_is_covered(pattern: str, path: str) -> None:
    assert covers(entry(fields=(pattern,)), path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        (".spec.replicas", ".spec.replicasX"),
        (".spec.template.spec", ".spec.template"),
        (".spec.*.image", ".spec.imagePullPolicy"),
        (".spec.replicas", ""),
    ],
)
def test_no_other_field_is_covered(pattern: str, path: str) -> None:
    assert not covers(entry(fields=(pattern,)), path)


def test_an_entry_without_fields_covers_the_whole_object() -> None:
    assert covers(entry(), "")
    assert covers(entry(), ".spec.replicas")


def test_an_entry_holds_on_its_last_day_and_not_after_it() -> None:
    one = entry()
    assert ignores_of([one], today=date(2026, 6, 30)).active == (one,)
    later = ignores_of([one], today=date(2026, 7, 1))
    assert (later.active, later.expired) == ((), (one,))
