from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.formats.digests import (
    LAST_APPLIED,
    canonical_json,
    digest,
    digest_bytes,
    fold_string_data,
    keyed_digest,
    mask_secret_values,
)

KEY = b"environment key"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=4), below, max_size=3),
    max_leaves=8,
)


def secret(**fields: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}, **fields}


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def turned(value: Any) -> Any:
    """*value* with the entries of each map in the opposite order."""
    if isinstance(value, dict):
        return {name: turned(value[name]) for name in reversed(value)}
    return [turned(item) for item in value] if isinstance(value, list) else value


def test_digest_of_a_known_value() -> None:
    assert digest({"b": 1, "a": [True, None]}) == digest_bytes(b'{"a":[true,null],"b":1}')


@given(JSON)
def test_the_order_of_keys_takes_no_part(value: Any) -> None:
    assert canonical_json(value) == canonical_json(turned(value))


@given(JSON)
def test_a_keyed_digest_depends_on_the_key(value: Any) -> None:
    assert keyed_digest(value, key=KEY) == keyed_digest(turned(value), key=KEY)
    assert keyed_digest(value, key=KEY) != keyed_digest(value, key=b"other")


def test_an_empty_key_is_refused() -> None:
    with pytest.raises(ValueError, match="key"):
        mask_secret_values(secret(data={"a": "eA=="}), b"")


def test_string_data_is_folded_over_data() -> None:
    folded = fold_string_data(
        secret(data={"a": encoded("old"), "b": encoded("kept")}, stringData={"a": "new", "c": None})
    )
    assert folded == secret(data={"a": encoded("new"), "b": encoded("kept"), "c": ""})


def test_folding_leaves_other_kinds_alone() -> None:
    other = {"apiVersion": "example.com/v1", "kind": "Secret", "stringData": {"a": "b"}}
    assert fold_string_data(other) is other


def test_folding_leaves_to_the_server_what_is_no_text() -> None:
    assert fold_string_data(secret(stringData={"a": 1})) == secret(stringData={"a": 1})


def test_folding_leaves_no_empty_data() -> None:
    assert fold_string_data(secret(stringData={})) == secret()


@given(st.dictionaries(st.text(max_size=4), st.text(max_size=6), max_size=4))
def test_masking_is_the_same_before_and_after_folding(values: dict[str, str]) -> None:
    plain = secret(stringData=values)
    masked, folded = mask_secret_values(plain, KEY), mask_secret_values(fold_string_data(plain), KEY)
    assert masked["stringData"] == folded.get("data", {})


def test_masking_hides_every_value() -> None:
    hidden = mask_secret_values(
        secret(
            metadata={"name": "db", "annotations": {LAST_APPLIED: '{"data": "hunter2"}', "team": "shop"}},
            data={"password": encoded("hunter2"), "broken": "hunter2!"},
            stringData={"other": "hunter2"},
        ),
        KEY,
    )
    text = canonical_json(hidden).decode()
    assert "hunter2" not in text
    assert encoded("hunter2") not in text
    assert hidden["metadata"]["annotations"]["team"] == "shop"


def test_equal_passwords_under_two_names_do_not_show_as_equal() -> None:
    masked = mask_secret_values(secret(data={"a": encoded("x"), "b": encoded("x")}), KEY)["data"]
    assert masked["a"] != masked["b"]


def test_masking_does_not_touch_its_argument() -> None:
    original = secret(data={"a": encoded("x")})
    mask_secret_values(original, KEY)
    assert original == secret(data={"a": encoded("x")})
