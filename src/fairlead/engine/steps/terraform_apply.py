"""Applies the saved plan of a Terraform root and takes its outputs."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import Mapping
from functools import partial

from fairlead.engine.deployment import Deployment, Done
from fairlead.formats.digests import digest, keyed_digest
from fairlead.model.infrastructure import Output, TerraformPlan, TerraformRoot
from fairlead.model.plan import Step
from fairlead.model.record import ComponentRecord
from fairlead.model.run import Outcome, Run, StepResult
from fairlead.model.secret import SecretText

LOOK_SECONDS = 0.1
"""Between two looks for the lock of our own child; a short apply is over before it is seen."""


async def apply_root(step: Step, deployment: Deployment) -> Done:
    root = deployment.site.terraform_root(deployment.component(step))
    plan = await _saved_plan(step, root, deployment)
    outputs = await carry_out(step, root, plan, deployment)
    deployment.planned.outputs[step.component] = outputs
    record = await _with_input(record_outputs(step, outputs, deployment), step, deployment)
    moved = len(plan.changes)
    outcome = Outcome.CHANGED if plan.has_changes else Outcome.NOOP
    reason = f"{moved} resources changed, {len(outputs)} outputs"
    return Done(result=StepResult(outcome=outcome, reason=reason, checked=moved, written=moved), record=record)


async def carry_out(
    step: Step, root: TerraformRoot, plan: TerraformPlan, deployment: Deployment
) -> Mapping[str, Output]:
    """Apply a saved plan, and note the lock that it takes meanwhile; the outputs afterwards."""
    deployment.fence()
    watcher = asyncio.ensure_future(_note_lock(root, deployment))
    try:
        outputs = await deployment.site.infrastructure.apply(
            root, plan, on_event=lambda line: deployment.tell(step, line)
        )
    finally:
        watcher.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watcher
    await deployment.journal.change_run(lambda run: _without_lock(run, root))
    return outputs


async def _saved_plan(step: Step, root: TerraformRoot, deployment: Deployment) -> TerraformPlan:
    known = deployment.planned.terraform.get(step.component)
    if known is not None and not deployment.is_second_try(step):
        return known
    await deployment.site.infrastructure.init(root)
    return await deployment.site.infrastructure.plan(root)


async def _note_lock(root: TerraformRoot, deployment: Deployment) -> None:
    """Write down the lock that our child takes: should it die with us, `resume` knows that the holder is dead."""
    while True:
        lock = await deployment.site.infrastructure.lock(root)
        if lock is not None:
            note = {root.suffix: lock.id}
            await deployment.journal.change_run(partial(_with_locks, locks=note))
            return
        await deployment.site.clock.sleep(LOOK_SECONDS)


def _with_locks(run: Run, *, locks: Mapping[str, str]) -> Run:
    return dataclasses.replace(run, state_locks={**run.state_locks, **locks})


def _without_lock(run: Run, root: TerraformRoot) -> Run:
    kept = {suffix: lock for suffix, lock in run.state_locks.items() if suffix != root.suffix}
    return dataclasses.replace(run, state_locks=kept)


def record_outputs(step: Step, outputs: Mapping[str, Output], deployment: Deployment) -> ComponentRecord:
    """Outputs as the record keeps them: a sensitive one as its HMAC."""
    sensitive = tuple(sorted(name for name, output in outputs.items() if output.is_sensitive))
    kept = kept_outputs(outputs, deployment.key)
    return ComponentRecord(
        component=step.component,
        source_digest=step.source_digest,
        input_digest=step.source_digest,
        output_digest=digest(kept),
        outputs=kept,
        sensitive=sensitive,
        refreshed=deployment.site.clock.now(),
        written=deployment.site.clock.now(),
    )


async def record_refreshed(step: Step, deployment: Deployment) -> ComponentRecord | None:
    """The record of a root whose own plan found nothing to do: it was looked at now, with this input."""
    before = deployment.records.get(step.component)
    if before is None or step.component not in deployment.planned.terraform:
        return None
    now = deployment.site.clock.now()
    seen = dataclasses.replace(before, source_digest=step.source_digest, refreshed=now)
    return await _with_input(seen, step, deployment)


async def _with_input(record: ComponentRecord, step: Step, deployment: Deployment) -> ComponentRecord:
    given = await deployment.planned.renderer.input_digest(deployment.component(step), {})
    return dataclasses.replace(record, input_digest=given)


def kept_outputs(outputs: Mapping[str, Output], key: bytes) -> dict[str, object]:
    return {name: _kept(output, key) for name, output in sorted(outputs.items())}


def _kept(output: Output, key: bytes) -> object:
    value = output.value
    return keyed_digest(value.reveal_value(), key=key) if isinstance(value, SecretText) else value
