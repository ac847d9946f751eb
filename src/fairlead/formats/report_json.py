"""A report as JSON."""

from __future__ import annotations

import orjson

from fairlead.formats.codec import to_json
from fairlead.model.report import SCHEMA, Report


def format_report_json(report: Report) -> bytes:
    return orjson.dumps(
        {
            "schema": SCHEMA,
            "exit_code": int(report.exit_code),
            "changed": report.changed,
            "run": to_json(report.run),
            "plan": {"counts": report.plan.count(), "notes": [*report.plan.notes], **to_json(report.plan)},
        }
    )
