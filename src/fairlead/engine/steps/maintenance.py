"""The two steps of `--maintenance-mode`: close the environment before anything is changed, scale back before tests."""

from __future__ import annotations

import dataclasses
from typing import Any

from fairlead.engine.deployment import Deployment, Done
from fairlead.engine.maintenance import Caretaker
from fairlead.model.maintenance import Maintenance
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.model.plan import Step
from fairlead.model.run import Outcome, Run, StepResult
from fairlead.planning.changes import precondition_of


async def close_environment(step: Step, deployment: Deployment) -> Done:
    """Recorded first, then announced, then scaled: a crash in between leaves it closed, and says so."""
    caretaker, journal = caretaker_of(step, deployment), deployment.journal
    settings = deployment.site.environment.maintenance
    maintenance = journal.head.maintenance
    if maintenance is None:
        maintenance = Maintenance(
            since=deployment.site.clock.now(),
            who=journal.run.holder,
            reason=_reason(journal.run),
            run=journal.run.id,
            scaled=await caretaker.find(settings, deployment.records),
            announced=await caretaker.announced_in(settings),
        )
        await journal.change_maintenance(maintenance)
    await caretaker.announce(maintenance)
    scaled = await caretaker.scale(maintenance)
    _see(deployment, scaled)
    reason = f"closed to other deployments, {_workloads(len(scaled))} scaled"
    result = StepResult(outcome=Outcome.CHANGED, reason=reason, checked=1, written=len(scaled))
    return Done(result=result)


async def scale_back(step: Step, deployment: Deployment) -> Done:
    maintenance = deployment.journal.head.maintenance
    if maintenance is None:
        return Done(result=StepResult(outcome=Outcome.NOOP, reason="nothing is scaled", checked=1))
    caretaker = caretaker_of(step, deployment)
    watch = await deployment.waiter.watch(each.ref for each in maintenance.scaled)
    scaled = await caretaker.scale_back(maintenance)
    await deployment.waiter.wait(
        scaled, timeout=step.timeout_seconds, tell=lambda text: deployment.tell(step, text), watch=watch
    )
    await deployment.journal.change_maintenance(dataclasses.replace(maintenance, scaled=()))
    came = len(maintenance.scaled) - len(scaled)
    reason = f"{_workloads(len(scaled))} scaled back"
    reason += f", {came} came back with what was deployed" if came else ""
    outcome = Outcome.CHANGED if scaled else Outcome.NOOP
    return Done(result=StepResult(outcome=outcome, reason=reason, checked=1, written=len(scaled)))


def caretaker_of(step: Step, deployment: Deployment) -> Caretaker:
    return Caretaker(
        cluster=deployment.site.cluster,
        environment=deployment.site.environment.name,
        fence=deployment.fence,
        tell=lambda text: deployment.tell(step, text),
    )


def _workloads(count: int) -> str:
    return f"{count} workload" if count == 1 else f"{count} workloads"


def _reason(run: Run) -> str:
    return f"deployment of commit {run.commit[:12]}" if run.commit else "a deployment"


def _see(deployment: Deployment, scaled: dict[ObjectRef, Manifest]) -> None:
    """What planning saw, after our own scaling: its writes are guarded by what was there."""
    planned, key = deployment.planned, deployment.key

    def seen(ref: ObjectRef, manager: str) -> dict[str, Any]:
        live = scaled[ref]
        return {"live": live, "precondition": precondition_of(live, manager, key=key)}

    prepared = {
        name: dataclasses.replace(
            one,
            comparisons=tuple(
                dataclasses.replace(c, **seen(c.ref, one.component.field_manager)) if c.ref in scaled else c
                for c in one.comparisons
            ),
        )
        for name, one in planned.prepared.items()
    }
    deployment.planned = dataclasses.replace(planned, prepared=prepared)
