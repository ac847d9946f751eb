"""The file of waivers, `fairlead.waivers.yaml`: text -> entries, or every fault in it at once with its place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator

from fairlead.model.finding import Location
from fairlead.model.rules import RULES
from fairlead.model.waiver import WAIVER_FILE, Waiver
from fairlead.readers.entry_file import Data, entries_in, load_text, read_entries
from fairlead.readers.ignore_file import day
from fairlead.readers.project_faults import Fault, suggest
from fairlead.readers.project_fields import Text
from fairlead.readers.strict_fields import StrictFields


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
    text = load_text(folder / WAIVER_FILE)
    return () if text is None else read_waivers(text, file=WAIVER_FILE)


def read_waivers(text: str, *, file: str) -> tuple[Waiver, ...]:
    """Raises InputError whose findings are all faults, in order."""
    fields, place_of = read_entries(
        text, file=file, what="a file of waivers", key="waivers", schema=WaiverFileFields, unknown=_unknown_rules
    )
    return tuple(_entry(each, place_of(index)) for index, each in enumerate(fields.waivers))


def _unknown_rules(data: Data) -> Iterator[Fault]:
    for index, each in entries_in(data, "waivers"):
        name = each.get("rule")
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
