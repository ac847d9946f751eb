"""The ignore file, `fairlead.ignore.yaml`: text -> entries, or every fault in it at once with its place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator

from fairlead.model.errors import InputError
from fairlead.model.finding import Finding, Location
from fairlead.model.ignore import IGNORE_FILE, IgnoreEntry
from fairlead.readers.object_fields import FieldPaths, paths_of, read_fields, unknown_components
from fairlead.readers.project_faults import locate
from fairlead.readers.project_fields import Text, refuse
from fairlead.readers.project_schema import API_VERSION
from fairlead.readers.strict_fields import StrictFields
from fairlead.readers.yaml_map import faulty, read_map


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
    path = folder / IGNORE_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    except OSError as err:
        raise InputError(f"cannot read {path}: {err.strerror}") from err
    except UnicodeDecodeError as err:
        raise InputError(f"{path} is not valid UTF-8", hint="save the file as UTF-8") from err
    return read_ignores(text, file=IGNORE_FILE, components=components)


def read_ignores(text: str, *, file: str, components: Sequence[str]) -> tuple[IgnoreEntry, ...]:
    """*components* are the names that the project knows. Raises InputError whose findings are all faults, in order."""
    findings: list[Finding] = []
    start = f"apiVersion: {API_VERSION}"
    data, places = read_map(text, file=file, what="an ignore file", start=start, findings=findings)
    fields, faults = read_fields(data, places.root, IgnoreFields)
    known = tuple(unknown_components(data, "ignore", components))
    findings += locate([*faults, *known], root=places.root, file=file)
    if fields is None or findings:
        raise faulty(findings, file=file)
    return tuple(
        _entry(each, Location(file, *places.root.find(("ignore", index)).at))
        for index, each in enumerate(fields.ignore)
    )


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
