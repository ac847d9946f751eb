"""A plan for people: what changes, why, and what is known only later. Secrets are masked by their type."""

from __future__ import annotations

import json
from collections.abc import Iterator

from fairlead.formats.codec import to_json
from fairlead.formats.marks import ACTIONS, OUTCOMES
from fairlead.formats.plain_text import one_line
from fairlead.formats.styled import Line, Tone, line, span, text_of
from fairlead.model.change import ABSENT, Change, ChangeAction, FieldChange
from fairlead.model.plan import Phase, Plan, Step
from fairlead.model.run import Outcome

FIELDS_SHOWN = 12
LONGEST_VALUE = 60


def format_plan(plan: Plan) -> str:
    """Several lines, without colour."""
    return "".join(f"{text_of(one)}\n" for one in plan_lines(plan))


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


def plan_lines(plan: Plan) -> Iterator[Line]:
    """What changes phase by phase, the notes, and the counts at the end."""
    at = f", commit {plan.commit[:12]}" if plan.commit else ""
    dirty = ", tree differs from it" if plan.dirty and plan.commit else ""
    simulated = ", nodes are simulated" if plan.simulated else ""
    yield line(span(f"{plan.project} in {plan.environment}", Tone.STRONG), f"{at}{dirty}{simulated}")
    for phase in Phase:
        yield from _phase(phase, [step for step in plan.steps if step.phase is phase])
    for note in (*plan.left_out, *plan.notes):
        yield line(span("note: ", Tone.DIM), note)
    for step in plan.steps:
        for note in step.notes:
            yield line(span("note: ", Tone.DIM), f"{step.name}: {note}")
    yield line(span(format_counts(plan), Tone.STRONG))


def _phase(phase: Phase, steps: list[Step]) -> Iterator[Line]:
    if not steps:
        return
    yield line(span(phase.value, Tone.STRONG))
    for step in steps:
        yield from _step(step)


def _step(step: Step) -> Iterator[Line]:
    if step.left_out:
        yield line("  ", OUTCOMES[Outcome.SKIPPED], f" {step.name}: left out, {step.left_out}")
        return
    moving = [change for change in step.changes if change.action.is_change]
    if not moving:
        reason = step.changes[0].reason if step.changes else ""
        mark = ACTIONS[step.changes[0].action if step.changes else ChangeAction.NOOP]
        yield line("  ", mark, f" {step.name}: ", span(reason, Tone.DIM))
        return
    if len(moving) == 1 and len(step.changes) == 1 and not moving[0].fields:
        mark = ACTIONS[moving[0].action]
        yield line(
            "  ", mark, " ", span(f"{step.name}: ", mark.tone), f"{_action(moving[0], step)}, {moving[0].reason}"
        )
        return
    calm = len(step.changes) - len(moving)
    same = span(f" ({calm} unchanged)" if calm else "", Tone.DIM)
    mark = ACTIONS[ChangeAction.UPDATE]
    yield line("  ", mark, " ", span(step.name, mark.tone), same)
    for change in moving:
        yield line("      ", ACTIONS[change.action], f" {change.subject}: {change.reason}")
        yield from (line(span(f"          {one}", Tone.DIM)) for one in _fields(change))


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
    """`.spec.replicas: wanted 2, found 5, owner kubectl since 2026-11-22T13:00:00Z (conflict)`."""
    since = f" since {field.since}" if field.since else ""
    owner = f", owner {field.owner}{since}" if field.owner else ""
    conflict = " (conflict)" if is_conflict else ""
    return f"{field.path}: wanted {format_value(field.wanted)}, found {format_value(field.found)}{owner}{conflict}"


def format_value(value: object) -> str:
    """One line at most; what is not there is `nothing`, what is secret `***`."""
    if value is ABSENT:
        return "nothing"
    shown = to_json(value)
    text = one_line(shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False))
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"
