"""Lines whose parts say what they mean (good, bad, at work), and how they become plain text or text with colour.

A line never holds a control character: every span is cleaned when it is made by `span`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from fairlead.formats.plain_text import one_line


class Tone(StrEnum):
    PLAIN = ""
    STRONG = "1"
    DIM = "2"
    GOOD = "32"
    CHANGED = "33"
    BAD = "31"
    WORST = "1;31"
    ACTIVE = "36"
    """The value is the SGR parameter: the eight colours that every terminal and every theme has."""


class Span(NamedTuple):
    text: str
    tone: Tone = Tone.PLAIN


Line = tuple[Span, ...]

_ASCII = str.maketrans(
    {"✓": "+", "✗": "x", "–": "-", "·": ".", "…": "~", "→": ">", "±": "%", "⏎": " ", "�": "?", "●": "*", "━": "="}
)


def span(text: str, tone: Tone = Tone.PLAIN) -> Span:
    """A span of text from anywhere, on one line and without what a terminal would obey."""
    return Span(one_line(text), tone)


def line(*parts: str | Span) -> Line:
    return tuple(part if isinstance(part, Span) else span(part) for part in parts)


def text_of(one: Line) -> str:
    return "".join(part.text for part in one).rstrip()


def coloured(one: Line) -> str:
    """With SGR sequences; each is ended on the line that began it."""
    return "".join(f"\x1b[{tone.value}m{text}\x1b[0m" if tone and text else text for text, tone in one).rstrip()


def ascii_only(text: str) -> str:
    """For terminals that know no more: marks have a likeness, the rest is `?`."""
    spun = "".join("*" if "⠀" <= letter <= "⣿" else letter for letter in text.translate(_ASCII))
    return spun.encode("ascii", "replace").decode()


def cells(text: str) -> int:
    """Columns that *text* takes on a terminal."""
    return len(text) if text.isascii() else sum(map(_cells_of, text))


def _cells_of(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in ("W", "F") else 1


def cut(one: Line, columns: int) -> Line:
    """*one* in at most *columns* cells; `…` stands for what is left out."""
    if sum(cells(part.text) for part in one) <= columns:
        return one
    if columns <= 0:
        return ()
    found: list[Span] = []
    room = columns - 1
    for text, tone in one:
        taken = _head(text, room)
        found.append(Span(taken, tone))
        room -= cells(taken)
        if len(taken) < len(text):
            break
    return (*found, Span("…", Tone.DIM))


def _head(text: str, columns: int) -> str:
    taken = 0
    for index, letter in enumerate(text):
        taken += _cells_of(letter)
        if taken > columns:
            return text[:index]
    return text


def padded(text: str, columns: int) -> str:
    """*text* in exactly *columns* cells; what is too long is cut."""
    fitting = text if cells(text) <= columns else f"{_head(text, max(0, columns - 1))}…" if columns > 0 else ""
    return fitting + " " * (columns - cells(fitting))


def wrapped(one: Line, columns: int, *, indent: int = 4) -> tuple[Line, ...]:
    """*one* broken between words; what follows is indented by *indent* cells. A word longer than a line is broken."""
    if sum(cells(part.text) for part in one) <= columns:
        return (one,)
    indent = min(indent, columns // 2)
    lines: list[list[Span]] = [[]]
    room = columns
    for text, tone in _words(one):
        word = text
        if cells(word.rstrip()) > room and room < columns - indent:
            lines.append([Span(" " * indent)])
            room = columns - indent
        while cells(word.rstrip()) > room:
            head = _head(word, room) or word[:1]
            lines[-1].append(Span(head, tone))
            lines.append([Span(" " * indent)])
            word, room = word[len(head) :], columns - indent
        lines[-1].append(Span(word, tone))
        room -= cells(word)
    return tuple(cut(_trimmed(found), columns) for found in lines)


def wrapped_within(one: Line, columns: int, *, indent: int, most: int) -> tuple[Line, ...]:
    """As `wrapped`, in at most *most* lines; `…` stands for the rest."""
    if most == 1:
        return (cut(one, columns),)
    lines = wrapped(one, columns, indent=indent)
    if len(lines) <= most:
        return lines
    return (*lines[: most - 1], cut((*lines[most - 1], Span("…", Tone.DIM)), columns))


def _words(one: Line) -> Iterator[Span]:
    """Each word with the spaces behind it."""
    for text, tone in one:
        start = 0
        for index in range(1, len(text)):
            if text[index - 1] == " " and text[index] != " ":
                yield Span(text[start:index], tone)
                start = index
        if text:
            yield Span(text[start:], tone)


def _trimmed(parts: Sequence[Span]) -> Line:
    return (*parts[:-1], Span(parts[-1].text.rstrip(), parts[-1].tone)) if parts else ()
