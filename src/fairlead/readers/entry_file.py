"""What the files that list entries under one key share: waivers, ignored fields, expected differences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from fairlead.model.errors import InputError
from fairlead.model.finding import Finding, Location
from fairlead.readers.project_faults import Fault, locate, null_faults, schema_faults
from fairlead.readers.project_schema import API_VERSION
from fairlead.readers.strict_fields import without_plugins
from fairlead.readers.yaml_map import faulty, read_map
from fairlead.readers.yaml_places import Place

S = TypeVar("S", bound=BaseModel)
Data = Mapping[str, object]


def load_text(path: Path) -> str | None:
    """None where there is no such file. Raises InputError."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except OSError as err:
        raise InputError(f"cannot read {path}: {err.strerror}") from err
    except UnicodeDecodeError as err:
        raise InputError(f"{path} is not valid UTF-8", hint="save the file as UTF-8", rule="not-yaml") from err


def read_entries(
    text: str, *, file: str, what: str, key: str, schema: type[S], unknown: Callable[[Data], Iterable[Fault]]
) -> tuple[S, Callable[[int], Location]]:
    """The fields of the file, and where its entry of a number under *key* is. *what* says what file it is, *unknown*
    finds names that mean nothing. Raises InputError whose findings are all faults, in order."""
    findings: list[Finding] = []
    start = f"apiVersion: {API_VERSION}"
    data, places = read_map(text, file=file, what=what, start=start, findings=findings)
    fields, faults = _read_fields(data, places.root, schema)
    findings += locate([*faults, *unknown(data)], root=places.root, file=file)
    if fields is None or findings:
        raise faulty(findings, file=file)
    return fields, lambda index: Location(file, *places.root.find((key, index)).at)


def entries_in(data: Data, key: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The entries under *key* that are maps, by their number."""
    listed = data.get(key)
    for index, each in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(each, dict):
            yield index, each


def _read_fields(data: Data, root: Place, schema: type[S]) -> tuple[S | None, list[Fault]]:
    faults = list(null_faults(data))
    empty = {fault.path for fault in faults}
    try:
        with without_plugins():
            return schema.model_validate(data), faults
    except ValidationError as err:
        said = schema_faults(err, root=root, schema=schema)
        return None, [*faults, *(fault for fault in said if fault.path not in empty)]
