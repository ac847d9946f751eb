"""Puts drifted objects of one component back: by server-side apply as who wrote them, so that a Helm release keeps its
revision. Nothing is taken that the plan did not show."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence

from fairlead.engine.changing import Swapper
from fairlead.engine.compare import Comparison
from fairlead.engine.deployment import Deployment, Done
from fairlead.engine.recording import crd_manager, record_reverted
from fairlead.engine.steps.looking import write_crds, writer_for
from fairlead.model.change import ChangeAction
from fairlead.model.objects import ObjectRef
from fairlead.model.plan import Step
from fairlead.model.run import Outcome, StepResult
from fairlead.planning.drift_revert import added_keys, without_keys


async def revert_objects(step: Step, deployment: Deployment) -> Done:
    def tell(text: str) -> None:
        deployment.tell(step, text)

    component = deployment.component(step)
    prepared = deployment.planned.prepared[step.component]
    is_again = deployment.is_second_try(step)
    crds = await _current(prepared.crd_comparisons, deployment, manager=crd_manager(component), is_again=is_again)
    written = dict(await write_crds(step, component, crds, deployment))
    manager = component.field_manager
    objects = await _current(prepared.comparisons, deployment, manager=manager, is_again=is_again)
    writer = writer_for(step, deployment, manager=manager, is_strict=True)
    written |= await writer.write(objects, tell=tell)
    keys = await _remove_keys(step, deployment)
    refs = [c.ref for c in (*crds, *objects)]
    await deployment.waiter.wait(refs, timeout=step.timeout_seconds, tell=tell)
    record = await record_reverted(component, prepared, deployment, written=written)
    count = len({*written, *keys})
    reason = f"{count} of {len(step.changes)} objects put back"
    result = StepResult(
        outcome=Outcome.CHANGED if count else Outcome.NOOP, reason=reason, checked=len(step.changes), written=count
    )
    return Done(result=result, record=record)


async def _current(
    comparisons: Sequence[Comparison], deployment: Deployment, *, manager: str, is_again: bool
) -> tuple[Comparison, ...]:
    """As planned; looked at again where what an object needs was not there then, or an earlier try wrote."""
    if not is_again and all(c.change.action is not ChangeAction.UNKNOWN and not _was_early(c) for c in comparisons):
        return tuple(comparisons)
    planned = {c.ref: c.change for c in comparisons}
    now = await deployment.comparer.compare({c.ref: c.wanted for c in comparisons}, manager=manager)
    # Without a change nothing is written, and writing is how a field that is as wanted becomes ours again.
    return tuple(dataclasses.replace(c, change=planned[c.ref]) if c.lost else c for c in now)


def _was_early(comparison: Comparison) -> bool:
    """Whether its namespace or kind was missing: the dry-run could not say what the write will be."""
    return comparison.live is None


async def _remove_keys(step: Step, deployment: Deployment) -> tuple[ObjectRef, ...]:
    """Take away what a person added to data of ours: a field of another owner, which no apply of ours removes."""
    swapper = Swapper(cluster=deployment.site.cluster, fence=deployment.fence, purpose="lose what was added to it")
    found = added_keys(step.changes)
    for ref, keys in found.items():
        await swapper.replace(ref, functools.partial(without_keys, keys=keys))
    return tuple(found)
