"""Expected differences, `fairlead.differences.yaml`: text -> entries, or every fault in it at once with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator

from fairlead.model.comparison import EXPECTED_FILE, ExpectedEntry
from fairlead.model.errors import InputError
from fairlead.model.finding import Finding, Location
from fairlead.readers.object_fields import FieldPaths, paths_of, read_fields, unknown_components
from fairlead.readers.project_faults import Fault, locate, suggest
from fairlead.readers.project_fields import Text, refuse
from fairlead.readers.project_schema import API_VERSION
from fairlead.readers.strict_fields import StrictFields
from fairlead.readers.yaml_map import faulty, read_map


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
    path = folder / EXPECTED_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    except OSError as err:
        raise InputError(f"cannot read {path}: {err.strerror}") from err
    except UnicodeDecodeError as err:
        raise InputError(f"{path} is not valid UTF-8", hint="save the file as UTF-8") from err
    return read_expected(text, file=EXPECTED_FILE, components=components, environments=environments)


def read_expected(
    text: str, *, file: str, components: Sequence[str], environments: Sequence[str]
) -> tuple[ExpectedEntry, ...]:
    """*components* and *environments* are the names that the project knows. Raises InputError whose findings are all
    faults, in order."""
    findings: list[Finding] = []
    start = f"apiVersion: {API_VERSION}"
    data, places = read_map(text, file=file, what="a file of differences", start=start, findings=findings)
    fields, faults = read_fields(data, places.root, DifferencesFields)
    known = [*unknown_components(data, "expected", components), *_unknown_environments(data, environments)]
    findings += locate([*faults, *known], root=places.root, file=file)
    if fields is None or findings:
        raise faulty(findings, file=file)
    return tuple(
        _entry(each, Location(file, *places.root.find(("expected", index)).at))
        for index, each in enumerate(fields.expected)
    )


def _unknown_environments(data: Mapping[str, object], environments: Sequence[str]) -> Iterator[Fault]:
    listed = data.get("expected")
    for index, each in enumerate(listed if isinstance(listed, list) else ()):
        names = each.get("between") if isinstance(each, dict) else None
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
