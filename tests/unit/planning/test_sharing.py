"""Who applies what several components have: nobody where they differ, or where Helm would refuse it."""

from __future__ import annotations

import pytest

from fairlead.model.environment import Delivery
from fairlead.model.objects import ObjectRef
from fairlead.planning.sharing import DIFFER, HELMS, Claim, find_sharing, say_shared_with

BOTH = ObjectRef(kind="ConfigMap", namespace="shop", name="both")


def claim(component: str, value: str = "1", **more: bool) -> Claim:
    return Claim(component=component, ref=BOTH, manifest={"data": {"a": value}}, **more)


def test_the_first_applies_what_others_have_alike() -> None:
    found = find_sharing([claim("one"), claim("two"), claim("three")])
    assert found.owners == {"two": {BOTH: "one"}, "three": {BOTH: "one"}}
    assert found.refused == ()


def test_who_has_it_on_record_keeps_it() -> None:
    assert find_sharing([claim("one"), claim("two", is_recorded=True)]).owners == {"one": {BOTH: "two"}}


@pytest.mark.parametrize(
    ("one", "two", "delivery", "why"),
    [
        (claim("one"), claim("two", "2"), Delivery.PUSH, DIFFER),
        (claim("one"), claim("two", "2"), Delivery.FLUX, DIFFER),
        (claim("one", is_release=True), claim("two"), Delivery.PUSH, HELMS),
        (claim("one"), claim("two", is_release=True), Delivery.PUSH, HELMS),
    ],
)
def test_what_cannot_be_shared_is_refused_with_both_places(
    one: Claim, two: Claim, delivery: Delivery, why: str
) -> None:
    found = find_sharing([one, two], delivery=delivery)
    (finding,) = found.findings(lambda name, _: f"{name}/both.yaml:1:1")
    assert found.owners == {}
    expected = f"components one (one/both.yaml:1:1) and two (two/both.yaml:1:1) both have it{why}"
    assert (finding.rule, finding.message, finding.ref) == ("one-owner", expected, BOTH)


def test_a_gitops_engine_says_itself_what_its_releases_may_share() -> None:
    found = find_sharing([claim("one", is_release=True), claim("two")], delivery=Delivery.FLUX)
    assert (found.owners, found.refused) == ({"two": {BOTH: "one"}}, ())


def test_nothing_is_said_of_what_another_one_has_that_is_not_planned() -> None:
    elsewhere = claim("one", "2", is_recorded=True, is_planned=False)
    assert find_sharing([elsewhere, claim("two")]) == find_sharing([])


def test_what_is_shared_is_told_by_who_applies_it() -> None:
    refs = [ObjectRef(kind="ConfigMap", name=name) for name in "abcd"]
    said = list(say_shared_with({**dict.fromkeys(refs, "one"), BOTH: "two"}))
    assert said == [
        "component one has alike, and applies: ConfigMap a, ConfigMap b, ConfigMap c and 1 more [one-owner]",
        "component two has alike, and applies: ConfigMap shop/both [one-owner]",
    ]
