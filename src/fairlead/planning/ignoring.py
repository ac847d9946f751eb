"""Which differences the ignore file silences, and what a deployment therefore does not write."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Protocol

from fairlead.formats.field_paths import is_below
from fairlead.model.ignore import IgnoreEntry
from fairlead.model.objects import ObjectRef


@dataclass(frozen=True, slots=True)
class Ignores:
    """The entries that hold today, and those that no longer do."""

    active: tuple[IgnoreEntry, ...] = ()
    expired: tuple[IgnoreEntry, ...] = ()

    def of(self, component: str, ref: ObjectRef) -> tuple[IgnoreEntry, ...]:
        """The active entries about one object."""
        return tuple(entry for entry in self.active if matches(entry, component, ref))

    def covering(self, component: str, ref: ObjectRef, path: str) -> IgnoreEntry | None:
        """The first active entry that silences *path* of an object; an empty *path* is the object as a whole."""
        return next((entry for entry in self.of(component, ref) if covers(entry, path)), None)


class Pattern(Protocol):
    """What picks objects: globs, of which an empty one matches all."""

    @property
    def component(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def namespace(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def fields(self) -> tuple[str, ...]: ...


NO_IGNORES = Ignores()


def ignores_of(entries: Iterable[IgnoreEntry], *, today: date) -> Ignores:
    """An entry holds on its last day still."""
    listed = tuple(entries)
    return Ignores(
        tuple(entry for entry in listed if entry.expires >= today),
        tuple(entry for entry in listed if entry.expires < today),
    )


def covers(entry: Pattern, path: str) -> bool:
    """Whether *path* is one of the entry's fields, or lies below one."""
    if not entry.fields:
        return True
    return bool(path) and any(_covers(pattern, path) for pattern in entry.fields)


def _covers(pattern: str, path: str) -> bool:
    if "*" not in pattern:
        return path == pattern or is_below(path, pattern)
    return _regex(pattern).match(path) is not None


@lru_cache(maxsize=512)
def _regex(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"{'.*'.join(map(re.escape, pattern.split('*')))}(?=$|[.\[])")


def matches(entry: Pattern, component: str, ref: ObjectRef) -> bool:
    """Whether *ref* of *component* is one of the entry's objects, whatever its fields."""
    return (
        fnmatchcase(ref.kind, entry.kind or "*")
        and fnmatchcase(ref.name, entry.name or "*")
        and fnmatchcase(ref.namespace, entry.namespace or "*")
        and fnmatchcase(component, entry.component or "*")
    )


def expired_entries(ignores: Ignores) -> tuple[str, ...]:
    return tuple(f"{entry} is no longer ignored: its entry ended on {entry.expires}" for entry in ignores.expired)


def unused_entries(
    ignores: Ignores, *, held: Iterable[tuple[str, ObjectRef]], used: Collection[IgnoreEntry]
) -> tuple[str, ...]:
    """What is said of entries that silence nothing. *held* are all objects with their component."""
    known = tuple(held)
    said = []
    for entry in ignores.active:
        if entry in used:
            continue
        is_matched = any(matches(entry, component, ref) for component, ref in known)
        why = "nothing that it ignores differs" if is_matched else "no deployed object matches"
        said.append(f"{entry} need not be ignored: {why}")
    return tuple(said)
