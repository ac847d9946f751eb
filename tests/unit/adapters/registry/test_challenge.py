from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.adapters.registry.challenge import Challenge, parse_challenge

words = st.from_regex(r"[a-z]{1,8}", fullmatch=True)
texts = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)


@given(scheme=words, parameters=st.dictionaries(words, texts, min_size=1, max_size=4))
def test_what_is_written_is_read(scheme: str, parameters: dict[str, str]) -> None:
    def quoted(text: str) -> str:
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'

    header = f"{scheme.title()} " + ",".join(f"{name}={quoted(value)}" for name, value in parameters.items())
    assert parse_challenge(header) == Challenge(scheme=scheme, parameters=parameters)


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("", Challenge(scheme="", parameters={})),
        ("Basic", Challenge(scheme="basic", parameters={})),
        ("BASIC realm=plain", Challenge(scheme="basic", parameters={"realm": "plain"})),
        (
            'Bearer realm="https://a.test/token", service=a.test',
            Challenge(scheme="bearer", parameters={"realm": "https://a.test/token", "service": "a.test"}),
        ),
    ],
)
def test_other_forms(header: str, found: Challenge) -> None:
    assert parse_challenge(header) == found
