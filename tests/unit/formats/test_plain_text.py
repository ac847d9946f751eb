from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fairlead.formats.plain_text import one_line, plain


def test_escape_sequences_lose_their_power() -> None:
    assert plain("a\x1b[2Jb\x9bc\rd\n\te") == "a�[2Jb�c�d\n\te"


def test_one_line_shows_where_lines_ended() -> None:
    assert one_line("a\nb\tc\n") == "a⏎b c"


@given(st.text(st.characters(exclude_categories=["Cc"])))
def test_nothing_else_changes(text: str) -> None:
    assert plain(text) == one_line(text) == text


@given(st.text())
def test_one_line_is_one_line(text: str) -> None:
    assert "\n" not in one_line(text)
