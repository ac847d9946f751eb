"""A report as JSON."""

from __future__ import annotations

from typing import Any

import orjson

from fairlead.formats.codec import to_json
from fairlead.model.report import SCHEMA, Report


def format_report_json(report: Report) -> bytes:
    return orjson.dumps({"schema": SCHEMA, **_body(report)})


def _body(report: Report) -> dict[str, Any]:
    """`notes` and `before`, the failed deployment that an automatic rollback took back, only where there are any."""
    return {
        "exit_code": int(report.exit_code),
        "changed": report.changed,
        "run": to_json(report.run),
        "plan": {"counts": report.plan.count(), "notes": [*report.plan.notes], **to_json(report.plan)},
        **({"notes": [*report.notes]} if report.notes else {}),
        **({"before": _body(report.before)} if report.before else {}),
    }
