"""The ignore file, `fairlead.ignore.yaml`: text -> entries, or every fault in it at once with its place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator

from fairlead.model.finding import Location
from fairlead.model.ignore import IGNORE_FILE, IgnoreEntry
from fairlead.readers.entry_file import load_text, read_entries
from fairlead.readers.object_fields import FieldPaths, paths_of, unknown_components
from fairlead.readers.project_fields import Text, refuse
from fairlead.readers.strict_fields import StrictFields


def day(text: str) -> str:
    """*text*, which is a date; refused by pydantic where it is none."""
    try:
        date.fromisoformat(text)
    except ValueError:
        refuse("invalid-date", f"not a date: {text}", "write it like 2026-12-31")
    return text


class EntryFields(StrictFields):
    """Fields of some objects that may differ."""

    component: Text | None = None
    kind: Text
    namespace: Text | None = None
    name: Text
    fields: FieldPaths
    reason: Text
    owner: Text
    expires: Annotated[str, AfterValidator(day)]


class IgnoreFields(StrictFields):
    api_version: Literal["fairlead.dev/v1"]
    ignore: tuple[EntryFields, ...]


def load_ignores(folder: Path, *, components: Sequence[str]) -> tuple[IgnoreEntry, ...]:
    """The entries of the project in *folder*, none where it has no such file. Raises InputError."""
    text = load_text(folder / IGNORE_FILE)
    return () if text is None else read_ignores(text, file=IGNORE_FILE, components=components)


def read_ignores(text: str, *, file: str, components: Sequence[str]) -> tuple[IgnoreEntry, ...]:
    """*components* are the names that the project knows. Raises InputError whose findings are all faults, in order."""
    fields, place_of = read_entries(
        text,
        file=file,
        what="an ignore file",
        key="ignore",
        schema=IgnoreFields,
        unknown=lambda data: unknown_components(data, "ignore", components),
    )
    return tuple(_entry(each, place_of(index)) for index, each in enumerate(fields.ignore))


def _entry(fields: EntryFields, location: Location) -> IgnoreEntry:
    return IgnoreEntry(
        component=fields.component or "",
        kind=fields.kind,
        namespace=fields.namespace or "",
        name=fields.name,
        fields=paths_of(fields.fields),
        reason=fields.reason,
        owner=fields.owner,
        expires=date.fromisoformat(fields.expires),
        location=location,
    )
