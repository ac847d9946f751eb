"""Which fields a dry-run shows to be drift, and of what kind."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fairlead.model.change import ABSENT
from fairlead.model.drift import DriftKind, FieldDrift
from fairlead.model.objects import Manifest
from fairlead.model.secret import SecretText
from fairlead.planning.drift_fields import find_field_drift, newly_wanted, say_shared

OURS = "fairlead:web"
AT = "2026-03-01T10:00:00Z"


def entry(manager: str, fields: dict[str, Any], *, operation: str = "Update", **more: str) -> dict[str, Any]:
    return {"manager": manager, "operation": operation, "apiVersion": "v1", "fieldsV1": fields, "time": AT, **more}


def owned(fields: dict[str, Any]) -> dict[str, Any]:
    return entry(OURS, fields, operation="Apply")


def configmap(data: dict[str, str], *entries: dict[str, Any], kind: str = "ConfigMap", **more: Any) -> Manifest:
    metadata = {"name": "web", "namespace": "x", "uid": "u", "resourceVersion": "1", "managedFields": list(entries)}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, "data": data, **more}


def one(live: Manifest, wanted: Manifest) -> FieldDrift:
    (found,) = find_field_drift(live, wanted, manager=OURS)
    return found


def test_a_changed_value_names_who_and_since_when() -> None:
    live = configmap({"a": "2"}, entry("kubectl-edit", {"f:data": {"f:a": {}}}))
    found = one(live, configmap({"a": "1"}, owned({"f:data": {"f:a": {}}})))
    assert (found.path, found.kind, found.wanted, found.found) == (".data.a", DriftKind.CHANGED, "1", "2")
    assert found.owner == "kubectl-edit"
    assert found.since is not None
    assert f"{found.since:%Y-%m-%d %H:%M}" == "2026-03-01 10:00"


def test_an_entry_written_through_scale_has_no_time() -> None:
    scaled = {k: v for k, v in entry("kubectl", {"f:data": {"f:a": {}}}, subresource="scale").items() if k != "time"}
    assert one(configmap({"a": "2"}, scaled), configmap({"a": "1"})).since is None


def test_a_removed_field_belongs_to_nobody() -> None:
    found = one(configmap({}, owned({})), configmap({"a": "1"}, owned({"f:data": {"f:a": {}}})))
    assert (found.kind, found.found, found.owner) == (DriftKind.REMOVED_FIELD, ABSENT, "")


def test_what_is_to_go_is_an_extra_key() -> None:
    live = configmap({"a": "1", "b": "2"}, entry("script", {"f:data": {}}))
    found = one(live, configmap({"a": "1"}, entry("script", {"f:data": {}})))
    assert (found.path, found.kind, found.wanted, found.owner) == (".data.b", DriftKind.EXTRA_KEY, ABSENT, "script")


def test_a_list_in_another_order_is_one_field() -> None:
    live, wanted = configmap({}, args=["a", "b", "c"]), configmap({}, args=["c", "a", "b"])
    found = one(live, wanted)
    assert (found.path, found.kind) == (".args", DriftKind.ORDER)
    assert (found.found, found.wanted) == (["a", "b", "c"], ["c", "a", "b"])


def test_the_outermost_list_that_changed_its_order_is_named() -> None:
    rules = [{"verbs": ["get"], "resources": ["pods"]}, {"verbs": ["list"], "resources": ["nodes"]}]
    found = one(configmap({}, rules=rules), configmap({}, rules=rules[::-1]))
    assert (found.path, found.kind) == (".rules", DriftKind.ORDER)


def test_a_list_with_another_item_is_changed() -> None:
    found = one(configmap({}, args=["a", "b"]), configmap({}, args=["a", "c"]))
    assert (found.path, found.kind) == (".args[1]", DriftKind.CHANGED)


def test_ownership_lost_without_another_value_is_named_apart() -> None:
    live = configmap({"a": "1"}, owned({"f:data": {}}), entry("kubectl-edit", {"f:data": {"f:a": {}}}))
    wanted = configmap({"a": "1"}, owned({"f:data": {"f:a": {}}}))
    found = one(live, wanted)
    assert (found.path, found.kind, found.owner) == (".data.a", DriftKind.OWNERSHIP, "kubectl-edit")
    assert (found.wanted, found.found) == (ABSENT, ABSENT)


def test_ownership_of_a_changed_field_is_not_told_twice() -> None:
    live = configmap({"a": "2"}, entry("kubectl-edit", {"f:data": {"f:a": {}}}))
    assert len(find_field_drift(live, configmap({"a": "1"}, owned({"f:data": {"f:a": {}}})), manager=OURS)) == 1


def test_a_release_that_helm_3_made_has_lost_nothing() -> None:
    live = configmap({"a": "1"}, entry(OURS, {"f:data": {".": {}, "f:a": {}}}))
    wanted = configmap({"a": "1"}, owned({"f:data": {"f:a": {}}}))
    assert find_field_drift(live, wanted, manager=OURS) == ()


def test_an_empty_map_of_ours_that_another_filled_is_no_drift() -> None:
    live = configmap({}, owned({"f:data": {}}), entry("webhook", {"f:metadata": {"f:annotations": {"f:x": {}}}}))
    assert find_field_drift(live, live, manager=OURS) == ()


def test_values_of_secrets_are_masked_on_both_sides() -> None:
    found = one(configmap({"p": "b2xk"}, kind="Secret"), configmap({"p": "bmV3"}, kind="Secret"))
    assert isinstance(found.wanted, SecretText)
    assert isinstance(found.found, SecretText)


values = st.dictionaries(st.sampled_from("abc"), st.text("xy", max_size=2), max_size=3)


@given(values, values)
def test_fields_are_exactly_those_that_differ(found: dict[str, str], wanted: dict[str, str]) -> None:
    drifts = find_field_drift(configmap(found), configmap(wanted), manager=OURS)
    differing = {f".data.{name}" for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name)}
    assert {field.path for field in drifts} == differing


@given(st.permutations([1, 2, 3, 3]))
def test_a_permutation_is_an_order_and_nothing_else(order: list[int]) -> None:
    drifts = find_field_drift(configmap({}, args=order), configmap({}, args=[1, 2, 3, 3]), manager=OURS)
    assert [field.kind for field in drifts] == ([] if order == [1, 2, 3, 3] else [DriftKind.ORDER])


@given(values)
def test_what_is_as_wanted_has_no_field(data: dict[str, str]) -> None:
    live = configmap(data, owned({"f:data": {f"f:{name}": {} for name in data}}))
    assert find_field_drift(live, copy.deepcopy(live), manager=OURS) == ()


def test_what_helm_owns_as_string_data_of_a_secret_is_not_lost() -> None:
    stated = {"f:metadata": {"f:labels": {"f:team": {}}}, "f:stringData": {"f:password": {}}}
    live = configmap({"password": "eA=="}, owned(stated), kind="Secret")
    wanted = configmap({"password": "eA=="}, owned({"f:data": {"f:password": {}}}), kind="Secret")
    assert find_field_drift(live, wanted, manager=OURS) == ()
    assert len(find_field_drift({**live, "kind": "ConfigMap"}, {**wanted, "kind": "ConfigMap"}, manager=OURS)) == 1


def test_lost_fields_are_newly_wanted_where_the_record_says_otherwise() -> None:
    wanted = {"data": {"adopted": "9", "back": "1", "new": "3"}}
    recorded = {"data": {"adopted": "1", "back": "1"}}
    lost = (".data.adopted", ".data.back", ".data.new")
    assert newly_wanted(lost, wanted, recorded) == (".data.adopted", ".data.new")


def test_shared_fields_are_told_with_who_set_them() -> None:
    live = configmap(dict.fromkeys("abcd", "1"), entry("kubectl-edit", {"f:data": {f"f:{n}": {} for n in "abcd"}}))
    paths = [f".data.{name}" for name in "abcd"]
    said = "ours from now on, as set by kubectl-edit: .data.a, .data.b, .data.c and 1 more"
    assert say_shared(paths, live) == said
