"""What the files that name fields of objects share: the ignore file and the expected differences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Annotated, Final

from pydantic import AfterValidator

from fairlead.readers.entry_file import Data, entries_in
from fairlead.readers.project_faults import Fault, suggest
from fairlead.readers.project_fields import refuse

WHOLE: Final = "*"
"""Stands in `fields` for the whole object, its being there included."""


def _path(text: str) -> str:
    if text != WHOLE and not text.startswith("."):
        refuse(
            "invalid-field",
            f"not a field: {text}",
            f"write it as drift and diff show it, like .spec.replicas; {WHOLE} is the whole object",
        )
    return text


def _some(paths: tuple[str, ...]) -> tuple[str, ...]:
    # A minimal length would be told as well where every item is wrong.
    if not paths:
        refuse("no-field", "fields must not be empty", f"name them, or write {WHOLE} for the whole object")
    return paths


FieldPaths = Annotated[tuple[Annotated[str, AfterValidator(_path)], ...], AfterValidator(_some)]


def paths_of(fields: tuple[str, ...]) -> tuple[str, ...]:
    """Empty where the whole object is meant."""
    return () if WHOLE in fields else fields


def unknown_components(data: Data, key: str, components: Sequence[str]) -> Iterator[Fault]:
    """Of the entries under *key*."""
    for index, each in entries_in(data, key):
        name = each.get("component")
        if isinstance(name, str) and not any(fnmatchcase(known, name) for known in components):
            yield Fault(
                rule="unknown-component",
                path=(key, index, "component"),
                message=f"no component matches: {name}",
                hint=suggest(name, components, what="components"),
            )
