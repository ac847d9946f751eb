from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from fairlead.formats.compound_names import compound_name

parts = st.lists(st.from_regex(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", fullmatch=True), min_size=2, max_size=3)


def test_plain_parts_are_joined() -> None:
    assert compound_name("homelab", "local", "infra", longest=63) == "homelab-local-infra"


def test_what_could_be_read_in_two_ways_is_told_apart() -> None:
    assert compound_name("a", "b-c", longest=63) != compound_name("a-b", "c", longest=63)


@given(parts, parts)
def test_other_parts_give_another_name(one: list[str], other: list[str]) -> None:
    assert (compound_name(*one, longest=40) == compound_name(*other, longest=40)) == (one == other)


@given(parts)
def test_it_is_a_label_of_at_most_that_length(some: list[str]) -> None:
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?", compound_name(*some, longest=40))
