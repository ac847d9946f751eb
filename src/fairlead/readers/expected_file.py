"""Expected differences, `fairlead.differences.yaml`: text -> entries, or every fault in it at once with its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator

from fairlead.model.comparison import EXPECTED_FILE, ExpectedEntry
from fairlead.model.finding import Location
from fairlead.readers.entry_file import Data, entries_in, load_text, read_entries
from fairlead.readers.object_fields import FieldPaths, paths_of, unknown_components
from fairlead.readers.project_faults import Fault, suggest
from fairlead.readers.project_fields import Text, refuse
from fairlead.readers.strict_fields import StrictFields


def _two(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) != 2:
        refuse("not-two", "between names two environments", "write it like [staging, production]")
    return names


class ExpectedFields(StrictFields):
    """Fields of some objects that two environments have otherwise on purpose."""

    between: Annotated[tuple[Text, ...], AfterValidator(_two)] | None = None
    component: Text | None = None
    kind: Text | None = None
    namespace: Text | None = None
    name: Text | None = None
    fields: FieldPaths
    reason: Text


class DifferencesFields(StrictFields):
    api_version: Literal["fairlead.dev/v1"]
    expected: tuple[ExpectedFields, ...]


def load_expected(folder: Path, *, components: Sequence[str], environments: Sequence[str]) -> tuple[ExpectedEntry, ...]:
    """The entries of the project in *folder*, none where it has no such file. Raises InputError."""
    text = load_text(folder / EXPECTED_FILE)
    return (
        ()
        if text is None
        else read_expected(text, file=EXPECTED_FILE, components=components, environments=environments)
    )


def read_expected(
    text: str, *, file: str, components: Sequence[str], environments: Sequence[str]
) -> tuple[ExpectedEntry, ...]:
    """*components* and *environments* are the names that the project knows. Raises InputError whose findings are all
    faults, in order."""
    fields, place_of = read_entries(
        text,
        file=file,
        what="a file of differences",
        key="expected",
        schema=DifferencesFields,
        unknown=lambda data: (
            *unknown_components(data, "expected", components),
            *_unknown_environments(data, environments),
        ),
    )
    return tuple(_entry(each, place_of(index)) for index, each in enumerate(fields.expected))


def _unknown_environments(data: Data, environments: Sequence[str]) -> Iterator[Fault]:
    for index, each in entries_in(data, "expected"):
        names = each.get("between")
        for place, name in enumerate(names if isinstance(names, list) else ()):
            if isinstance(name, str) and name not in environments:
                yield Fault(
                    rule="unknown-environment",
                    path=("expected", index, "between", place),
                    message=f"unknown environment: {name}",
                    hint=suggest(name, environments, what="environments"),
                )


def _entry(fields: ExpectedFields, location: Location) -> ExpectedEntry:
    return ExpectedEntry(
        reason=fields.reason,
        between=fields.between or (),
        component=fields.component or "",
        kind=fields.kind or "",
        namespace=fields.namespace or "",
        name=fields.name or "",
        fields=paths_of(fields.fields),
        location=location,
    )
