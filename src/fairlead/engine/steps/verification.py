"""Phase test: every rollout, Jobs, and commands. On simulated nodes a test passes, and proves nothing."""

from __future__ import annotations

from typing import Any

from fairlead.engine.deployment import Deployment, Done
from fairlead.engine.refusal import refused
from fairlead.engine.steps.commands import run_command
from fairlead.engine.steps.nothing import nothing_to_check
from fairlead.formats.manifests import read_documents
from fairlead.model.component import Component, TestSource
from fairlead.model.environment import expand
from fairlead.model.errors import InputError, StepFailed
from fairlead.model.objects import Manifest, ObjectRef, ref_of
from fairlead.model.plan import Step
from fairlead.model.run import Outcome, StepResult
from fairlead.planning.image_replacement import replace_images
from fairlead.planning.image_request import unknown_images, used_images

MANAGER = "fairlead-test"

SETTLE_SECONDS = 60.0
"""How long a workload that somebody scales at this moment may take to be as it should be again."""


async def verify_rollouts(step: Step, deployment: Deployment) -> Done:
    """Every object is there and as it should be. One that moves is given a moment: an autoscaler may be at it."""
    wanted = [ref for record in deployment.records.values() for ref in record.baselines]
    if not wanted:
        return nothing_to_check(deployment)
    live = await deployment.deployed_objects()
    gone = [ref for ref in wanted if ref not in live]
    if gone:
        more = f" (and {len(gone) - 1} more)" if len(gone) > 1 else ""
        return _failed(f"{gone[0]} is gone{more}", checked=len(wanted))
    restless = [ref for ref in wanted if not deployment.waiter.is_settled(live[ref])]
    try:
        await deployment.waiter.wait(
            restless, timeout=_patience(deployment), tell=lambda text: deployment.tell(step, text)
        )
    except StepFailed as err:
        return _failed(str(err), checked=len(wanted), hint=err.hint)
    return _passed(f"{len(wanted)} objects are as they should be", deployment, checked=len(wanted))


def _patience(deployment: Deployment) -> float:
    return min(SETTLE_SECONDS, *(component.timeout_seconds for component in deployment.site.project.components))


async def verify_by_job(step: Step, deployment: Deployment) -> Done:
    """Run a Job to its end and remove it."""
    component = deployment.component(step)
    job = _job_of(component, deployment)
    cluster = deployment.site.cluster
    await _remove_cut_off(job, deployment)
    deployment.fence()
    result = await cluster.apply(job, manager=MANAGER)
    if result.live is None:
        raise refused(ref_of(job), result.message, about=job)
    ref = ref_of(result.live)
    try:
        await deployment.waiter.wait([ref], timeout=step.timeout_seconds, tell=lambda text: deployment.tell(step, text))
    finally:
        await cluster.delete(ref, uid=result.live["metadata"]["uid"])
    return _passed(f"{ref} completed", deployment, checked=1)


async def _remove_cut_off(job: Manifest, deployment: Deployment) -> None:
    """Jobs of this test that runs which died left behind."""
    metadata = job["metadata"]
    for found in await deployment.site.cluster.list_objects(
        group="batch",
        kind="Job",
        namespace=metadata["namespace"],
        labels=_labels(deployment, metadata["labels"][_TEST]),
    ):
        if found["metadata"]["name"] != metadata["name"]:
            ref = ObjectRef(group="batch", kind="Job", namespace=metadata["namespace"], name=found["metadata"]["name"])
            await deployment.site.cluster.delete(ref, uid=found["metadata"]["uid"])


_TEST = "fairlead.dev/test"


def _labels(deployment: Deployment, test: str) -> dict[str, str]:
    site = deployment.site
    return {"fairlead.dev/project": site.project.name, "fairlead.dev/environment": site.environment.name, _TEST: test}


def _job_of(component: Component, deployment: Deployment) -> Manifest:
    """The Job of the test, under a name of this run so that nothing of an earlier one is in its way."""
    source = _source(component)
    file = expand(source.job, deployment.site.environment)
    documents = read_documents(deployment.site.sources.files.read_text(file), file=file).documents
    if len(documents) != 1 or documents[0].data.get("kind") != "Job":
        raise InputError(f"{file} must hold exactly one Job", hint="put the test's Job in a file of its own")
    outputs = deployment.planned.outputs
    if unknown := unknown_images(component, outputs):
        raise InputError(f"the image of {', '.join(unknown)} is not known", hint="deploy with phase provision first")
    (job,) = replace_images([documents[0].data], used_images(component, outputs))
    metadata: dict[str, Any] = {**(job.get("metadata") or {})}
    metadata["name"] = f"{metadata.get('name', component.name)[:40]}-{deployment.journal.run.id[-6:]}"
    metadata["namespace"] = metadata.get("namespace") or component.namespace or "default"
    metadata["labels"] = {**(metadata.get("labels") or {}), **_labels(deployment, component.name)}
    return {**job, "metadata": metadata}


async def verify_by_command(step: Step, deployment: Deployment) -> Done:
    command = _source(deployment.component(step)).command if step.component else deployment.extra_test
    result = await run_command(step, command, deployment)
    return Done(result=result)


def _source(component: Component) -> TestSource:
    if not isinstance(component.source, TestSource):
        raise TypeError(f"{component.name} is no test")
    return component.source


def _passed(said: str, deployment: Deployment, *, checked: int) -> Done:
    simulated = " (simulated)" if deployment.ground.simulated else ""
    return Done(result=StepResult(outcome=Outcome.PASSED, reason=said + simulated, checked=checked))


def _failed(said: str, *, checked: int, hint: str = "") -> Done:
    return Done(result=StepResult(outcome=Outcome.FAILED, reason=said, hint=hint, checked=checked, exit_code=1))
