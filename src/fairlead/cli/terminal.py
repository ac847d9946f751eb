"""Long lines on a terminal: broken between words, the rest indented. In a pipe or a file a line stays one line."""

from __future__ import annotations

import shutil
import sys
import textwrap

import click

from fairlead.formats.plain_text import plain

_INDENT = 4


def say(text: str, *, err: bool = False) -> None:
    """Print *text*, which may hold several lines, for a person; without what a terminal would obey."""
    text = plain(text)
    stream = sys.stderr if err else sys.stdout
    if stream.isatty():
        width = shutil.get_terminal_size().columns
        text = "\n".join(_broken(line, width) for line in text.split("\n"))
    click.echo(text, err=err)


def _broken(line: str, width: int) -> str:
    if len(line) <= width:
        return line
    depth = len(line) - len(line.lstrip()) + _INDENT
    return textwrap.fill(line, width, subsequent_indent=" " * depth, break_long_words=False, break_on_hyphens=False)
