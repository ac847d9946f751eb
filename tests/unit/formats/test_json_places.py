"""JSON with places: the values are those of the standard library, and places are those of the text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.formats.json_places import Placed, parse_placed
from fairlead.model.errors import InputError

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


def plain(placed: Placed) -> Any:
    match placed.value:
        case list() as members:
            return {member.key: plain(member.held) for member in members}
        case tuple() as items:
            return [plain(item) for item in items]
        case value:
            return value


@given(VALUES, st.sampled_from((None, 2)), st.booleans())
def test_values_are_those_of_the_standard_library(value: Any, indent: int | None, is_ascii: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=is_ascii)
    assert plain(parse_placed(text, file="x")) == json.loads(text)


def test_places() -> None:
    (first, second) = parse_placed('{ "a": [1,\n  "b"],\n "a": null }', file="x").value
    assert [str(each) for each in (first.location, second.location)] == ["x:1:3", "x:3:2"]
    assert [str(item.location) for item in first.held.value] == ["x:1:9", "x:2:3"]


def test_the_place_of_a_fault() -> None:
    with pytest.raises(InputError) as caught:
        parse_placed('{\n  "a" 1\n}', file="x")
    assert str(caught.value.location) == "x:2:7"
