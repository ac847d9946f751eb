"""What helm must not remove with what a chart does not have any more, and what is remembered of it."""

from __future__ import annotations

from typing import Any

from fairlead.model.objects import Manifest, ObjectRef, ref_of
from fairlead.model.record import Baseline, ComponentRecord
from fairlead.planning.orphans import held_back, left_behind


def manifest(kind: str, name: str = "a", **more: Any) -> Manifest:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "shop"}, **more}


TEXT, CLAIM = manifest("ConfigMap"), manifest("PersistentVolumeClaim")
DROPPED = {ref_of(m): m for m in (TEXT, CLAIM)}
(TEXT_REF, CLAIM_REF) = DROPPED


def test_helm_removes_what_is_plain_and_leaves_what_holds_data_or_is_somebody_elses() -> None:
    assert held_back(DROPPED, claimed=(), prune=True) == (CLAIM_REF,)
    assert held_back(DROPPED, claimed=[TEXT_REF], prune=True) == (TEXT_REF, CLAIM_REF)
    assert held_back(DROPPED, claimed=(), prune=False) == (TEXT_REF, CLAIM_REF)


def test_what_is_held_is_remembered_also_where_no_run_of_ours_brought_it() -> None:
    behind = left_behind(ComponentRecord(component="web"), {TEXT_REF}, held=[CLAIM_REF, TEXT_REF])
    assert (behind.orphans, behind.left) == ((CLAIM_REF,), {})


def test_of_a_release_only_what_is_held_is_left_behind() -> None:
    baseline = Baseline(manager="helm", owned_hash="h", manifest_hash="m", resource_version="1", uid="u")
    before = ComponentRecord(component="web", baselines=dict.fromkeys(DROPPED, baseline))
    behind = left_behind(before, (), held=[CLAIM_REF])
    assert behind.left == {CLAIM_REF: baseline}
    assert behind.orphans == (ObjectRef(kind="PersistentVolumeClaim", namespace="shop", name="a"),)
