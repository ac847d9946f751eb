"""Writes a component's plain objects (manifests, kustomize) and waits until they are as they should be."""

from __future__ import annotations

from fairlead.engine.deployment import Deployment, Done
from fairlead.engine.recording import record_written
from fairlead.engine.steps.looking import ready_to_write, writer_for
from fairlead.model.plan import Step
from fairlead.model.run import Outcome, StepResult


async def apply_objects(step: Step, deployment: Deployment) -> Done:
    def tell(text: str) -> None:
        deployment.tell(step, text)

    component = deployment.component(step)
    prepared = await ready_to_write(step, component, deployment)
    comparisons = prepared.comparisons
    refs = [c.ref for c in comparisons]
    secrets = prepared.desired.unprintable() if prepared.desired else frozenset()
    watch = await deployment.waiter.watch(refs, secrets=secrets)
    written = await writer_for(step, deployment, manager=component.field_manager).write(comparisons, tell=tell)
    await deployment.waiter.wait(refs, timeout=step.timeout_seconds, tell=tell, watch=watch)
    record = await record_written(component, prepared, deployment, written=written)
    reason = f"{len(written)} of {len(comparisons)} objects written, all as they should be"
    outcome = Outcome.CHANGED if written else Outcome.NOOP
    result = StepResult(outcome=outcome, reason=reason, checked=len(comparisons), written=len(written))
    return Done(result=result, record=record)
