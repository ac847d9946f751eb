"""The project file, `fairlead.yaml`: text -> Project, or every fault in it at once with its place.

Decides what the text says and whether that can be meant. Whether the paths in it exist is `project_paths.py`; what the
keys are is `project_schema.py`, from which editors get their JSON Schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from fairlead.model.errors import InputError
from fairlead.model.finding import Finding
from fairlead.model.project import Project
from fairlead.readers.component_rules import COMPONENT_RULES
from fairlead.readers.environment_rules import ENVIRONMENT_RULES
from fairlead.readers.helm_rules import HELM_RULES
from fairlead.readers.image_rules import IMAGE_RULES
from fairlead.readers.project_faults import Fault, locate, null_faults, schema_faults
from fairlead.readers.project_fields import Label, Url
from fairlead.readers.project_model import make_project
from fairlead.readers.project_parts import Parts, as_map
from fairlead.readers.project_paths import check_paths, find_project
from fairlead.readers.project_schema import (
    API_VERSION,
    ComponentFields,
    EnvironmentFields,
    ProjectFields,
    project_json_schema,
)
from fairlead.readers.strict_fields import without_plugins
from fairlead.readers.test_rules import TEST_RULES
from fairlead.readers.yaml_map import faulty, read_map
from fairlead.readers.yaml_places import Place

__all__ = ["check_paths", "find_project", "load_project", "project_json_schema", "read_project"]

_RULES = (*ENVIRONMENT_RULES, *COMPONENT_RULES, *HELM_RULES, *IMAGE_RULES, *TEST_RULES)
_Key = TypeVar("_Key", str, int)


def load_project(path: Path) -> Project:
    """Read the project file at *path*. Raises InputError."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as err:
        raise InputError(f"cannot read {path}: {err.strerror}") from err
    except UnicodeDecodeError as err:
        raise InputError(f"{path} is not valid UTF-8", hint="save the file as UTF-8") from err
    return read_project(text, file=path.name)


def read_project(text: str, *, file: str) -> Project:
    """Read a project; *file* is for messages. Raises InputError whose findings are all faults, in their order."""
    findings: list[Finding] = []
    data, places = read_map(
        text, file=file, what="a project file", start=f"apiVersion: {API_VERSION}", findings=findings
    )
    if data.get("apiVersion", API_VERSION) != API_VERSION:
        findings = locate([_unknown_version(data["apiVersion"])], root=places.root, file=file)
        raise faulty(findings, file=file)
    fields, faults = _read_fields(data, places.root)
    findings += locate(faults, root=places.root, file=file)
    if fields is None or findings:
        raise faulty(findings, file=file)
    return make_project(fields, root=places.root, file=file)


# -- fields


def _unknown_version(value: object) -> Fault:
    return Fault(
        rule="unknown-version",
        path=("apiVersion",),
        message=f"this Fairlead does not know the project file format {value}",
        hint=f"it knows {API_VERSION}; a newer format needs a newer Fairlead",
    )


def _read_fields(data: Mapping[str, Any], root: Place) -> tuple[ProjectFields | None, list[Fault]]:
    faults = list(null_faults(data))
    empty = {fault.path for fault in faults}
    fields: ProjectFields | None = None
    try:
        with without_plugins():
            fields = ProjectFields.model_validate(data)
    except ValidationError as err:
        faults += (fault for fault in schema_faults(err, root=root) if fault.path not in empty)
    parts = _parts(data, None if faults else fields)
    faults += (fault for rule in _RULES for fault in rule(parts))
    return fields, faults


def _parts(data: Mapping[str, Any], fields: ProjectFields | None) -> Parts:
    """What is valid by itself, so that the rules can look at it where another is wrong (*fields* is None)."""
    if fields is not None:
        return Parts(
            raw=data,
            environments=fields.environments,
            components=dict(enumerate(fields.components)),
            repositories=fields.repositories,
            groups=fields.groups,
        )
    components = data.get("components")
    listed = dict(enumerate(components)) if isinstance(components, list) else {}
    trimmed = {index: _without_faults(ComponentFields, as_map(entry)) for index, entry in listed.items()}
    environments = as_map(data.get("environments"))
    return Parts(
        raw=data,
        environments=_valid(
            EnvironmentFields,
            {name: _without_faults(EnvironmentFields, entry) for name, entry in environments.items()},
        ),
        components=_valid(ComponentFields, trimmed),
        repositories=_valid(Url, as_map(data.get("repositories"))),
        groups=_valid(tuple[Label, ...], as_map(data.get("groups"))),
        trimmed=frozenset(index for index, entry in trimmed.items() if entry != listed[index]),
    )


def _without_faults(model: type[BaseModel], entry: object) -> Mapping[str, Any]:
    """The keys of *entry* that are right by themselves."""
    written = {key: value for key, value in as_map(entry).items() if value is not None}
    try:
        model.model_validate(written)
    except ValidationError as err:
        wrong = {details["loc"][0] for details in err.errors() if details["loc"]}
        return {key: value for key, value in written.items() if key not in wrong}
    return written


def _valid(wanted: Any, entries: Mapping[_Key, Any]) -> dict[_Key, Any]:
    found: dict[_Key, Any] = {}
    for key, value in entries.items():
        with suppress(ValidationError):
            found[key] = _adapter(wanted).validate_python(value)
    return found


@cache
def _adapter(wanted: Any) -> TypeAdapter[Any]:
    return TypeAdapter(wanted)
