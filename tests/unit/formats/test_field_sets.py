"""Sets of fields, as `fieldsV1` writes them."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fairlead.formats.field_sets import FieldPath, format_fields, parse_fields, removable, without_fields

elements = st.sampled_from(["f:a", "f:b", "f:c", 'k:{"name":"x"}', 'k:{"name":"y"}', 'v:"z"', "i:0"])
paths: st.SearchStrategy[FieldPath] = st.lists(elements, min_size=1, max_size=4).map(tuple)
sets = st.frozensets(paths, max_size=8)


def test_a_leaf_and_a_dot_are_members_and_a_mere_way_is_none() -> None:
    tree: dict[str, Any] = {"f:spec": {"f:replicas": {}, "f:template": {".": {}, "f:x": {}}}}
    assert parse_fields(tree) == {
        ("f:spec", "f:replicas"),
        ("f:spec", "f:template"),
        ("f:spec", "f:template", "f:x"),
    }


def test_writing_gives_back_what_the_server_writes() -> None:
    tree = {"f:metadata": {"f:labels": {".": {}, "f:app": {}}}, "f:spec": {"f:replicas": {}}}
    assert format_fields(parse_fields(tree)) == tree


@given(sets)
def test_reading_what_was_written_gives_the_same_set(found: frozenset[FieldPath]) -> None:
    assert parse_fields(format_fields(found)) == found


@given(sets, sets)
def test_what_holds_a_kept_field_stays(lost: frozenset[FieldPath], kept: frozenset[FieldPath]) -> None:
    gone = removable(lost, kept)
    assert gone <= lost
    assert not any(path == held[: len(path)] for path in gone for held in kept)


def remove(manifest: dict[str, Any], *found: FieldPath) -> dict[str, Any]:
    before = json.dumps(manifest)
    result = without_fields(manifest, frozenset(found))
    assert json.dumps(manifest) == before, "the object itself was changed"
    return result


def test_fields_list_items_members_and_positions_are_taken_out() -> None:
    manifest = {
        "spec": {
            "keep": 1,
            "drop": {"all": 2},
            "containers": [{"name": "x", "image": "1"}, {"name": "y", "image": "2", "args": ["a", "b"]}],
            "finalizers": ["z", "q"],
        }
    }
    found = remove(
        manifest,
        ("f:spec", "f:drop"),
        ("f:spec", "f:containers", 'k:{"name":"x"}'),
        ("f:spec", "f:containers", 'k:{"name":"y"}', "f:image"),
        ("f:spec", "f:containers", 'k:{"name":"y"}', "f:args", "i:0"),
        ("f:spec", "f:finalizers", 'v:"z"'),
        ("f:spec", "f:not-there", "f:below"),
    )
    assert found == {"spec": {"keep": 1, "containers": [{"name": "y", "args": ["b"]}], "finalizers": ["q"]}}


def test_a_field_goes_with_all_that_is_below() -> None:
    assert remove({"a": {"b": {"c": 1}}}, ("f:a",), ("f:a", "f:b", "f:c")) == {}
