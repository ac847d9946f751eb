"""What is deleted and made anew where a change is not possible, what never is, and what a deletion takes along."""

from __future__ import annotations

from typing import Any

import pytest

from fairlead.model.change import ChangeAction
from fairlead.model.objects import ApplyResult, Manifest, ObjectRef
from fairlead.planning.immutability import immutable_hint, judge_replace, propagation_for_replacing

FIXED = "spec.selector: Invalid value: field is immutable"


def ref(kind: str, group: str = "apps") -> ObjectRef:
    return ObjectRef(group=group, kind=kind, namespace="shop", name="web")


def stateful(selected: str, **spec: Any) -> Manifest:
    return {"spec": {"selector": {"matchLabels": {"app": selected}}, **spec}}


def judged(of: ObjectRef, live: Manifest, wanted: Manifest, *, message: str = FIXED) -> ChangeAction | None:
    answer = ApplyResult(ref=of, status=422, message=message)
    change = judge_replace(of, answer, live=live, wanted=wanted)
    return change.action if change else None


@pytest.mark.parametrize(
    "of", [ref("Deployment"), ref("Job", "batch"), ref("Service", ""), ref("Ingress", "networking.k8s.io")]
)
def test_built_in_kinds_are_replaced(of: ObjectRef) -> None:
    assert judged(of, {}, {}) is ChangeAction.REPLACE
    assert "say `replace: allow`" in immutable_hint(of, live={}, wanted={})


@pytest.mark.parametrize(
    ("of", "why"),
    [
        (ref("Database", "db.example.test"), "custom resource"),
        (ref("Gateway", "gateway.networking.k8s.io"), "custom resource"),
        (ref("PersistentVolumeClaim", ""), "it holds data"),
        (ref("CustomResourceDefinition", "apiextensions.k8s.io"), "it holds data"),
    ],
)
def test_custom_resources_and_what_holds_data_are_not(of: ObjectRef, why: str) -> None:
    assert judged(of, {}, {}) is None
    hint = immutable_hint(of, live={}, wanted={})
    assert "`replace: allow` does not cover it" in hint
    assert why in hint


def test_another_fault_is_no_reason_to_replace() -> None:
    assert judged(ref("Deployment"), {}, {}, message="spec.replicas: must not be negative") is None


@pytest.mark.parametrize(
    ("kind", "selected", "propagation"),
    [("StatefulSet", "a", "Orphan"), ("StatefulSet", "b", "Foreground"), ("Deployment", "b", "Background")],
)
def test_stateful_set_leaves_pods_only_to_one_that_selects_them(kind: str, selected: str, propagation: str) -> None:
    assert propagation_for_replacing(ref(kind), live=stateful("a"), wanted=stateful(selected)) == propagation


def test_stateful_set_whose_claims_would_go_with_its_pods_is_not_replaced() -> None:
    policy = {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete", "whenScaled": "Retain"}}
    of, live = ref("StatefulSet"), stateful("a", **policy)
    assert judged(of, live, stateful("a")) is ChangeAction.REPLACE
    assert judged(of, live, stateful("b")) is None
    assert "its claims would go with it" in immutable_hint(of, live=live, wanted=stateful("b"))
