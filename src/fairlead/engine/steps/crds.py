"""Writes the CRDs that a component brings, before anything that uses them, and waits until the API serves them."""

from __future__ import annotations

from fairlead.engine.deployment import Deployment, Done
from fairlead.engine.recording import crd_manager, record_crds
from fairlead.engine.steps.looking import write_crds
from fairlead.model.plan import Step
from fairlead.model.run import Outcome, StepResult


async def write_component_crds(step: Step, deployment: Deployment) -> Done:
    component = deployment.component(step)
    prepared = deployment.planned.prepared[step.component]
    comparisons = prepared.crd_comparisons
    if deployment.is_second_try(step):
        wanted = {c.ref: c.wanted for c in comparisons}
        comparisons = await deployment.comparer.compare(wanted, manager=crd_manager(component))
    written = await write_crds(step, component, comparisons, deployment)
    record = await record_crds(component, prepared, deployment, written=written)
    reason = f"{len(written)} of {len(comparisons)} definitions written"
    outcome = Outcome.CHANGED if written else Outcome.NOOP
    result = StepResult(outcome=outcome, reason=reason, checked=len(comparisons), written=len(written))
    return Done(result=result, record=record)
