"""What the record holds as HMACs comes back from an object that has the values, and from no other."""

from __future__ import annotations

import base64
import string
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fairlead.formats.secret_masking import mask_manifest
from fairlead.formats.unmasking import unmask

KEY = b"k" * 32
TEXTS = st.text(alphabet=string.ascii_letters + string.digits + " ü$\\", min_size=6, max_size=12)


def secret(**values: str) -> dict[str, Any]:
    coded = {name: base64.b64encode(value.encode()).decode() for name, value in values.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "labels": {"a": "b"}}, "data": coded}


def settings(text: str) -> dict[str, Any]:
    url = f"postgres://u:{text}@db"
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"url": url, "n": "1"}}


# A secret that is a word of every object hides that word, too: then only rendering gives the object back.
TELLING = TEXTS.filter(lambda text: text not in str(settings("")))


def test_what_holds_no_secret_needs_no_witness() -> None:
    found = unmask(settings("x"), None, key=KEY)
    assert found is not None
    assert found.manifest == settings("x")


@given(st.dictionaries(st.text(alphabet=string.ascii_lowercase, min_size=1), TEXTS, min_size=1, max_size=4))
def test_a_secret_comes_back_from_a_live_one_with_the_same_values(values: dict[str, str]) -> None:
    kept = mask_manifest(secret(**values), (), key=KEY)
    live = {**secret(**values, more="foreign"), "metadata": {"name": "s"}}
    found = unmask(kept, live, key=KEY)
    assert found is not None
    assert found.manifest == secret(**values)


def test_a_secret_does_not_come_back_from_another_value() -> None:
    kept = mask_manifest(secret(password="old one"), (), key=KEY)
    assert unmask(kept, secret(password="new one"), key=KEY) is None
    assert unmask(kept, secret(other="old one"), key=KEY) is None
    assert unmask(kept, None, key=KEY) is None
    assert unmask(kept, secret(password="old one"), key=b"another key") is None


@given(TELLING)
def test_a_secret_text_in_another_object_comes_back_and_is_named(text: str) -> None:
    kept = mask_manifest(settings(text), (text,), key=KEY)
    assert text not in str(kept)
    found = unmask(kept, settings(text), key=KEY)
    assert found is not None
    assert found.manifest == settings(text)
    assert found.texts == {text}


@given(TELLING, TELLING)
def test_a_secret_text_in_another_object_does_not_come_back_from_another(text: str, other: str) -> None:
    kept = mask_manifest(settings(text), (text,), key=KEY)
    assert (unmask(kept, settings(other), key=KEY) is not None) == (text == other)
