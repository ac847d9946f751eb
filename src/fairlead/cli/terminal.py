"""What goes to a terminal or a pipe. On a terminal long lines are broken between words, the rest indented, and tones
are colours; in a pipe or a file a line stays one line, and there is no colour."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TextIO

import click

from fairlead.formats.plain_text import plain
from fairlead.formats.styled import Line, ascii_only, coloured, line, text_of, wrapped

_INDENT = 4
_FALLBACK = os.terminal_size((80, 24))


@dataclass(frozen=True, slots=True)
class Terminal:
    """The terminal behind *stream*. *is_coloured*: see `has_colour`."""

    stream: TextIO
    is_coloured: bool

    @classmethod
    def of(cls, stream: TextIO) -> Terminal:
        return cls(stream, is_coloured=has_colour(stream, os.environ))

    def size(self) -> os.terminal_size:
        try:
            found = os.get_terminal_size(self.stream.fileno())
        except (OSError, ValueError):
            return _FALLBACK
        return found if found.columns and found.lines else _FALLBACK

    def encoded(self, one: Line) -> str:
        """*one* as this terminal can show it."""
        text = coloured(one) if self.is_coloured else text_of(one)
        try:
            text.encode(self.stream.encoding or "ascii")
        except UnicodeEncodeError:
            return ascii_only(text)
        return text

    def broken(self, text: str, columns: int) -> list[str]:
        return [self.encoded(one) for one in _broken(line(text), columns)]

    def write(self, text: str) -> None:
        """Past the stream's buffer: what is half written must not be written again at the end."""
        left = text.encode(self.stream.encoding or "ascii", "replace")
        while left:
            left = left[os.write(self.stream.fileno(), left) :]


def has_colour(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """On a terminal that knows colours, unless NO_COLOR or --no-color says no."""
    context = click.get_current_context(silent=True)
    if (context is not None and context.color is False) or environ.get("NO_COLOR"):
        return False
    return stream.isatty() and environ.get("TERM", "dumb") != "dumb"


def can_repaint(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether *stream* is a terminal that moves its cursor, with a person before it, who does not want every line."""
    wants_lines = environ.get("CI") or environ.get("FAIRLEAD_DEBUG")
    return stream.isatty() and environ.get("TERM", "dumb") != "dumb" and not wants_lines


def columns_of_stdout() -> int:
    """0 where stdout is no terminal."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 0


def say(text: str, *, err: bool = False) -> None:
    """Print *text*, which may hold several lines, for a person; without what a terminal would obey."""
    show((line(one) for one in plain(text).split("\n")), err=err)


def show(lines: Iterable[Line], *, err: bool = False) -> None:
    """Print *lines* for a person."""
    stream = sys.stderr if err else sys.stdout
    terminal = Terminal.of(stream)
    columns = shutil.get_terminal_size().columns if stream.isatty() else 0
    for one in lines:
        for part in _broken(one, columns) if columns else (one,):
            click.echo(terminal.encoded(part), file=stream, color=terminal.is_coloured)


def _broken(one: Line, columns: int) -> tuple[Line, ...]:
    text = text_of(one)
    return wrapped(one, columns, indent=len(text) - len(text.lstrip()) + _INDENT)
