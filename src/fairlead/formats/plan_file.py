"""A plan as JSON: what `-o json` prints and what a plan file holds. Secrets are masked by their type."""

from __future__ import annotations

import orjson

from fairlead.formats.codec import from_json, to_json
from fairlead.formats.conflict_text import SCHEMA as CONFLICTS
from fairlead.formats.conflict_text import conflict_data
from fairlead.model.errors import InputError
from fairlead.model.exit_codes import ExitCode
from fairlead.model.plan import Plan

SCHEMA = "fairlead.dev/plan/v1"


def format_plan_json(plan: Plan) -> bytes:
    extra = {"conflicts": conflict_data(plan)} if plan.conflicts else {}
    said = {"schema": SCHEMA, "has_changes": plan.has_changes, "counts": plan.count(), **extra}
    return orjson.dumps({**said, **to_json(plan)})


def parse_plan(content: bytes, *, file: str) -> Plan:
    """Raises InputError for what is no plan of this version."""
    try:
        data = orjson.loads(content)
        if data["schema"] != SCHEMA:
            raise InputError(f"{file} is a plan of another version: {data['schema']}", hint="make a new plan")
        return from_json(Plan, data)
    except (ValueError, KeyError, TypeError) as err:
        raise InputError(f"{file} is no plan", hint="make one with `fairlead plan --out FILE`") from err


def format_conflicts_json(plan: Plan, *, error: str) -> bytes:
    """What `deploy -o json` prints where it is refused because others hold fields: nothing was changed."""
    code = ExitCode.REFUSED
    return orjson.dumps(
        {"schema": CONFLICTS, "exit_code": code, "changed": False, "error": error, "conflicts": conflict_data(plan)}
    )
