from __future__ import annotations

import math
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from fairlead.formats.manifests import read_documents
from fairlead.formats.scalars import to_json
from fairlead.formats.yaml.text import dump_yaml
from fairlead.model.secret import SecretText

_CHARACTERS = st.characters(exclude_categories=["Cs"])
_TYPED = """
y n yes NO on Off true Null ~ null .inf -.inf .nan 0644 0o644 0x1F 0b1 1_000 1e3 1e+3 +1 -1 .5 1. 12:30 12:30:45
2024-01-01 2001-12-14t21:59:43.10-05:00 = << - ? : --- ... & * ! | > % @ ` # , [ ] { } ' " -x a:b a: a#b
"""
_SPACED = ("", " ", " a", "a ", "a #b", "a: b", "a\n", "\na", "a\n\n", " a\nb", "a\n b\n", "a\tb", "a\r\nb", "\ufeff")
_AMBIGUOUS = st.sampled_from([*_TYPED.split(), *_SPACED])
_TEXT = _AMBIGUOUS | st.text(_CHARACTERS, max_size=12) | st.text("ab \n\t:#-'\"", max_size=12)
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**63), max_value=2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXT
)
_KEYS = _TEXT | st.text("k", min_size=100, max_size=1100)
_VALUES = st.recursive(_SCALARS, lambda inner: st.lists(inner) | st.dictionaries(_KEYS, inner), max_leaves=15)


@given(_VALUES)
@example({"a" * 2000: [{"b" * 2000: {"c": [[], {}, [[1]]]}}]})
def test_our_reader_reads_back_the_same(value: Any) -> None:
    (document,) = read_documents(dump_yaml({"value": value}), file="f").documents
    assert _typed(document.data["value"]) == _typed(value)


@given(_VALUES)
def test_a_yaml_1_1_reader_reads_back_the_same(value: Any) -> None:
    assert _typed(yaml.load(dump_yaml(value), Loader=yaml.CSafeLoader)) == _typed(value)


@given(_VALUES)
def test_the_same_value_gives_the_same_text(value: Any) -> None:
    text = dump_yaml(value)
    assert dump_yaml(yaml.load(text, Loader=yaml.CSafeLoader)) == text


def _typed(value: Any) -> Any:
    """The value with the type of each scalar; numbers as JSON carries them, where 1.0 and 1 are the same."""
    if isinstance(value, dict):
        return {key: _typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_typed(item) for item in value]
    return (type(json_value := to_json(value)).__name__, json_value)


def test_looks_like_what_people_write() -> None:
    value = {
        "apiVersion": "apps/v1",
        "image": "nginx:1.27",
        "mode": "0644",
        "on": "yes",
        "note": "two words",
        "args": ["--port=80", {"name": "a", "list": [1, 2.5, None]}, ["x"], {}],
        "script": "set -e\n\nrun\n",
        "empty": [],
    }
    assert dump_yaml(value) == (
        "apiVersion: apps/v1\n"
        "image: nginx:1.27\n"
        'mode: "0644"\n'
        '"on": "yes"\n'
        "note: two words\n"
        "args:\n"
        '- "--port=80"\n'
        "- name: a\n"
        "  list:\n"
        "  - 1\n"
        "  - 2.5\n"
        "  - null\n"
        "- - x\n"
        "- {}\n"
        "script: |\n"
        "  set -e\n"
        "\n"
        "  run\n"
        "empty: []\n"
    )


@pytest.mark.parametrize("value", [SecretText("x"), {"a": [SecretText("x")]}, b"x", {1: "x"}, {1, 2}])
def test_refuses_what_is_no_json(value: Any) -> None:
    with pytest.raises(TypeError):
        dump_yaml(value)


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_refuses_numbers_without_a_json_form(value: float) -> None:
    with pytest.raises(ValueError, match="no JSON form"):
        dump_yaml(value)
