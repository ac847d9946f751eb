"""Lines with tones: widths in cells, wrapping and cutting of any text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.formats.styled import (
    Line,
    Tone,
    ascii_only,
    cells,
    coloured,
    cut,
    line,
    padded,
    span,
    text_of,
    wrapped,
    wrapped_within,
)

letters = st.characters(exclude_categories=["Cs"]) | st.sampled_from("   ab字é\u0301\x1b\n")
texts = st.text(letters, max_size=60)
lines = st.lists(st.builds(span, texts, st.sampled_from(Tone)), max_size=4).map(tuple)
widths = st.integers(min_value=1, max_value=40)


def width(one: Line) -> int:
    return sum(cells(part.text) for part in one)


@given(lines, widths)
def test_cut_lines_fit(one: Line, columns: int) -> None:
    assert width(cut(one, columns)) <= columns


@given(lines, widths, st.integers(min_value=0, max_value=50))
def test_wrapped_lines_fit(one: Line, columns: int, indent: int) -> None:
    assert all(width(part) <= columns for part in wrapped(one, columns, indent=indent))


@given(lines, st.integers(min_value=4, max_value=40))
def test_wrapping_loses_no_letter(one: Line, columns: int) -> None:
    found = "".join(text_of(part) for part in wrapped(one, columns, indent=2))
    assert re.sub(r"\s", "", found) == re.sub(r"\s", "", text_of(one))


@given(lines, widths, st.integers(min_value=1, max_value=3))
def test_wrapping_within_bounds_keeps_both(one: Line, columns: int, most: int) -> None:
    found = wrapped_within(one, columns, indent=3, most=most)
    assert len(found) <= most
    assert all(width(part) <= columns for part in found)


@given(texts, st.integers(min_value=0, max_value=20))
def test_padding_is_exact(text: str, columns: int) -> None:
    clean = span(text).text
    assert cells(padded(clean, columns)) == columns


@given(lines)
def test_no_line_holds_what_a_terminal_obeys_but_its_own_colours(one: Line) -> None:
    shown = re.sub(r"\x1b\[[0-9;]+m", "", coloured(one))
    assert shown.rstrip() == text_of(one)
    assert "\x1b" not in shown
    assert "\n" not in shown


def test_colours_are_ended() -> None:
    assert coloured(line("a ", span("b", Tone.BAD), " c")) == "a \x1b[31mb\x1b[0m c"


def test_wide_letters_take_two_cells() -> None:
    assert cells("字é\u0301") == 3
    assert text_of(cut(line("字字字"), 4)) == "字…"


@pytest.mark.parametrize(("shown", "plain"), [("✓ ✗ – ·", "+ x - ."), ("⠋ a", "* a"), ("ü…", "?~")])
def test_marks_have_a_likeness_in_ascii(shown: str, plain: str) -> None:
    assert ascii_only(shown) == plain


def test_wrapping_indents_what_follows() -> None:
    found = wrapped(line("name  ", span("one two three four", Tone.DIM)), 14, indent=6)
    assert [text_of(part) for part in found] == ["name  one two", "      three", "      four"]
