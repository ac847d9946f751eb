"""A validation as SARIF 2.1.0, for code hosts: https://docs.oasis-open.org/sarif/sarif/v2.1.0/."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

import orjson

from fairlead.formats.fingerprints import fingerprints
from fairlead.model.finding import Finding, Location, Severity
from fairlead.model.rule import Rule
from fairlead.model.rules import RULES
from fairlead.model.validation import Validation, placed

SARIF_VERSION: Final = "2.1.0"
FINGERPRINT: Final = "fairlead/v1"
_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def format_validation_sarif(found: Validation, *, version: str) -> bytes:
    """*version* is Fairlead's own."""
    named = sorted({finding.rule for finding in found.findings})
    driver = {
        "name": "fairlead",
        "semanticVersion": version,
        "rules": [_rule(RULES[name]) if name in RULES else {"id": name} for name in named],
    }
    prints = fingerprints(found.findings)
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(f, p, named) for f, p in zip(found.findings, prints, strict=True)],
        "properties": {"checked": found.checked, "rules": found.rules, "files": found.files},
    }
    return orjson.dumps({"version": SARIF_VERSION, "runs": [run]})


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.about},
        "help": {"text": f"{rule.about} See {rule.page}.", "markdown": f"{rule.about}\n\nSee `{rule.page}`."},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"stage": rule.stage.value},
    }


def _result(finding: Finding, fingerprint: str, named: Sequence[str]) -> Mapping[str, Any]:
    subject = f"{finding.ref}: " if finding.ref else ""
    hint = f" ({finding.hint})" if finding.hint else ""
    place = placed(finding)
    chain = finding.chain if finding.location else finding.chain[:-1]
    return {
        "ruleId": finding.rule,
        "ruleIndex": named.index(finding.rule),
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{subject}{finding.message}{hint}"},
        "locations": [_location(place, finding)],
        **({"relatedLocations": [_related(i, at) for i, at in enumerate(chain)]} if chain else {}),
        "partialFingerprints": {FINGERPRINT: fingerprint},
    }


def _location(place: Location | None, finding: Finding) -> dict[str, Any]:
    logical = str(finding.ref or finding.component)
    return {
        **({"physicalLocation": _physical(place)} if place else {}),
        **({"logicalLocations": [{"fullyQualifiedName": logical}]} if logical else {}),
    }


def _related(index: int, place: Location) -> dict[str, Any]:
    return {"id": index, "physicalLocation": _physical(place), "message": {"text": "what led there"}}


def _physical(place: Location) -> dict[str, Any]:
    region = {"startLine": place.line, **({"startColumn": place.column} if place.column else {})}
    return {
        "artifactLocation": {"uri": quote(place.file)},
        **({"region": region} if place.line else {}),
    }
