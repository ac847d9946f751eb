"""A plan for people: what changes, why, and what is known only later. Secrets are masked by their type."""

from __future__ import annotations

import json
from collections.abc import Iterator

from fairlead.formats.codec import to_json
from fairlead.formats.plain_text import one_line, plain
from fairlead.model.change import ABSENT, Change, ChangeAction, FieldChange
from fairlead.model.plan import Phase, Plan, Step

MARKS = {
    ChangeAction.CREATE: "+",
    ChangeAction.UPDATE: "~",
    ChangeAction.REPLACE: "±",
    ChangeAction.DELETE: "-",
    ChangeAction.ADOPT: ">",
    ChangeAction.NOOP: "=",
    ChangeAction.SUSPECT: "?",
    ChangeAction.UNKNOWN: "?",
    ChangeAction.RUN: "·",
}

FIELDS_SHOWN = 12
LONGEST_VALUE = 60


def format_plan(plan: Plan) -> str:
    """Several lines, without colour; phases without a change are one line each."""
    return plain("\n".join(_lines(plan)) + "\n")


def format_counts(plan: Plan) -> str:
    """One sentence: how much of what."""
    counts = plan.count()
    said = [f"{counts[a.value]} to {_verb(a)}" for a in ChangeAction if a.value in counts and a in _VERBS]
    unknown = counts.get(ChangeAction.UNKNOWN.value, 0)
    if unknown:
        said.append(f"{unknown} known after apply" if plan.cluster_observed else f"{unknown} not observed")
    return f"Plan: {', '.join(said)}." if said else "Plan: nothing to change."


_VERBS = {
    ChangeAction.CREATE: "create",
    ChangeAction.UPDATE: "update",
    ChangeAction.REPLACE: "replace",
    ChangeAction.DELETE: "delete",
    ChangeAction.ADOPT: "adopt",
}


def _verb(action: ChangeAction) -> str:
    return _VERBS[action]


def _lines(plan: Plan) -> Iterator[str]:
    at = f", commit {plan.commit[:12]}" if plan.commit else ""
    dirty = ", tree differs from it" if plan.dirty and plan.commit else ""
    simulated = ", nodes are simulated" if plan.simulated else ""
    yield f"{plan.project} in {plan.environment}{at}{dirty}{simulated}"
    for phase in Phase:
        yield from _phase(phase, [step for step in plan.steps if step.phase is phase])
    for note in (*plan.left_out, *plan.notes):
        yield f"note: {note}"
    for step in plan.steps:
        for note in step.notes:
            yield f"note: {step.name}: {note}"
    yield format_counts(plan)


def _phase(phase: Phase, steps: list[Step]) -> Iterator[str]:
    if not steps:
        return
    yield f"{phase.value}"
    for step in steps:
        yield from _step(step)


def _step(step: Step) -> Iterator[str]:
    if step.left_out:
        yield f"  - {step.name}: left out, {step.left_out}"
        return
    moving = [change for change in step.changes if change.action.is_change]
    if not moving:
        reason = step.changes[0].reason if step.changes else ""
        mark = MARKS[step.changes[0].action] if step.changes else "="
        yield f"  {mark} {step.name}: {reason}"
        return
    if len(moving) == 1 and len(step.changes) == 1 and not moving[0].fields:
        yield f"  {MARKS[moving[0].action]} {step.name}: {_action(moving[0], step)}, {moving[0].reason}"
        return
    calm = len(step.changes) - len(moving)
    same = f" ({calm} unchanged)" if calm else ""
    yield f"  ~ {step.name}{same}"
    for change in moving:
        yield f"      {MARKS[change.action]} {change.subject}: {change.reason}"
        yield from (f"          {line}" for line in _fields(change))


def _action(change: Change, step: Step) -> str:
    """The action, and on what where the step's name does not say it already."""
    is_said = change.subject == step.component or step.name.endswith(change.subject.rpartition(" ")[2])
    return change.action.value if is_said else f"{change.action.value} {change.subject}"


def _fields(change: Change) -> Iterator[str]:
    conflicts = {field.path for field in change.conflicts}
    for field in change.fields[:FIELDS_SHOWN]:
        yield format_field(field, is_conflict=field.path in conflicts)
    if len(change.fields) > FIELDS_SHOWN:
        yield f"… and {len(change.fields) - FIELDS_SHOWN} more fields"


def format_field(field: FieldChange, *, is_conflict: bool = False) -> str:
    """`.spec.replicas: wanted 2, found 5, owner kubectl (conflict)`."""
    owner = f", owner {field.owner}" if field.owner else ""
    conflict = " (conflict)" if is_conflict else ""
    return f"{field.path}: wanted {_value(field.wanted)}, found {_value(field.found)}{owner}{conflict}"


def _value(value: object) -> str:
    if value is ABSENT:
        return "nothing"
    shown = to_json(value)
    text = one_line(shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False))
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"
