from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fairlead.adapters.helm.values import mask, secrets_in, write_values
from fairlead.formats.manifests import load_value_file
from fairlead.model.secret import SecretText

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT
VALUES = st.dictionaries(
    TEXT, st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=10)
)


def test_secrets_are_revealed_at_every_depth() -> None:
    values = {"a": SecretText("one"), "b": [{"c": SecretText("two")}], "d": ({"e": SecretText("three")},)}
    written = load_value_file(write_values(values).decode(), file="values")
    assert written == {"a": "one", "b": [{"c": "two"}], "d": [{"e": "three"}]}


@given(VALUES)
def test_values_are_read_back_as_they_were(values: dict[str, Any]) -> None:
    assert load_value_file(write_values(values).decode(), file="values") == values


def test_a_message_that_quotes_secrets_is_masked_the_longest_first() -> None:
    secrets = secrets_in({"a": SecretText("open"), "b": [SecretText("open sesame"), SecretText("")]})
    assert mask("it said: open sesame, then open", secrets) == "it said: ***, then ***"
