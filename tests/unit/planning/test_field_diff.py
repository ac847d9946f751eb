"""What differs between two states of an object, and under which path.

The property at the end lays the changes over the found object and must get the wanted one: its field names hold no dot,
since a path alone cannot tell those apart.
"""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.formats.digests import LAST_APPLIED
from fairlead.formats.field_paths import value_at
from fairlead.model.change import ABSENT, FieldChange
from fairlead.model.secret import SecretText
from fairlead.planning.field_diff import diff_fields


def changes(found: dict[str, Any], wanted: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    return [(change.path, change.found, change.wanted) for change in diff_fields(found, wanted)]


def pod_spec(**spec: Any) -> dict[str, Any]:
    return {"spec": {"template": {"spec": spec}}}


@pytest.mark.parametrize(
    ("found", "wanted", "expected"),
    [
        ({"spec": {"replicas": 5}}, {"spec": {"replicas": 3}}, [(".spec.replicas", 5, 3)]),
        ({"spec": {}}, {"spec": {"a": {"b": 1}}}, [(".spec.a", ABSENT, {"b": 1})]),
        ({"spec": {"a": None}}, {"spec": {}}, [(".spec.a", None, ABSENT)]),
        ({"data": {"on": True}}, {"data": {"on": 1}}, [(".data.on", True, 1)]),
        ({"data": {"n": 1}}, {"data": {"n": 1.0}}, []),
        ({"args": ["a", "b"]}, {"args": ["a", "c"]}, [(".args[1]", "b", "c")]),
        ({"args": ["a"]}, {"args": ["x", "a"]}, [(".args", ["a"], ["x", "a"])]),
        ({"rules": [{"verbs": ["get"]}]}, {"rules": [{"verbs": ["put"]}]}, [(".rules[0].verbs[0]", "get", "put")]),
        (
            {"metadata": {"labels": {"app.kubernetes.io/name": "a"}}},
            {"metadata": {"labels": {"app.kubernetes.io/name": "b"}}},
            [(".metadata.labels.app.kubernetes.io/name", "a", "b")],
        ),
        (
            pod_spec(containers=[{"name": "mesh"}, {"name": "web", "image": "web:1"}]),
            pod_spec(containers=[{"name": "mesh"}, {"name": "web", "image": "web:2"}]),
            [('.spec.template.spec.containers[name="web"].image', "web:1", "web:2")],
        ),
        (
            {"ports": [{"name": "http", "containerPort": 80, "protocol": "TCP"}]},
            {"ports": [{"name": "web", "containerPort": 80, "protocol": "TCP"}]},
            [('.ports[containerPort=80,protocol="TCP"].name', "http", "web")],
        ),
        (
            {"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]},
            {"env": [{"name": "A", "value": "1"}]},
            [('.env[name="B"]', {"name": "B", "value": "2"}, ABSENT)],
        ),
        (
            {"initContainers": [{"name": "a"}, {"name": "b"}]},
            {"initContainers": [{"name": "b"}, {"name": "a"}]},
            [(".initContainers", [{"name": "a"}, {"name": "b"}], [{"name": "b"}, {"name": "a"}])],
        ),
        (
            {"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]},
            {"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "3"}]},
            [(".env[1].value", "2", "3")],
        ),
    ],
)
def test_differences(found: dict[str, Any], wanted: dict[str, Any], expected: list[tuple[str, Any, Any]]) -> None:
    assert changes(found, wanted) == expected


def test_what_the_server_counts_is_no_difference() -> None:
    found = {"metadata": {"name": "a", "uid": "1", "resourceVersion": "5", "generation": 2}, "status": {"replicas": 1}}
    wanted = {"metadata": {"name": "a", "managedFields": [], "annotations": {LAST_APPLIED: "{}"}}}
    assert changes(found, wanted) == []


def test_secret_values_are_named_and_never_shown() -> None:
    found = {"apiVersion": "v1", "kind": "Secret", "data": {"password": "aHVudGVyMg==", "user": "YQ=="}}
    wanted = {"apiVersion": "v1", "kind": "Secret", "data": {"password": "c2VjcmV0", "user": "YQ=="}}
    (change,) = diff_fields(found, wanted)
    assert change == FieldChange(
        path=".data.password", found=SecretText("aHVudGVyMg=="), wanted=SecretText("c2VjcmV0"), owner=""
    )
    assert "aHVudGVyMg" not in repr(change)


def test_a_secret_made_anew_shows_no_value_either() -> None:
    found = {"apiVersion": "v1", "kind": "Secret"}
    assert "c2VjcmV0" not in repr(
        diff_fields(found, {**found, "data": {"a": "c2VjcmV0"}, "stringData": {"b": "c2VjcmV0"}})
    )


def test_a_change_names_who_holds_the_field() -> None:
    fields: dict[str, Any] = {"f:spec": {"f:replicas": {}}}
    scaled = {"manager": "kubectl", "operation": "Update", "subresource": "scale", "fieldsV1": fields}
    found = {"metadata": {"managedFields": [scaled]}, "spec": {"replicas": 5}}
    (change,) = diff_fields(found, {"metadata": {}, "spec": {"replicas": 3}})
    assert change.owner == "kubectl"


NAMES = st.sampled_from(["a", "b", "c", "name", "ports", "type"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["x", "y"]),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES, below, max_size=3),
    max_leaves=10,
)
OBJECTS = st.dictionaries(st.sampled_from(["spec", "data", "rules"]), JSON)


def same(one: Any, other: Any) -> bool:
    """Equality that tells true from 1, as JSON does."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other) and isinstance(one, bool) is isinstance(other, bool)


def sorted_lists(value: Any) -> Any:
    """*value* with each list sorted: an item added to a keyed list says nothing of its place."""
    if isinstance(value, dict):
        return {name: sorted_lists(below) for name, below in value.items()}
    return sorted((sorted_lists(item) for item in value), key=repr) if isinstance(value, list) else value


def with_sorted_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: with_sorted_keys(value[name]) for name in sorted(value)}
    return [with_sorted_keys(item) for item in value] if isinstance(value, list) else value


def lay_over(found: dict[str, Any], change: FieldChange) -> None:
    """Write *change* into *found*."""
    parent_path, _, last = re.fullmatch(r"(.*?)((\.[^.\[]+)|(\[[^\]]*\]))", change.path, re.DOTALL).group(1, 3, 4)  # type: ignore[union-attr]  # every path ends in an element
    parent = value_at(found, parent_path)
    if isinstance(parent, dict):
        name = change.path[len(parent_path) + 1 :]
        parent.pop(name, None)
        if change.wanted is not ABSENT:
            parent[name] = copy.deepcopy(change.wanted)
        return
    old = value_at(found, change.path)
    index = next((i for i, item in enumerate(parent) if item is old), None)
    if last.strip("[]").isdecimal():
        parent[int(last.strip("[]"))] = copy.deepcopy(change.wanted)
    elif change.wanted is ABSENT:
        assert index is not None
        del parent[index]
    else:
        parent.append(copy.deepcopy(change.wanted))


@given(found=OBJECTS, wanted=OBJECTS)
def test_there_is_a_difference_exactly_when_the_objects_differ(found: Any, wanted: Any) -> None:
    assert (diff_fields(found, wanted) == ()) == same(found, wanted)


@given(found=OBJECTS, wanted=OBJECTS)
def test_the_changes_laid_over_what_was_found_give_what_was_wanted(found: Any, wanted: Any) -> None:
    result = copy.deepcopy(found)
    for change in diff_fields(found, wanted):
        lay_over(result, change)
    assert same(sorted_lists(with_sorted_keys(result)), sorted_lists(with_sorted_keys(wanted)))


@given(found=OBJECTS, wanted=OBJECTS)
def test_each_path_leads_to_the_values_it_shows(found: Any, wanted: Any) -> None:
    for change in diff_fields(found, wanted):
        assert value_at(found, change.path) == change.found
        assert value_at(wanted, change.path) == change.wanted
