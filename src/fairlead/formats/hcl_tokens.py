"""Tokens of HCL's native syntax, with their places. A template is one token that keeps where its expressions stand."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from fairlead.model.errors import InputError
from fairlead.model.finding import Location

_SPACE: Final = re.compile(r"(?:[ \t\r]+|\#[^\n]*|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_HEREDOC: Final = re.compile(r"<<-?([^\W\d][\w-]*)[ \t]*\r?\n")
_PLAIN: Final = re.compile(
    r"(?P<newline>\n)|(?P<word>[^\W\d][\w-]*)|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"
    r"|(?P<mark>\.\.\.|::|=>|==|!=|<=|>=|&&|\|\||[-+*/%<>!=?:.,(){}\[\]])"
)
_OPENS: Final = re.compile(r"\$\$\{|%%\{|\$\{~?|%\{~?|\\.|\"|\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Token:
    """*parts* of a template are the spans of its expressions, and whether each is a directive (`%{`)."""

    kind: str
    text: str
    start: int
    end: int
    parts: tuple[tuple[int, int, bool], ...] = ()


@dataclass(frozen=True, kw_only=True)
class HclText:
    text: str
    file: str

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def location(self, offset: int) -> Location:
        line = bisect_right(self._lines, offset)
        return Location(self.file, line, offset - self._lines[line - 1] + 1)

    def fault(self, message: str, offset: int) -> InputError:
        return InputError(message, hint="correct the syntax", location=self.location(min(offset, len(self.text))))

    def tokens(self, start: int, end: int) -> Iterator[Token]:
        """Those between two offsets, with an `end` token last. Raises InputError."""
        position = start
        while True:
            if space := _SPACE.match(self.text, position, end):
                position = space.end()
            if position >= end:
                yield Token("end", "", end, end)
                return
            token = self._token(position, end)
            yield token
            position = token.end

    def _token(self, position: int, end: int) -> Token:
        if self.text[position] == '"':
            return self._template(position, end)
        if heredoc := _HEREDOC.match(self.text, position, end):
            return self._heredoc(heredoc, end)
        found = _PLAIN.match(self.text, position, end)
        if found is None or found.lastgroup is None:
            raise self.fault(f"{self.text[position]!r} is not expected here", position)
        return Token(found.lastgroup, found[0], position, found.end())

    def _template(self, start: int, end: int) -> Token:
        parts: list[tuple[int, int, bool]] = []
        position = start + 1
        while match := _OPENS.search(self.text, position, end):
            if match[0] == '"':
                return Token("template", self.text[start + 1 : match.start()], start, match.end(), tuple(parts))
            if match[0] == "\n":
                break
            position = self._past(match, end, parts)
        raise self.fault("a string is not closed", start)

    def _heredoc(self, opening: re.Match[str], end: int) -> Token:
        closing = re.compile(rf"^[ \t]*{re.escape(opening[1])}[ \t]*\r?$", re.MULTILINE)
        last = closing.search(self.text, opening.end(), end)
        if last is None:
            raise self.fault(f"the text that starts with <<{opening[1]} is not closed", opening.start())
        parts: list[tuple[int, int, bool]] = []
        position = opening.end()
        while match := _OPENS.search(self.text, position, last.start()):
            is_text = match[0] in ('"', "\n") or match[0].startswith("\\")
            # In a heredoc a backslash and a quote are themselves.
            position = match.start() + 1 if is_text else self._past(match, last.start(), parts)
        return Token("heredoc", self.text[opening.end() : last.start()], opening.start(), last.end(), tuple(parts))

    def _past(self, match: re.Match[str], end: int, parts: list[tuple[int, int, bool]]) -> int:
        """The offset after what *match* opens."""
        if match[0].rstrip("~") not in ("${", "%{"):
            return match.end()
        closing = self._closing(match.end(), end)
        inner = closing - 1 if self.text[closing - 1] == "~" else closing
        parts.append((match.end(), inner, match[0].startswith("%")))
        return closing + 1

    def _closing(self, position: int, end: int) -> int:
        """The offset of the brace that closes what was opened before *position*."""
        depth, start = 1, position
        while position < end:
            if self.text[position] == '"':
                position = self._template(position, end).end
                continue
            if space := _SPACE.match(self.text, position, end):
                position = space.end()
                continue
            depth += {"{": 1, "}": -1}.get(self.text[position], 0)
            if depth == 0:
                return position
            position += 1
        raise self.fault("an expression in a string is not closed", start)
