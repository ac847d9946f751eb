"""Painting in place, on a little terminal that obeys what the canvas writes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fairlead.cli.canvas import Canvas
from fairlead.formats.styled import line, text_of
from unit.cli.little_terminal import LittleTerminal


def paint(canvas: Canvas, terminal: LittleTerminal, *texts: str, above: tuple[str, ...] = ()) -> None:
    lines = [line(text) for text in texts]
    painted = [text_of(one) for one in lines]
    terminal.write(canvas.paint(lines, painted, columns=terminal.columns, above=above))


def test_a_frame_takes_the_place_of_the_last_one() -> None:
    terminal, canvas = LittleTerminal(20, 6), Canvas()
    terminal.write("before\r\n")
    paint(canvas, terminal, "one", "two", "three")
    paint(canvas, terminal, "one", "2")
    assert terminal.text() == ["before", "one", "2"]


def test_what_is_told_stays_above() -> None:
    terminal, canvas = LittleTerminal(20, 6), Canvas()
    paint(canvas, terminal, "one", "two")
    paint(canvas, terminal, "one", "two", above=("told",))
    paint(canvas, terminal, "1", "2")
    assert terminal.text() == ["told", "1", "2"]


def test_lines_that_are_as_they_were_are_not_written_again() -> None:
    canvas = Canvas()
    lines = [line("steady"), line("moves")]
    canvas.paint(lines, ["steady", "moves"], columns=80)
    assert "steady" not in canvas.paint(lines, ["steady", "moved"], columns=80)
    assert canvas.paint(lines, ["steady", "moved"], columns=80) == ""


def test_erased_the_terminal_is_as_it_was() -> None:
    terminal, canvas = LittleTerminal(20, 6), Canvas()
    terminal.write("before\r\n")
    paint(canvas, terminal, "one", "two")
    terminal.write(canvas.erase(columns=20))
    assert terminal.text() == ["before"]
    assert canvas.erase(columns=20) == ""


def test_keys_that_were_echoed_below_are_erased_too() -> None:
    terminal, canvas = LittleTerminal(20, 6), Canvas()
    paint(canvas, terminal, "one")
    terminal.write("^C")
    terminal.write(canvas.erase(columns=20))
    assert terminal.everything() == []


def test_a_line_that_fills_the_terminal_keeps_its_last_letter() -> None:
    terminal, canvas = LittleTerminal(20, 6), Canvas()
    paint(canvas, terminal, "a" * 20, above=("b" * 20,))
    assert terminal.text() == ["b" * 20, "a" * 20]


def test_between_two_frames_the_cursor_is_shown_and_lines_wrap() -> None:
    terminal, canvas = LittleTerminal(20, 6), Canvas()
    for number in range(3):
        paint(canvas, terminal, f"frame {number}")
        assert terminal.is_cursor_shown
        assert terminal.is_wrapping


def test_after_a_frame_that_was_cut_off_the_cursor_is_shown_and_lines_wrap() -> None:
    for texts in (["one", "two"], []):
        terminal, canvas = LittleTerminal(20, 6), Canvas()
        frame = canvas.paint([line(text) for text in texts], texts, columns=20)
        terminal.write(frame[: frame.index("l\x1b[?7l") + len("l\x1b[?7l")])
        assert not terminal.is_cursor_shown
        terminal.write(canvas.erase(columns=20))
        assert terminal.is_cursor_shown
        assert terminal.is_wrapping


def test_a_terminal_that_got_narrower_keeps_nothing_of_the_wide_frame() -> None:
    terminal, canvas = LittleTerminal(20, 12), Canvas()
    terminal.write("before\r\n")
    paint(canvas, terminal, "a" * 20, "b" * 15)
    terminal.resize(10)
    paint(canvas, terminal, "c" * 10, "d")
    assert terminal.text() == ["before", "c" * 10, "d"]


frames = st.lists(st.lists(st.text("abc", max_size=9), max_size=5), min_size=1, max_size=6)


@given(frames)
def test_after_any_frames_the_last_one_is_seen(shown: list[list[str]]) -> None:
    terminal, canvas = LittleTerminal(9, 6), Canvas()
    for number, texts in enumerate(shown):
        paint(canvas, terminal, *texts, above=(f"t{number}",) if number % 3 == 2 else ())
    told = [f"t{number}" for number in range(len(shown)) if number % 3 == 2]
    assert terminal.everything() == [*told, *shown[-1]]
