"""Whose fields come over to us with an object that somebody else made."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.formats.field_sets import FieldPath, FieldSet, format_fields, parse_fields
from fairlead.model.change import Change, ChangeAction
from fairlead.model.objects import ApplyResult, FieldConflict, Manifest, ref_of
from fairlead.planning.adoption import FROM_FILES, Adoption, find_adoption, whose_files
from fairlead.planning.changes import judge

OURS = "fairlead:web"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
SPEC_A, SPEC_B, REPLICAS = ("f:spec", "f:a"), ("f:spec", "f:b"), ("f:spec", "f:replicas")


def entry(manager: str, *paths: FieldPath, operation: str = "Update", **more: Any) -> dict[str, Any]:
    return {
        "manager": manager,
        "operation": operation,
        "apiVersion": "example.test/v1",
        "time": "2026-01-01T00:00:00Z",
        "fieldsType": "FieldsV1",
        "fieldsV1": format_fields(paths),
        **more,
    }


def thing(*entries: dict[str, Any], **spec: Any) -> Manifest:
    return {
        "apiVersion": "example.test/v1",
        "kind": "Thing",
        "metadata": {"name": "t", "namespace": "n", "uid": "u", "resourceVersion": "1", "managedFields": [*entries]},
        "spec": spec,
    }


def applied(*stated: FieldPath, **spec: Any) -> Manifest:
    """The answer to a dry-run in which we state *stated*."""
    return thing(entry(OURS, *stated, operation="Apply"), **spec)


def adopted(live: Manifest, answer: Manifest) -> Adoption:
    found = find_adoption(live, answer, manager=OURS)
    assert found is not None
    return found


def owned(adoption: Adoption) -> dict[str, FieldSet]:
    return {e["manager"]: parse_fields(e["fieldsV1"]) for e in adoption.managed_fields}


@pytest.mark.parametrize(("manager", "operation"), sorted(FROM_FILES))
def test_all_that_a_tool_wrote_from_a_file_becomes_ours(manager: str, operation: str) -> None:
    live = thing(entry(manager, SPEC_A, SPEC_B, operation=operation), a=1, b=2)
    found = adopted(live, applied(SPEC_A, a=1, b=2))
    (ours,) = found.managed_fields
    assert (ours["manager"], ours["operation"]) == (OURS, "Apply")
    assert parse_fields(ours["fieldsV1"]) == {SPEC_A, SPEC_B}


def test_what_the_project_does_not_state_goes_with_the_write() -> None:
    live = thing(entry("kubectl-client-side-apply", SPEC_A, SPEC_B), a=1, b=2)
    answer = applied(SPEC_A, a=1, b=2)
    found = adopted(live, answer)
    assert found.lost == {SPEC_B}
    assert found.foretell(answer)["spec"] == {"a": 1}


def test_what_another_one_holds_too_stays() -> None:
    live = thing(entry("kubectl-client-side-apply", SPEC_A, SPEC_B), entry("operator", SPEC_B), a=1, b=2)
    assert adopted(live, applied(SPEC_A, a=1, b=2)).lost == frozenset()


def test_replicas_that_nobody_states_are_not_touched() -> None:
    live = thing(entry("kubectl-client-side-apply", SPEC_A, REPLICAS), a=1, replicas=7)
    found = adopted(live, applied(SPEC_A, a=1, replicas=7))
    assert found.lost == frozenset()
    assert owned(found) == {OURS: {SPEC_A}, "kubectl-client-side-apply": {REPLICAS}}


def test_of_a_hand_s_edits_only_what_the_project_states_becomes_ours() -> None:
    live = thing(entry("kubectl-create", SPEC_A), entry("kubectl-edit", SPEC_A, SPEC_B), a=1, b=2)
    assert owned(adopted(live, applied(SPEC_A, a=1, b=2))) == {OURS: {SPEC_A}, "kubectl-edit": {SPEC_B}}


def test_the_annotation_of_kubectl_apply_goes() -> None:
    path = ("f:metadata", "f:annotations", f"f:{LAST_APPLIED}")
    live = thing(entry("kubectl-client-side-apply", SPEC_A, path), entry("kubectl-scale", path), a=1)
    found = adopted(live, applied(SPEC_A, a=1))
    assert path in found.lost
    assert owned(found) == {OURS: {SPEC_A, path}}


def test_an_entry_of_scale_or_status_is_nobody_s_to_take() -> None:
    scaled = entry("kubectl", REPLICAS, subresource="scale")
    live = thing(entry("kubectl-create", SPEC_A), scaled, a=1, replicas=3)
    assert scaled in adopted(live, applied(SPEC_A, a=1, replicas=3)).managed_fields


def test_paths_of_another_api_version_are_left() -> None:
    old = entry("kubectl-create", SPEC_B, apiVersion="example.test/v1beta1", time="2025-01-01T00:00:00Z")
    live = thing(old, entry("kubectl-client-side-apply", SPEC_A), a=1, b=2)
    found = adopted(live, applied(SPEC_A, a=1, b=2))
    assert (old in found.managed_fields, found.lost) == (True, frozenset())


def test_what_is_ours_already_is_not_adopted_again() -> None:
    live = thing(entry(OURS, SPEC_A, operation="Apply"), entry("kubectl-client-side-apply", SPEC_B), a=1, b=2)
    assert find_adoption(live, applied(SPEC_A, a=1, b=2), manager=OURS) is None


def test_what_helm_3_wrote_on_what_helm_4_has_applied_comes_together() -> None:
    live = thing(entry("helm", SPEC_A, operation="Apply"), entry("helm", SPEC_A, SPEC_B), entry("operator", SPEC_B))
    answer = thing(entry("helm", SPEC_A, operation="Apply"))
    found = find_adoption(live, answer, manager="helm")
    assert found is not None
    assert owned(found) == {"helm": {SPEC_A, SPEC_B}, "operator": {SPEC_B}}
    assert [e["operation"] for e in found.managed_fields if e["manager"] == "helm"] == ["Apply"]


def test_what_only_another_tool_made_is_shared() -> None:
    live = thing(entry("kustomize-controller", SPEC_A, operation="Apply"), a=1)
    assert find_adoption(live, applied(SPEC_A, a=1), manager=OURS) is None


def test_crds_that_helm_installed_come_over_unless_a_release_has_them() -> None:
    crd: Manifest = {"kind": "CustomResourceDefinition", "metadata": {"name": "c"}}
    released = {**crd, "metadata": {"annotations": {"meta.helm.sh/release-name": "r"}}}
    assert ("helm", "Update") in whose_files(crd, crd, manager=OURS)
    assert ("helm", "Update") not in whose_files(crd, released, manager=OURS)


paths = st.lists(st.sampled_from(["f:a", "f:b", 'k:{"name":"x"}', 'v:"z"']), min_size=1, max_size=3).map(tuple)
names = st.sampled_from(
    ["kubectl-client-side-apply", "kubectl-create", "kubectl-edit", "kubectl", "operator", "kustomize-controller"]
)


@st.composite
def entries(draw: st.DrawFn) -> list[dict[str, Any]]:
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for _ in range(draw(st.integers(1, 5))):
        made = entry(
            draw(names),
            *draw(st.frozensets(paths, min_size=1, max_size=4)),
            operation=draw(st.sampled_from(["Update", "Apply"])),
            time=draw(st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"])),
        )
        if draw(st.booleans()) and made["operation"] == "Update":
            made["subresource"] = draw(st.sampled_from(["scale", "status"]))
        found[(made["manager"], made["operation"], made.get("subresource"))] = made
    return list(found.values())


def union(listed: Any) -> FieldSet:
    return frozenset[FieldPath]().union(*(parse_fields(e["fieldsV1"]) for e in listed))


@given(entries(), st.frozensets(paths, max_size=5))
def test_no_field_is_without_an_owner_afterwards(listed: list[dict[str, Any]], stated: FieldSet) -> None:
    found = find_adoption(thing(*listed), applied(*stated), manager=OURS)
    if found is not None:
        assert union(found.managed_fields) == union(listed)


@given(entries(), st.frozensets(paths, max_size=5))
def test_nobody_else_loses_or_gains_anything(listed: list[dict[str, Any]], stated: FieldSet) -> None:
    found = find_adoption(thing(*listed), applied(*stated), manager=OURS)
    after = found.managed_fields if found else listed
    foreign = [e for e in listed if not e["manager"].startswith("kubectl") or e.get("subresource")]
    assert [e for e in after if e in foreign] == foreign
    assert {e["manager"] for e in after} <= {e["manager"] for e in listed} | {OURS}


@given(entries(), st.frozensets(paths, max_size=5))
def test_nothing_that_anybody_states_is_lost(listed: list[dict[str, Any]], stated: FieldSet) -> None:
    found = find_adoption(thing(*listed), applied(*stated), manager=OURS)
    if found is not None:
        others = union(e for e in found.managed_fields if e["manager"] != OURS)
        assert not any(path == held[: len(path)] for path in found.lost for held in stated | others)


def judged(live: Manifest, answer: Manifest, *conflicts: FieldConflict) -> Change:
    ref = ref_of(live)
    refused = ApplyResult(ref=ref, status=409, conflicts=conflicts)
    plain = ApplyResult(ref=ref, live=answer)
    adoption = find_adoption(live, answer, manager=OURS)
    return judge(
        ref,
        live=live,
        answer=refused if conflicts else plain,
        forced=plain if conflicts else None,
        manager=OURS,
        adoption=adoption,
    )


def test_another_value_of_kubectl_apply_is_no_conflict_but_shown() -> None:
    live = thing(entry("kubectl-client-side-apply", SPEC_A), a=1)
    change = judged(live, applied(SPEC_A, a=2), FieldConflict(path=".spec.a", manager="kubectl-client-side-apply"))
    (field,) = change.fields
    assert (change.action, change.conflicts) == (ChangeAction.ADOPT, ())
    assert (field.path, field.wanted, field.found, field.owner) == (".spec.a", 2, 1, "kubectl-client-side-apply")
    assert change.reason == "was made by kubectl apply (2026-01-01T00:00:00Z); its fields become ours; .spec.a differs"


def test_another_value_of_somebody_else_is_a_conflict_that_says_since_when() -> None:
    live = thing(entry("kubectl-create", SPEC_A), entry("operator", SPEC_B), a=1, b=1)
    change = judged(live, applied(SPEC_A, SPEC_B, a=2, b=2), FieldConflict(path=".spec.b", manager="operator"))
    (conflict,) = change.conflicts
    assert (conflict.path, conflict.owner, conflict.since) == (".spec.b", "operator", "2026-01-01T00:00:00Z")


def test_an_equal_object_of_another_tool_says_that_it_keeps_a_share() -> None:
    change = judged(thing(entry("kustomize-controller", SPEC_A, operation="Apply"), a=1), applied(SPEC_A, a=1))
    assert (change.action, change.fields) == (ChangeAction.ADOPT, ())
    assert change.reason == "exists, made by kustomize-controller (2026-01-01T00:00:00Z), who keeps a share"
