"""Tokens of HCL's native syntax, with their places. A template is one token that keeps where its expressions stand."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from fairlead.model.errors import InputError
from fairlead.model.finding import Location

_COMMENT: Final = r"\#[^\n]*|//[^\n]*|/\*.*?\*/"
_SPACE: Final = re.compile(rf"(?>[ \t\r]+|{_COMMENT})+", re.DOTALL)
_TOKEN: Final = re.compile(
    rf"(?>[ \t\r]+|{_COMMENT})*+(?:(?P<newline>\n\s*)|(?P<path>[^\W\d][\w-]*(?:\.[^\W\d][\w-]*)+)"
    r"|(?P<word>[^\W\d][\w-]*)"
    r"|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|\"(?P<text>[^\"\\$%\n]*)\"|(?P<template>\")"
    r"|(?P<heredoc><<-?[^\W\d][\w-]*)[ \t]*\r?\n"
    r"|(?P<mark>\.\.\.|::|=>|==|!=|<=|>=|&&|\|\||[-+*/%<>!=?:.,(){}\[\]]))",
    re.DOTALL,
)
_PLAIN: Final = frozenset(("word", "path", "newline", "number"))
_INNER: Final = r"\$\$\{|%%\{|\$\{~?|%\{~?"
_OPENS: Final = re.compile(rf"{_INNER}|\\.|\"|\n", re.DOTALL)
_OPENS_IN_HEREDOC: Final = re.compile(_INNER)  # a backslash and a quote are themselves there
_BRACE: Final = re.compile(rf"[\"{{}}]|{_COMMENT}", re.DOTALL)


class Token(NamedTuple):
    """*kind* of a mark is the mark itself; `a.b` is a path. *parts* of a template are the spans of its expressions, and
    whether each is a directive (`%{`)."""

    kind: str
    text: str
    start: int
    end: int
    parts: tuple[tuple[int, int, bool], ...] = ()


@dataclass(frozen=True, kw_only=True)
class HclText:
    """*place*: where *text* stands as a whole, if it is not that of a file."""

    text: str
    file: str
    place: Location | None = None

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def location(self, offset: int) -> Location:
        if self.place:
            return self.place
        line = bisect_right(self._lines, offset)
        return Location(self.file, line, offset - self._lines[line - 1] + 1)

    def fault(self, message: str, offset: int) -> InputError:
        return InputError(message, hint="correct the syntax", location=self.location(min(offset, len(self.text))))

    def tokens(self, start: int, end: int) -> Iterator[Token]:
        """Those between two offsets, with `end` tokens after them. Raises InputError."""
        text, match = self.text, _TOKEN.match
        position = start
        while found := match(text, position, end):
            kind = found.lastgroup or ""
            position = found.end()
            if kind in _PLAIN:
                yield Token(kind, found[kind], found.start(kind), position)
            elif kind == "mark":
                mark = found[kind]
                yield Token(mark, mark, position - len(mark), position)
            elif kind == "text":
                yield Token("template", found[kind], found.start(kind) - 1, position)
            else:
                token = self._template(position - 1, end) if kind == "template" else self._heredoc(found, end)
                yield token
                position = token.end
        if space := _SPACE.match(text, position, end):
            position = space.end()
        if position < end:
            raise self.fault(f"{text[position]!r} is not expected here", position)
        while True:
            yield Token("end", "", end, end)

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
        start, name = opening.start("heredoc"), opening["heredoc"].lstrip("<-")
        last = re.compile(rf"^[ \t]*{re.escape(name)}[ \t]*\r?$", re.MULTILINE).search(self.text, opening.end(), end)
        if last is None:
            raise self.fault(f"the text that starts with <<{name} is not closed", start)
        return self.plain(opening.end(), last.start())._replace(start=start, end=last.end())

    def plain(self, start: int, end: int) -> Token:
        """The template between two offsets, in which a quote and a backslash are themselves."""
        parts: list[tuple[int, int, bool]] = []
        position = start
        while match := _OPENS_IN_HEREDOC.search(self.text, position, end):
            position = self._past(match, end, parts)
        return Token("heredoc", self.text[start:end], start, end, tuple(parts))

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
        while match := _BRACE.search(self.text, position, end):
            position = match.end()
            if match[0] == '"':
                position = self._template(match.start(), end).end
            elif match[0] in "{}":
                depth += 1 if match[0] == "{" else -1
                if depth == 0:
                    return match.start()
        raise self.fault("an expression in a string is not closed", start)
