"""A terminal of some columns and rows that knows what the canvas and colours use, and fails on anything else."""

from __future__ import annotations

import re

from fairlead.formats.styled import cells

_TOKEN = re.compile(r"\x1b\[(\??)([0-9;]*)([A-Za-z])|\r|\n|[^\x1b\r\n]")


class LittleTerminal:
    """Lines that got too long for narrower columns are broken anew, as tmux does."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self.is_cursor_shown = self.is_wrapping = True
        self.colours: list[str] = []
        self._lines = [""]
        self._row = self._column = 0

    def text(self) -> list[str]:
        """What is on the screen, without the empty lines at its end."""
        return self.everything()[-self.rows :]

    def everything(self) -> list[str]:
        """With what was scrolled away; the empty line that the cursor is on is left out."""
        lines = [one.rstrip() for one in self._lines]
        return lines[: self._row] if not any(lines[self._row :]) else lines

    def resize(self, columns: int) -> None:
        broken: list[str] = []
        for index, one in enumerate(self._lines):
            if index == self._row:
                self._row = len(broken)
            pieces = [one[start : start + columns] for start in range(0, len(one), columns)]
            broken += pieces or [""]
        self._lines, self.columns = broken, columns

    def write(self, text: str) -> None:
        at = 0
        while at < len(text):
            token = _TOKEN.match(text, at)
            assert token, f"not understood: {text[at : at + 20]!r}"
            self._obey(token)
            at = token.end()

    def _obey(self, token: re.Match[str]) -> None:
        match token[0]:
            case "\r":
                self._column = 0
            case "\n":
                self._row += 1
                if self._row == len(self._lines):
                    self._lines.append("")
            case letter if not letter.startswith("\x1b"):
                self._put(letter)
            case _:
                self._control(token[1], token[2], token[3])

    def _control(self, private: str, numbers: str, letter: str) -> None:
        match private, letter, numbers:
            case "", "m", _:
                self.colours.append(numbers)
            case "", "A", _:
                top = max(0, len(self._lines) - self.rows)
                self._row = max(top, self._row - int(numbers or 1))
            case "", "K", "":
                # Behind the last column the cursor stands on it.
                self._lines[self._row] = self._lines[self._row][: min(self._column, self.columns - 1)]
            case "", "K", "2":
                self._lines[self._row] = ""
            case "", "J", "":
                self._lines[self._row] = self._lines[self._row][: self._column]
                del self._lines[self._row + 1 :]
            case "?", ("h" | "l"), "25":
                self.is_cursor_shown = letter == "h"
            case "?", ("h" | "l"), "7":
                self.is_wrapping = letter == "h"
            case _:
                raise AssertionError(f"not understood: {private}{numbers}{letter}")

    def _put(self, letter: str) -> None:
        if self._column >= self.columns and self.is_wrapping:
            self._obey_newline()
        line = self._lines[self._row].ljust(self._column)
        column = min(self._column, self.columns - 1)
        self._lines[self._row] = line[:column] + letter + line[column + 1 :]
        self._column = column + cells(letter)

    def _obey_newline(self) -> None:
        self._column = 0
        self._row += 1
        if self._row == len(self._lines):
            self._lines.append("")
