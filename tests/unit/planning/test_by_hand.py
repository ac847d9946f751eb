"""What a person adds to an object beside our fields, and what programs rightly add."""

from __future__ import annotations

from typing import Any

import pytest

from fairlead.model.drift import DriftKind
from fairlead.model.objects import Manifest, ObjectRef, ref_of
from fairlead.model.secret import SecretText
from fairlead.planning.by_hand import find_extra_keys, has_hand_made_order, is_by_hand, note_of_scaling


def with_data(data: dict[str, str], *, owner: str = "kubectl-edit", kind: str = "ConfigMap") -> Manifest:
    fields = {"f:data": {f"f:{name}": {} for name in data}}
    entries = [{"manager": owner, "operation": "Update", "apiVersion": "v1", "fieldsV1": fields}]
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": "c", "managedFields": entries}, "data": data}


def recorded(data: dict[str, str], kind: str = "ConfigMap") -> Manifest:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": "c"}, "data": data}


@pytest.mark.parametrize("manager", ["kubectl", "kubectl-edit", "kubectl-client-side-apply", "k9s", "Mozilla"])
def test_what_people_sit_at_is_known(manager: str) -> None:
    assert is_by_hand(manager)


@pytest.mark.parametrize("manager", ["kubectlx", "kube-controller-manager", "helm", "argocd-controller", ""])
def test_programs_are_not_people(manager: str) -> None:
    assert not is_by_hand(manager)


def test_a_key_that_a_person_added_to_our_map_is_told() -> None:
    live = with_data({"a": "1", "b": "2"})
    (found,) = find_extra_keys(ref_of(live), live, recorded({"a": "1"}))
    assert (found.path, found.kind, found.found, found.owner) == (".data.b", DriftKind.EXTRA_KEY, "2", "kubectl-edit")


def test_an_added_key_of_a_secret_is_masked() -> None:
    live = with_data({"a": "MQ==", "b": "Mg=="}, kind="Secret")
    (found,) = find_extra_keys(ref_of(live), live, recorded({"a": "hmac:1"}, kind="Secret"))
    assert isinstance(found.found, SecretText)


def test_a_key_that_an_operator_added_is_its_own() -> None:
    live = with_data({"a": "1", "b": "2"}, owner="cert-manager-cainjector")
    assert find_extra_keys(ref_of(live), live, recorded({"a": "1"})) == ()


def test_a_map_of_which_we_state_nothing_is_not_ours() -> None:
    live = with_data({"b": "2"})
    assert find_extra_keys(ref_of(live), live, recorded({})) == ()


def workload(replicas: int, *entries: dict[str, Any]) -> Manifest:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "x", "managedFields": list(entries)},
        "spec": {"replicas": replicas},
    }


REF = ObjectRef(group="apps", kind="Deployment", namespace="x", name="web")
SCALED = {
    "manager": "kubectl",
    "operation": "Update",
    "subresource": "scale",
    "fieldsV1": {"f:spec": {"f:replicas": {}}},
}


def test_a_workload_scaled_by_hand_is_a_note() -> None:
    note = note_of_scaling("web", REF, workload(3, SCALED), {"spec": {}}, manager="helm")
    assert note is not None
    assert note.text == "scaled to 3 by kubectl; its manifest states no replicas"


def test_a_number_that_nobody_owns_is_a_note_where_it_is_not_the_default() -> None:
    note = note_of_scaling("web", REF, workload(3), {"spec": {}}, manager="helm")
    assert note is not None
    assert note.text == "scaled to 3; its manifest states no replicas"
    assert note_of_scaling("web", REF, workload(1), {"spec": {}}, manager="helm") is None


def test_a_stated_number_of_replicas_is_no_note() -> None:
    assert note_of_scaling("web", REF, workload(3, SCALED), {"spec": {"replicas": 1}}, manager="helm") is None


def test_what_we_state_otherwise_is_no_note() -> None:
    scaled = {**SCALED, "manager": "helm"}
    assert note_of_scaling("web", REF, workload(1, scaled), {"spec": {}}, manager="helm") is None


def spec(*names: str) -> Manifest:
    return {"spec": {"template": {"containers": [{"name": "c", "env": [{"name": n, "value": "1"} for n in names]}]}}}


def test_variables_in_another_order_are_a_suspicion() -> None:
    assert has_hand_made_order(spec("B", "A"), spec("A", "B"))


@pytest.mark.parametrize("live", [spec("A", "B"), spec("A", "X", "B"), spec("X", "A", "B"), spec("A"), spec()])
def test_what_others_add_or_take_away_is_no_order(live: Manifest) -> None:
    assert not has_hand_made_order(live, spec("A", "B"))
