"""A validation as JSON: every finding, with the fingerprint that stays while lines move."""

from __future__ import annotations

import orjson

from fairlead.formats.codec import to_json
from fairlead.formats.fingerprints import fingerprints
from fairlead.model.finding import Severity
from fairlead.model.validation import SCHEMA, Validation


def format_validation_json(found: Validation, *, fail_on: Severity) -> bytes:
    prints = fingerprints(found.findings)
    said = to_json(found)
    listed = [
        {**to_json(finding), "severity": finding.severity.value, "fingerprint": each}
        for finding, each in zip(found.findings, prints, strict=True)
    ]
    counts = {severity.value: found.count(severity) for severity in Severity}
    return orjson.dumps(
        {
            "schema": SCHEMA,
            "exit_code": int(found.exit_code(fail_on)),
            "counts": counts,
            "checked": found.checked,
            "rules": found.rules,
            **said,
            "findings": listed,
        }
    )
