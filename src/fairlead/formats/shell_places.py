"""`${NAME}` and the forms that shells have for it, as Flux's own module (fluxcd/pkg/envsubst) reads and fills them.

That module knows one kind of default: `-`, `:-`, `=`, `:=`, `+`, `:+` all stand for an empty or missing value.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from fairlead.model.frozen import dataclass

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATOR: Final = re.compile(r":[-=+?]|[-=+?]|:|//|/#|/%|/|##|#|%%|%|\^\^|\^|,,|,")
_DEFAULTS: Final = frozenset({"-", "=", "+", "?", ":-", ":=", ":+", ":?"})
_SEPARATORS: Final = {":": ":", "/": "/", "//": "/", "/#": "/", "/%": "/"}
"""What stands between the two arguments of an operator that takes two."""


class _NoPlace(Exception):
    """The text is none of the forms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`${name operator arguments}`; *text* is all of it as written. *operator* is empty for a plain one."""

    name: str
    text: str
    operator: str = ""
    arguments: tuple[tuple[str | Place, ...], ...] = ()

    @property
    def has_default(self) -> bool:
        return self.operator in _DEFAULTS

    def fill(self, value: str, arguments: Sequence[str]) -> str:
        """What stands there for *value*; its arguments are filled already."""
        if not self.operator:
            return value
        if self.has_default:
            return value or "".join(arguments)
        return _FUNCTIONS[self.operator](value, arguments)


def parse_places(text: str) -> tuple[str | Place, ...]:
    """*text* in parts. `$$` is a dollar sign; what is none of the forms stays as it is."""
    parts: list[str | Place] = []
    at = start = 0
    while (at := text.find("$", at)) >= 0:
        if text.startswith("$$", at):
            parts.append(text[start : at + 1])
            at = start = at + 2
            continue
        try:
            place, end = _place(text, at)
        except _NoPlace:
            at += 1
            continue
        parts += [text[start:at], place]
        at = start = end
    return tuple(part for part in (*parts, text[start:]) if part)


def names_in(parts: Sequence[str | Place]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Place):
            yield part.name
            for argument in part.arguments:
                yield from names_in(argument)


def _place(text: str, at: int) -> tuple[Place, int]:
    """The place at *at*, and where it ends. Raises _NoPlace."""
    if text.startswith("${#", at):
        name, end = _name(text, at + 3)
        return Place(name=name, text=text[at : _closed(text, end)], operator="length"), end + 1
    if not text.startswith("${", at):
        raise _NoPlace
    name, end = _name(text, at + 2)
    operator = _OPERATOR.match(text, end)
    if operator is None:
        return Place(name=name, text=text[at : _closed(text, end)]), end + 1
    arguments, end = _arguments(text, operator.end(), separator=_SEPARATORS.get(operator[0], ""))
    return Place(name=name, text=text[at:end], operator=operator[0], arguments=arguments), end


def _name(text: str, at: int) -> tuple[str, int]:
    found = _NAME.match(text, at)
    if found is None:
        raise _NoPlace
    return found[0], found.end()


def _closed(text: str, at: int) -> int:
    if not text.startswith("}", at):
        raise _NoPlace
    return at + 1


def _arguments(text: str, at: int, *, separator: str) -> tuple[tuple[tuple[str | Place, ...], ...], int]:
    arguments: list[tuple[str | Place, ...]] = []
    parts: list[str | Place] = []
    start = at
    while at < len(text) and text[at] != "}":
        if text[at] in "\\{":
            raise _NoPlace
        if text.startswith("${", at):
            place, end = _place(text, at)
            parts += [text[start:at], place]
            at = start = end
        elif text[at] == separator and not arguments:
            arguments.append(tuple(part for part in (*parts, text[start:at]) if part))
            parts, at = [], at + 1
            start = at
        else:
            at += 1
    arguments.append(tuple(part for part in (*parts, text[start:at]) if part))
    return tuple(arguments), _closed(text, at)


def _substring(value: str, arguments: Sequence[str]) -> str:
    """By bytes there, by characters here: a name in a repository is rarely anything but ASCII."""
    try:
        start, *rest = (int(argument) for argument in arguments)
    except ValueError:
        return value
    start = max(0, len(value) + start) if start < 0 else start
    if not rest:
        return value[start:]
    end = start + rest[0] if rest[0] >= 0 else len(value) + rest[0]
    return value[start : max(start, end)]


def _replaced(value: str, arguments: Sequence[str], *, count: int) -> str:
    return value.replace(arguments[0], arguments[1] if len(arguments) > 1 else "", count)


def _replaced_prefix(value: str, arguments: Sequence[str]) -> str:
    if len(arguments) != 2 or not value.startswith(arguments[0]):
        return value
    return arguments[1] + value.removeprefix(arguments[0])


def _replaced_suffix(value: str, arguments: Sequence[str]) -> str:
    if len(arguments) != 2 or not value.endswith(arguments[0]):
        return value
    return value.removesuffix(arguments[0]) + arguments[1]


def _trimmed(value: str, pattern: str, *, is_longest: bool) -> str:
    ends = range(len(value), 0, -1) if is_longest else range(1, len(value) + 1)
    end = next((each for each in ends if fnmatch.fnmatchcase(value[:each], pattern)), 0)
    return value[end:]


def _trimmed_suffix(value: str, pattern: str, *, is_longest: bool) -> str:
    return _trimmed(value[::-1], pattern[::-1], is_longest=is_longest)[::-1]


_FUNCTIONS: Final[Mapping[str, Callable[[str, Sequence[str]], str]]] = {
    "length": lambda value, _: str(len(value.encode())),
    "^": lambda value, _: value[:1].upper() + value[1:],
    "^^": lambda value, _: value.upper(),
    ",": lambda value, _: value[:1].lower() + value[1:],
    ",,": lambda value, _: value.lower(),
    ":": _substring,
    "/": lambda value, arguments: _replaced(value, arguments, count=1),
    "//": lambda value, arguments: _replaced(value, arguments, count=-1),
    "/#": _replaced_prefix,
    "/%": _replaced_suffix,
    "#": lambda value, arguments: _trimmed(value, "".join(arguments), is_longest=False),
    "##": lambda value, arguments: _trimmed(value, "".join(arguments), is_longest=True),
    "%": lambda value, arguments: _trimmed_suffix(value, "".join(arguments), is_longest=False),
    "%%": lambda value, arguments: _trimmed_suffix(value, "".join(arguments), is_longest=True),
}
