"""Fields that somebody else holds: for people and for programs, each with the three things that can be done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from fairlead.formats.codec import to_json
from fairlead.formats.plan_text import format_field, format_value
from fairlead.formats.styled import Line, Tone, line, span
from fairlead.model.change import ABSENT, WHOLE_OBJECT, Change, FieldChange
from fairlead.model.ignore import IGNORE_FILE
from fairlead.model.plan import Plan
from fairlead.model.secret import SecretText

SCHEMA: Final = "fairlead.dev/conflicts/v1"
CHOICES: Final = (
    "take the fields back with --force-conflicts, take the values into the project, "
    f"or leave them to the other with an entry in {IGNORE_FILE}"
)


def conflict_lines(plan: Plan) -> Iterator[Line]:
    """Object, field, values, owner and since when; then what can be done about each object."""
    for component, change in _conflicts(plan):
        yield line(span(f"conflict: {change.subject}", Tone.WORST))
        yield from (line(f"  {_held(field)}") for field in change.conflicts)
        yield line(span("  take back: ", Tone.STRONG), f"fairlead deploy -e {plan.environment} --force-conflicts")
        yield line(span("  take over: ", Tone.STRONG), _take_over(component, change))
        yield line(span("  leave it:  ", Tone.STRONG), f"in {IGNORE_FILE}: {_flow(_ignore_entry(component, change))}")


def conflict_data(plan: Plan) -> list[dict[str, Any]]:
    """The same for programs: one entry per object."""
    return [
        {
            "component": component,
            "object": change.subject,
            "target": to_json(change.target),
            "fields": to_json(change.conflicts),
            "choices": {
                "take_back": f"fairlead deploy -e {plan.environment} --force-conflicts",
                "take_over": _take_over(component, change),
                "leave": {"file": IGNORE_FILE, "entry": _ignore_entry(component, change)},
            },
        }
        for component, change in _conflicts(plan)
    ]


def _conflicts(plan: Plan) -> Iterator[tuple[str, Change]]:
    return ((step.component, change) for step in plan.steps for change in step.changes if change.conflicts)


def _held(field: FieldChange) -> str:
    return f"it belongs to {field.owner}" if field.path == WHOLE_OBJECT else format_field(field)


def _take_over(component: str, change: Change) -> str:
    if holder := next((field.owner for field in change.conflicts if field.path == WHOLE_OBJECT), ""):
        return f"remove it from {holder} and deploy there first"
    if all(field.wanted is field.found is ABSENT for field in change.conflicts):
        return f"the values are equal: the first choice only moves their ownership to {component}"
    return f"write into component {component}: {', '.join(_assignment(f.path, f.found) for f in change.conflicts)}"


def _assignment(path: str, found: object) -> str:
    if found is ABSENT:
        return f"no {path}"
    if isinstance(found, SecretText):
        return f"{path} as it is there"
    return f"{path} = {format_value(found)}"


def _ignore_entry(component: str, change: Change) -> Mapping[str, Any]:
    """What to put into the file, but for the reason, who decided it, and until when."""
    target = change.target
    place = {"kind": target.kind, "namespace": target.namespace, "name": target.name} if target else {}
    return {
        "component": component,
        **{name: value for name, value in place.items() if value},
        "fields": [field.path for field in change.conflicts],
        "reason": "…",
        "owner": "…",
        "expires": "YYYY-MM-DD",
    }


def _flow(entry: Mapping[str, Any]) -> str:
    """As a flow mapping of YAML, on one line."""
    shown = {name: f"[{', '.join(map(_quoted, v))}]" if isinstance(v, list) else v for name, v in entry.items()}
    return f"- {{{', '.join(f'{name}: {value}' for name, value in shown.items())}}}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
