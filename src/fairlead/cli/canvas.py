"""Paints lines in place at the end of what a terminal shows, and paints over them. Everything above stays as it is.

Between two frames the terminal is as it always is (cursor shown, long lines wrap), so that even kill -9 leaves a sane
one. A frame writes only the lines that differ from the last one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fairlead.formats.styled import Line, cells, text_of

_BEGIN, _END = "\x1b[?25l\x1b[?7l", "\x1b[?7h\x1b[?25h"
_TO_END_OF_LINE, _TO_END_OF_SCREEN, _ERASE_LINE = "\x1b[K", "\x1b[J", "\x1b[2K\r\n"


@dataclass(slots=True)
class Canvas:
    """What is painted now: *lines* on a terminal of *columns*. Each method returns what to write."""

    lines: tuple[str, ...] = ()
    _widths: tuple[int, ...] = field(default=())
    _columns: int = 0

    def paint(self, lines: Sequence[Line], painted: Sequence[str], *, columns: int, above: Sequence[str] = ()) -> str:
        """Put *lines* in the place of what was painted; *painted* has their colours. *above* is left behind, above."""
        if tuple(painted) == self.lines and columns == self._columns and not above:
            return ""
        is_anew = columns != self._columns or bool(above)
        start = self._to_start(columns)
        shown = () if is_anew else self.lines
        # Erased first: behind a line that fills the terminal, the cursor stands on its last letter.
        body = "".join(f"{_TO_END_OF_LINE}{text}\r\n" for text in above)
        for index, text in enumerate(painted):
            same = index < len(shown) and shown[index] == text
            body += "\r\n" if same else f"{_TO_END_OF_LINE}{text}\r\n"
        self.lines, self._columns = tuple(painted), columns
        self._widths = tuple(cells(text_of(one)) for one in lines)
        return f"{_BEGIN}{start}{body}{_TO_END_OF_SCREEN}{_END}"

    def erase(self, *, columns: int) -> str:
        """Take away what was painted, also where the last frame was cut off."""
        if not self._columns:
            return ""
        start, height = self._to_start(columns), self._height(columns)
        self.lines, self._widths, self._columns = (), (), 0
        # Line by line: where all of the screen is erased at once, tmux keeps a copy in its history. What is below is
        # the echo of a key.
        back = f"\x1b[{height}A" if height else ""
        return f"{start}{_ERASE_LINE * height}{_TO_END_OF_SCREEN}{back}{_END}"

    def _to_start(self, columns: int) -> str:
        """Move to the first painted line."""
        height = self._height(columns)
        return f"\r\x1b[{height}A" if height else ""

    def _height(self, columns: int) -> int:
        """Rows that are painted. Terminals break lines anew when they get narrower, tmux among them."""
        return sum(max(1, -(-width // max(1, columns))) for width in self._widths)
