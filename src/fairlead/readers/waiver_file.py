"""The file of waivers, `fairlead.waivers.yaml`: text -> entries, or every fault in it at once with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, ValidationError

from fairlead.model.errors import InputError
from fairlead.model.finding import Finding, Location
from fairlead.model.rules import RULES
from fairlead.model.waiver import WAIVER_FILE, Waiver
from fairlead.readers.ignore_file import day
from fairlead.readers.project_faults import Fault, locate, null_faults, schema_faults, suggest
from fairlead.readers.project_fields import Text
from fairlead.readers.project_schema import API_VERSION
from fairlead.readers.strict_fields import StrictFields
from fairlead.readers.yaml_map import faulty, read_map
from fairlead.readers.yaml_places import Place


class WaiverFields(StrictFields):
    """Findings of one rule that are accepted."""

    rule: Text
    file: Text | None = None
    component: Text | None = None
    kind: Text | None = None
    namespace: Text | None = None
    name: Text | None = None
    reason: Text
    owner: Text
    expires: Annotated[str, AfterValidator(day)]


class WaiverFileFields(StrictFields):
    api_version: Literal["fairlead.dev/v1"]
    waivers: tuple[WaiverFields, ...]


def load_waivers(folder: Path) -> tuple[Waiver, ...]:
    """The entries of the project in *folder*, none where it has no such file. Raises InputError."""
    path = folder / WAIVER_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    except OSError as err:
        raise InputError(f"cannot read {path}: {err.strerror}") from err
    except UnicodeDecodeError as err:
        raise InputError(f"{path} is not valid UTF-8", hint="save the file as UTF-8", rule="not-yaml") from err
    return read_waivers(text, file=WAIVER_FILE)


def read_waivers(text: str, *, file: str) -> tuple[Waiver, ...]:
    """Raises InputError whose findings are all faults, in order."""
    findings: list[Finding] = []
    start = f"apiVersion: {API_VERSION}"
    data, places = read_map(text, file=file, what="a file of waivers", start=start, findings=findings)
    fields, faults = _read_fields(data, places.root)
    findings += locate([*faults, *_unknown_rules(data)], root=places.root, file=file)
    if fields is None or findings:
        raise faulty(findings, file=file)
    return tuple(
        _entry(each, Location(file, *places.root.find(("waivers", index)).at))
        for index, each in enumerate(fields.waivers)
    )


def _read_fields(data: Mapping[str, object], root: Place) -> tuple[WaiverFileFields | None, list[Fault]]:
    faults = list(null_faults(data))
    empty = {fault.path for fault in faults}
    try:
        return WaiverFileFields.model_validate(data), faults
    except ValidationError as err:
        said = schema_faults(err, root=root, schema=WaiverFileFields)
        return None, [*faults, *(fault for fault in said if fault.path not in empty)]


def _unknown_rules(data: Mapping[str, object]) -> Iterator[Fault]:
    listed = data.get("waivers")
    for index, each in enumerate(listed if isinstance(listed, list) else ()):
        name = each.get("rule") if isinstance(each, dict) else None
        if isinstance(name, str) and name not in RULES:
            path, hint = ("waivers", index, "rule"), suggest(name, tuple(RULES), what="rules")
            yield Fault(rule="unknown-rule", path=path, message=f"unknown rule: {name}", hint=hint)


def _entry(fields: WaiverFields, location: Location) -> Waiver:
    return Waiver(
        rule=fields.rule,
        file=fields.file or "",
        component=fields.component or "",
        kind=fields.kind or "",
        namespace=fields.namespace or "",
        name=fields.name or "",
        reason=fields.reason,
        owner=fields.owner,
        expires=date.fromisoformat(fields.expires),
        location=location,
    )
