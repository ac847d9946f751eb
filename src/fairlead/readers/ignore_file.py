"""The ignore file, `fairlead.ignore.yaml`: text -> entries, or every fault in it at once with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, ValidationError

from fairlead.model.errors import InputError
from fairlead.model.finding import Finding, Location
from fairlead.model.ignore import IGNORE_FILE, IgnoreEntry
from fairlead.readers.project_faults import Fault, locate, null_faults, schema_faults, suggest
from fairlead.readers.project_fields import Text, refuse
from fairlead.readers.project_schema import API_VERSION
from fairlead.readers.strict_fields import StrictFields
from fairlead.readers.yaml_map import faulty, read_map
from fairlead.readers.yaml_places import Place

WHOLE: Final = "*"
"""Stands in `fields` for the whole object, its being there included."""


def day(text: str) -> str:
    """*text*, which is a date; refused by pydantic where it is none."""
    try:
        date.fromisoformat(text)
    except ValueError:
        refuse("invalid-date", f"not a date: {text}", "write it like 2026-12-31")
    return text


def _path(text: str) -> str:
    if text != WHOLE and not text.startswith("."):
        refuse(
            "invalid-field",
            f"not a field: {text}",
            f"write it as drift shows it, like .spec.replicas; {WHOLE} is the whole object",
        )
    return text


def _some(paths: tuple[str, ...]) -> tuple[str, ...]:
    # A minimal length would be told as well where every item is wrong.
    if not paths:
        refuse("no-field", "fields must not be empty", f"name them, or write {WHOLE} for the whole object")
    return paths


class EntryFields(StrictFields):
    """Fields of some objects that may differ."""

    component: Text | None = None
    kind: Text
    namespace: Text | None = None
    name: Text
    fields: Annotated[tuple[Annotated[str, AfterValidator(_path)], ...], AfterValidator(_some)]
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
    fields, faults = _read_fields(data, places.root)
    known = tuple(_unknown_components(data, components))
    findings += locate([*faults, *known], root=places.root, file=file)
    if fields is None or findings:
        raise faulty(findings, file=file)
    return tuple(
        _entry(each, Location(file, *places.root.find(("ignore", index)).at))
        for index, each in enumerate(fields.ignore)
    )


def _read_fields(data: Mapping[str, object], root: Place) -> tuple[IgnoreFields | None, list[Fault]]:
    faults = list(null_faults(data))
    empty = {fault.path for fault in faults}
    try:
        return IgnoreFields.model_validate(data), faults
    except ValidationError as err:
        said = schema_faults(err, root=root, schema=IgnoreFields)
        return None, [*faults, *(fault for fault in said if fault.path not in empty)]


def _unknown_components(data: Mapping[str, object], components: Sequence[str]) -> Iterator[Fault]:
    listed = data.get("ignore")
    for index, each in enumerate(listed if isinstance(listed, list) else ()):
        name = each.get("component") if isinstance(each, dict) else None
        if isinstance(name, str) and not any(fnmatchcase(known, name) for known in components):
            yield Fault(
                rule="unknown-component",
                path=("ignore", index, "component"),
                message=f"no component matches: {name}",
                hint=suggest(name, components, what="components"),
            )


def _entry(fields: EntryFields, location: Location) -> IgnoreEntry:
    return IgnoreEntry(
        component=fields.component or "",
        kind=fields.kind,
        namespace=fields.namespace or "",
        name=fields.name,
        fields=() if WHOLE in fields.fields else fields.fields,
        reason=fields.reason,
        owner=fields.owner,
        expires=date.fromisoformat(fields.expires),
        location=location,
    )
