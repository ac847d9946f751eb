"""Which value of a chart may give a field of a release, and what it would have to be for the field to be as found.

The rendered text is all there is to go by: a value that equals the field, or is part of its text, may be what gives it.
The likeliest come first: equal before contained, of a like name before others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from fairlead.formats.data_edit import Edit, changed
from fairlead.formats.field_paths import parts_of, value_at
from fairlead.formats.scalars import resolve_plain
from fairlead.formats.yaml.edit import read_data
from fairlead.model.change import ABSENT
from fairlead.model.frozen import dataclass
from fairlead.model.secret import SecretText
from fairlead.planning.value_path import Path, format_path, leaves
from fairlead.planning.value_path import value_at as value_in
from fairlead.planning.write_back import Candidate, Wish, edited

MOST_GUESSES: Final = 12
"""Each costs a rendering."""
_WORD: Final = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_SHORTEST: Final = 2
"""Letters that part of a text must have to be told from chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """*value* at *path* of the values may give the field its found value."""

    path: Path
    value: Any

    def __str__(self) -> str:
        return format_path(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueFiles:
    """The values file that a guess would be written into; *values* are all that count now."""

    file: str
    text: str
    values: Mapping[str, Any]


def value_candidate(guess: Guess, place: ValueFiles) -> Candidate | str:
    """A list is replaced as a whole by any higher layer: where the file has not got it yet, all of it is written."""
    path, value = guess.path, guess.value
    data: Any = next(iter(read_data(place.text, file=place.file)), None) or {}
    lists = [number for number, part in enumerate(path) if isinstance(part, int)]
    if lists and value_in(data, path[: lists[0]]) is ABSENT:
        whole = value_in(place.values, path[: lists[0]])
        value = changed(whole, Edit(path=path[lists[0] :], value=value))
        path = path[: lists[0]]
    if _holds_secret(value):
        return f"{format_path(path)} holds a secret, which is never written in clear"
    return edited(place.file, place.text, Edit(path=path, value=value))


def _holds_secret(value: Any) -> bool:
    return any(isinstance(leaf, SecretText) for _, leaf in leaves(value))


def guess_values(wish: Wish, values: Mapping[str, Any]) -> tuple[Guess, ...]:
    """*values* are all that the chart sees, its own defaults included."""
    found = wish.field.found
    if found is ABSENT:
        return ()
    before = value_at(wish.before, wish.field.path)
    ranked = [
        (rank, -_likeness(wish.field.path, path), number, Guess(path=path, value=value))
        for number, (path, old) in enumerate(_nodes(values))
        for rank, value in _becomes(old, before, found)
    ]
    if before is ABSENT:
        ranked += [(0, 0, 0, guess) for guess in _added(wish, values)]
    ranked.sort(key=lambda one: one[:3])
    return tuple(guess for _, _, _, guess in ranked[:MOST_GUESSES])


def _nodes(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value in *value*, whole maps and lists too."""
    if path:
        yield path, value
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _nodes(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _nodes(item, (*path, index))


def _becomes(old: Any, before: Any, found: Any) -> Iterator[tuple[int, Any]]:
    """What a value of *old*, which gave *before*, must be to give *found*, and how sure that is (0 is best)."""
    if before is ABSENT or isinstance(old, SecretText) or old is None:
        return
    if _equal(old, before):
        yield 0, found
    elif isinstance(before, str) and isinstance(found, str) and not isinstance(old, (Mapping, list)):
        text = _as_text(old)
        if text == before:
            yield 1, _typed(found, old)
        elif len(text) >= _SHORTEST and text in before:
            for part in _replaced(text, before, found):
                yield 2, _typed(part, old)
    elif isinstance(old, str) and not isinstance(before, (str, Mapping, list)) and old == _as_text(before):
        yield 1, _as_text(found)


def _equal(one: Any, other: Any) -> bool:
    return bool(one == other) and isinstance(one, bool) is isinstance(other, bool)


def _replaced(part: str, before: str, found: str) -> Iterator[str]:
    """What stands in *found* in the place of *part* in *before*, where the rest of the text is the same."""
    start = before.find(part)
    while start >= 0:
        head, tail = before[:start], before[start + len(part) :]
        inner = found[len(head) : len(found) - len(tail)]
        if found.startswith(head) and found.endswith(tail) and len(head) + len(tail) <= len(found) and inner:
            yield inner
        start = before.find(part, start + 1)


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _typed(text: str, old: Any) -> Any:
    """*text* as what *old* is, where it can be read so."""
    if isinstance(old, str):
        return text
    value = resolve_plain(text)
    return value if type(value) is type(old) else text


def _added(wish: Wish, values: Mapping[str, Any]) -> Iterator[Guess]:
    """A key that was not there: into the value that is the map round it."""
    parts, rest = parts_of(wish.before, wish.field.path)
    holder: Any = wish.before
    for part in parts:
        holder = holder[part]
    if not isinstance(holder, Mapping) or not rest.startswith("."):
        return
    for path, old in _nodes(values):
        if isinstance(old, Mapping) and old and {key: _as_text(item) for key, item in old.items()} == holder:
            yield Guess(path=(*path, rest[1:]), value=wish.field.found)


def _likeness(field: str, path: Path) -> int:
    """How many words the names of a field and a value have in common; the last name of each counts more."""
    names = [part for part in path if isinstance(part, str)]
    ours, last = _words(field), _words(field.rpartition(".")[2])
    theirs = set().union(*map(_words, names)) if names else set()
    return len(ours & theirs) + 2 * len(last & (_words(names[-1]) if names else set()))


def _words(name: str) -> set[str]:
    return {word.lower().removesuffix("s") for word in _WORD.findall(name)}
