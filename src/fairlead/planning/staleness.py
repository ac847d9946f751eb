"""Whether a saved plan, or the plan of an interrupted run, still holds."""

from __future__ import annotations

from collections.abc import Iterable

from fairlead.model.change import ChangeAction
from fairlead.model.errors import InputError, Refused
from fairlead.model.plan import Phase, Plan
from fairlead.model.run import Run


class StalePlan(Refused):
    """Intent or precondition moved since the plan was made."""


class OtherIntent(Refused):
    """The run that is to be resumed wanted something else."""


def require_fresh(saved: Plan, now: Plan) -> None:
    """*now* is the plan of this moment. Raises StalePlan naming what moved; a status update moves nothing."""
    if (saved.project, saved.environment) != (now.project, now.environment):
        raise InputError(
            f"the saved plan is for {saved.project}/{saved.environment}, not {now.project}/{now.environment}"
        )
    if saved.intent != now.intent:
        raise StalePlan(f"the project changed since the plan was saved: {_changed_sources(saved, now)}", hint=_HINT)
    moved = _moved(saved, now)
    if moved:
        raise StalePlan(f"changed in the cluster since the plan was saved: {_few(moved)}", hint=_HINT)
    if _provisions(saved) != _provisions(now):
        raise StalePlan("Terraform plans other changes than when the plan was saved", hint=_HINT)
    if more := sorted(now.destructive - saved.destructive):
        raise StalePlan(f"would now also remove or replace {_few(more)}", hint=_HINT)


_HINT = "make a new plan: fairlead plan --out FILE"


def require_same_intent(run: Run, now: Plan) -> None:
    """Raises OtherIntent naming the commit that the run was of."""
    if run.intent != now.intent:
        of = f"commit {run.commit[:12]}" if run.commit else "another state of the project"
        dirty = ", from a dirty tree" if run.dirty else ""
        raise OtherIntent(
            f"run {run.id} deployed {of}{dirty}; what lies here wants something else",
            hint=f"check out {run.commit[:12] or 'that state'}, or start over with `fairlead deploy`",
        )
    if more := sorted(now.destructive - set(run.destructive) - _unfinished(run, now)):
        raise OtherIntent(f"would now also remove or replace {_few(more)}", hint="start over with `fairlead deploy`")


def _unfinished(run: Run, now: Plan) -> frozenset[str]:
    """What the run itself began to make and was cut off at: made anew, it is no more than the run was to do."""
    return frozenset(
        f"{step.name}: {change.subject}"
        for step in now.steps
        for change in step.changes
        if change.is_unfinished and step.name in run.steps
    )


def _changed_sources(saved: Plan, now: Plan) -> str:
    before = {step.name: step.source_digest for step in saved.steps if step.source_digest}
    after = {step.name: step.source_digest for step in now.steps if step.source_digest}
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return _few(names) if names else "its environment or the flags"


def _moved(saved: Plan, now: Plan) -> list[str]:
    names = saved.preconditions.keys() | now.preconditions.keys()
    return sorted(name for name in names if saved.preconditions.get(name) != now.preconditions.get(name))


def _provisions(plan: Plan) -> frozenset[tuple[str, str, ChangeAction]]:
    return frozenset(
        (step.name, change.subject, change.action)
        for step in plan.steps
        if step.phase is Phase.PROVISION
        for change in step.changes
    )


def _few(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - 3} more" if len(listed) > 3 else ""
    return f"{', '.join(listed[:3])}{more}"
