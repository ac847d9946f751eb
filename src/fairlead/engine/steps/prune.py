"""Deletes what a component left behind, as far as the plan listed it and it is still ours."""

from __future__ import annotations

from collections.abc import Sequence

from fairlead.engine.deleting import Deleter
from fairlead.engine.deployment import Deployment, Done
from fairlead.engine.surrounding import look_around
from fairlead.model.plan import Step
from fairlead.model.record import ComponentRecord
from fairlead.model.removal import Fate, Verdict
from fairlead.model.run import Outcome, StepResult
from fairlead.planning.moves import claimed_from
from fairlead.planning.prune import Surrounding, decide, remains_of, without


async def prune_objects(step: Step, deployment: Deployment) -> Done:
    record = deployment.records.get(step.component)
    if record is None:
        return Done(result=StepResult(outcome=Outcome.NOOP, reason="nothing is left of it", checked=len(step.changes)))
    fates, around = await judge_again(step, record, deployment)
    gone = await deleter_of(deployment).delete(
        fates, around.live, timeout=step.timeout_seconds, tell=lambda text: deployment.tell(step, text)
    )
    kept = [fate for fate in fates if fate.verdict is Verdict.KEEP]
    after = remaining(record, fates, deployment)
    said = "".join(f"; {fate.item.ref} is kept: {fate.reason}" for fate in kept)
    result = StepResult(
        outcome=Outcome.CHANGED if gone else Outcome.NOOP,
        reason=f"{len(gone)} of {len(fates)} objects deleted{said}",
        checked=len(fates),
        written=len(gone),
    )
    return Done(result=result, record=after, is_forgotten=after is None)


async def judge_again(
    step: Step, record: ComponentRecord, deployment: Deployment
) -> tuple[tuple[Fate, ...], Surrounding]:
    """What becomes of the objects that the plan listed, now that everything was written. What another component has
    by now is not touched."""
    removals = deployment.planned.removals
    listed = {change.target for change in step.changes}
    claimed = claimed_from(step.component, deployment.records)
    wanted = {ref for name, other in deployment.records.items() if name not in removals.gone for ref in other.baselines}
    items = tuple(item for item in removals.items(record) if item.ref in listed and item.ref not in claimed)
    around = await look_around(deployment.site.cluster, items, wanted=wanted, state=deployment.site.state)
    return decide(items, around, named=removals.named), around


def remaining(record: ComponentRecord, fates: Sequence[Fate], deployment: Deployment) -> ComponentRecord | None:
    """The record without what was deleted or forgotten; None where nothing is left of a component that is gone."""
    leaving = {fate.item.ref for fate in fates if fate.verdict is not Verdict.KEEP}
    if record.component not in deployment.planned.removals.gone:
        return without(record, leaving)
    leaving |= claimed_from(record.component, deployment.records)
    return remains_of(record, leaving)


def deleter_of(deployment: Deployment) -> Deleter:
    waiter = deployment.waiter
    return Deleter(cluster=deployment.site.cluster, clock=waiter.clock, places=waiter.places, fence=deployment.fence)
