"""A file of ours that holds one YAML map: its data, the place of everything in it, and what is wrong with the YAML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fairlead.formats.yaml.tree import parse_stream
from fairlead.model.errors import InputError
from fairlead.model.finding import Finding, Location, Severity
from fairlead.readers.yaml_places import Places, find_places


def read_map(
    text: str, *, file: str, what: str, start: str, findings: list[Finding]
) -> tuple[Mapping[str, Any], Places]:
    """The map that *text* holds; keys written twice and tags are appended to *findings*. *what* names the kind of file
    and *start* its first line, for hints. Raises InputError for what is no map."""
    written: list[Finding] = []
    try:
        trees = list(parse_stream(text, file=file, findings=written))
    except InputError as err:
        raise faulty([_finding(err.message, hint=err.hint, location=err.location)], file=file) from err
    if len(trees) > 1:
        place = Location(file, trees[1].line, 1)
        raise faulty([_finding(f"{what} holds one document, this one holds more", location=place)], file=file)
    if not trees or not isinstance(trees[0].value, dict):
        is_empty = not trees or trees[0].value is None
        message = "the file is empty" if is_empty else f"{what} is a map"
        hint = f"it starts with `{start}`"
        raise faulty([_finding(message, hint=hint, location=Location(file, 1, 1))], file=file)
    places = find_places(text, file=file)
    findings += (_as_error(finding) for finding in written)
    findings += (
        _finding("YAML tags are refused", rule="yaml-tag", hint="quote text instead", location=Location(file, *at))
        for at in places.tags
    )
    return trees[0].value, places


def _finding(message: str, *, location: Location | None, hint: str = "", rule: str = "yaml-syntax") -> Finding:
    return Finding(rule=rule, message=message, hint=hint, location=location)


def _as_error(finding: Finding) -> Finding:
    """What a manifest may hold with a warning is a fault here: nobody else reads this file."""
    return Finding(
        rule=finding.rule,
        message=finding.message,
        hint=finding.hint,
        severity=Severity.ERROR,
        location=finding.location,
    )


def faulty(findings: list[Finding], *, file: str) -> InputError:
    ordered = sorted(findings, key=lambda finding: finding.location or Location(file))
    count = f"{len(ordered)} faults" if len(ordered) > 1 else "1 fault"
    return InputError(f"{file} has {count}", findings=ordered)
