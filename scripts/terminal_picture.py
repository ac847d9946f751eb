"""What a terminal shows, captured with its colours, as an SVG without fonts, scripts or addresses of others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from fairlead.formats.styled import cells

CELL: Final = 8.4
ROW: Final = 18
MARGIN: Final = 14
BACKGROUND: Final = "#15181e"
FOREGROUND: Final = "#d8dee9"
COLOURS: Final = {
    31: "#f0717b",
    32: "#98c379",
    33: "#e5c07b",
    34: "#61afef",
    35: "#c678dd",
    36: "#56c8d8",
}
DIM: Final = "#8b93a1"

_SGR = re.compile(r"\x1b\[([0-9;]*)m")


class Pen:
    """The colour that text is written in; tmux tells changes, not states."""

    def __init__(self) -> None:
        self.colour = FOREGROUND
        self.is_bold = self.is_dim = False

    def obey(self, numbers: str) -> None:
        for number in map(int, (numbers or "0").split(";")):
            if number == 0:
                self.__init__()  # type: ignore[misc]  # as new
            elif number == 1:
                self.is_bold = True
            elif number == 2:
                self.is_dim = True
            elif number == 39:
                self.colour = FOREGROUND
            elif number in COLOURS:
                self.colour = COLOURS[number]

    def style(self) -> str:
        colour = DIM if self.is_dim and self.colour == FOREGROUND else self.colour
        bold = ' font-weight="bold"' if self.is_bold else ""
        return f'fill="{colour}"{bold}'


def svg_of(lines: Sequence[str], *, columns: int) -> str:
    """*lines* with SGR sequences, on a terminal of *columns*."""
    width = round(columns * CELL + 2 * MARGIN)
    height = len(lines) * ROW + 2 * MARGIN
    pen = Pen()
    texts = "".join(text for number, line in enumerate(lines) for text in _texts(line, number, pen))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">\n'
        f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>\n'
        f'<g font-family="ui-monospace, DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14">\n'
        f"{texts}</g>\n</svg>\n"
    )


def _texts(line: str, number: int, pen: Pen) -> Iterator[str]:
    column = 0
    baseline = MARGIN + (number + 1) * ROW - 5
    for index, part in enumerate(_SGR.split(line)):
        if index % 2:
            pen.obey(part)
            continue
        # Each word has its own place: the next machine's font may be wider.
        for word in re.finditer(r"\S+(?: \S+)*", part):
            left = MARGIN + (column + cells(part[: word.start()])) * CELL
            length = cells(word[0]) * CELL
            where = f'x="{left:.1f}" y="{baseline}" textLength="{length:.1f}"'
            yield f"<text {where} {pen.style()}>{escape(word[0])}</text>\n"
        column += cells(part)
