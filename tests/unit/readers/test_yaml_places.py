from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fairlead.formats.yaml.tree import parse_stream
from fairlead.readers.yaml_places import Place, find_places

TEXT = """\
# a comment
top: "in quotes"
"key in quotes": 1.30
list:
  - first
  - {a: [x, yes]}
on: &anchor
  deep: |
    text
alias: *anchor
merged: {<<: *anchor, own: 1}
"""


def place(*path: str | int) -> Place:
    return find_places(TEXT, file="f").root.find(path)


@pytest.mark.parametrize(
    ("path", "key", "at", "text"),
    [
        (("top",), (2, 1), (2, 6), "in quotes"),
        (("key in quotes",), (3, 1), (3, 18), "1.30"),
        (("list",), (4, 1), (5, 3), ""),
        (("list", 0), (5, 5), (5, 5), "first"),
        (("list", 1, "a", 1), (6, 13), (6, 13), "yes"),
        (("true", "deep"), (8, 3), (8, 9), "text\n"),
        (("alias",), (10, 1), (10, 8), ""),
        (("alias", "deep"), (8, 3), (8, 9), "text\n"),
        (("merged", "deep"), (8, 3), (8, 9), "text\n"),
        (("merged", "own"), (11, 23), (11, 28), "1"),
        (("list", 7, "x"), (4, 1), (5, 3), ""),
    ],
)
def test_places(path: tuple[str | int, ...], key: tuple[int, int], at: tuple[int, int], text: str) -> None:
    found = place(*path)
    assert (found.key, found.at, found.text) == (key, at, text)


def test_tags_are_told_wherever_they_stand() -> None:
    assert find_places("a: !!str b\n!!str c: !!map {d: ! e}\n", file="f").tags == ((1, 4), (2, 1), (2, 10), (2, 20))


KEYS = st.text("ab1 é", min_size=1, max_size=3)
VALUES = st.recursive(
    st.integers() | st.booleans() | KEYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
)


@given(st.dictionaries(KEYS, VALUES, min_size=1), st.booleans())
def test_every_value_has_a_place_and_nothing_else_has(data: dict[str, Any], flow: bool) -> None:
    text = yaml.safe_dump(data, default_flow_style=flow, allow_unicode=True)
    value = next(parse_stream(text, file="f", findings=[])).value
    assert _shape(find_places(text, file="f").root) == _shape_of(value)


def _shape(found: Place) -> Any:
    return {key: _shape(child) for key, child in found.children.items()}


def _shape_of(value: Any) -> Any:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {key: _shape_of(item) for key, item in items}
