"""JSON text -> its values, each with its place. Keys that stand twice in an object are both there."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from typing import Any, Final, NamedTuple

from fairlead.model.errors import InputError
from fairlead.model.finding import Location

_TOKEN: Final = re.compile(
    r"[ \t\r\n]*+(?:(?P<text>\"(?:[^\"\\]|\\.)*+\")|(?P<mark>[{}\[\]:,])|(?P<word>[^\s{}\[\]:,\"]+))"
)


class Placed(NamedTuple):
    """*value* of an object is a list of its `Member`s, of a list a tuple of `Placed`."""

    value: Any
    location: Location


class Member(NamedTuple):
    key: str
    location: Location
    held: Placed


def parse_placed(text: str, *, file: str) -> Placed:
    """Raises InputError with the place of the first fault."""
    plain = text.removeprefix("\ufeff")
    try:
        json.loads(plain)
    except json.JSONDecodeError as err:
        fault = Location(file, err.lineno, err.colno)
        raise InputError(f"this is not JSON: {err.msg}", hint="correct the syntax", location=fault) from err
    return _Walk(plain, file).value()


class _Walk:
    """Through text that is known to be JSON."""

    def __init__(self, text: str, file: str) -> None:
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self._file = file
        self._tokens = _TOKEN.finditer(text)
        self._token = next(self._tokens)

    def value(self) -> Placed:
        token, place = self._token, self._location()
        self._advance()
        match token["mark"]:
            case "{":
                return Placed(self._members(), place)
            case "[":
                return Placed(self._items(), place)
            case _:
                return Placed(json.loads(token["text"] or token["word"]), place)

    def _members(self) -> list[Member]:
        found = []
        while self._token["mark"] != "}":
            key, place = json.loads(self._token["text"]), self._location()
            self._advance()
            self._advance()  # the colon
            found.append(Member(key, place, self.value()))
            self._comma()
        self._advance()
        return found

    def _items(self) -> tuple[Placed, ...]:
        found = []
        while self._token["mark"] != "]":
            found.append(self.value())
            self._comma()
        self._advance()
        return tuple(found)

    def _comma(self) -> None:
        if self._token["mark"] == ",":
            self._advance()

    def _advance(self) -> None:
        self._token = next(self._tokens, self._token)

    def _location(self) -> Location:
        start = self._token.start(self._token.lastgroup or 0)
        line = bisect_right(self._lines, start)
        return Location(self._file, line, start - self._lines[line - 1] + 1)
