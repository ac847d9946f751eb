"""A YAML file that Go's templates are in: what can be said of it without evaluating them.

Each action is covered by a stand-in of the same length, so that the rest can be read and places stay what they are. An
action on lines of its own becomes a comment; one inside a value becomes part of a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from fairlead.model.frozen import dataclass

STAND_IN: Final = "\ue000"
_ACTION: Final = re.compile(r"\{\{(?:\"(?:\\.|[^\"\\])*\"|`[^`]*`|/\*.*?\*/|(?!\}\}).)*\}\}", re.DOTALL)
_WORD: Final = re.compile(r"\{\{-?\s*(/\*|[A-Za-z]+|\$[A-Za-z0-9_]*\s*:?=(?!=))?")
_OPENING: Final = frozenset(("if", "range", "with", "block", "define"))
_SILENT: Final = _OPENING | {"end", "else", "break", "continue", "/*"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """*text* with stand-ins. *blocks* are spans from an opening action to its end; *printing* is where an action on
    lines of its own begins that may print anything, None where there is none."""

    text: str
    blocks: tuple[tuple[int, int], ...] = ()
    printing: int | None = None

    def is_inside(self, start: int, end: int) -> bool:
        """Whether any of the span lies in a block of a template."""
        return any(start < last and end > first for first, last in self.blocks)


def cover(text: str) -> Covered:
    """*text*, which is a template."""
    blocks: list[tuple[int, int]] = []
    open_at: list[int] = []
    printing: int | None = None
    parts: list[str] = []
    done = 0
    for match in _ACTION.finditer(text):
        word = _word(match[0])
        own_lines = _stands_alone(text, match)
        if own_lines and printing is None and word not in _SILENT and not word.startswith("$"):
            printing = match.start()
        if word in _OPENING:
            open_at.append(match.start())
        elif word == "end" and open_at:
            blocks.append((open_at.pop(), match.end()))
        parts += (text[done : match.start()], "".join(_stand_in(match[0], own_lines)))
        done = match.end()
    blocks += [(start, len(text)) for start in open_at]
    return Covered(text="".join(parts) + text[done:], blocks=tuple(blocks), printing=printing)


def _word(action: str) -> str:
    found = _WORD.match(action)
    return (found[1] or "").strip() if found else ""


def _stands_alone(text: str, match: re.Match[str]) -> bool:
    """Whether only further actions are on its lines."""
    first = max(text.rfind("\n", 0, match.start()), text.rfind("\r", 0, match.start())) + 1
    last = re.compile(r"\r|\n|\Z").search(text, match.end())
    around = text[first : last.start() if last else len(text)]
    return not _ACTION.sub("", around).strip()


def _stand_in(action: str, own_lines: bool) -> Iterator[str]:
    starts = own_lines
    for letter in action:
        if letter in "\r\n":
            yield letter if own_lines else " "
            starts = own_lines
        else:
            yield "#" if starts else STAND_IN
            starts = False
