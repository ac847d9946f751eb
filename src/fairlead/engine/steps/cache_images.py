"""Has the nodes fetch the images of what is about to be deployed. What cannot be fetched is told, and stops nothing:
pods may have a login that nodes have not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fairlead.engine.deployment import Deployment, Done
from fairlead.engine.preparing import Prepared
from fairlead.model.errors import InputError, StepFailed, Unavailable
from fairlead.model.finding import Finding, Severity
from fairlead.model.objects import Manifest, ref_of
from fairlead.model.plan import Phase, Step
from fairlead.model.run import Outcome, StepResult
from fairlead.planning.image_pull import LABEL, Fetch, fetches_of, fetching_pods, missing_images
from fairlead.planning.image_replacement import images_in
from fairlead.ports import LocalDriver

NAMESPACE = "fairlead-system"
LOOK_SECONDS = 1.0


async def cache_images(step: Step, deployment: Deployment) -> Done:
    images = await _wanted(deployment)
    if deployment.ground.simulated:
        return _done(f"{len(images)} images not fetched: the nodes are simulated", checked=len(images))
    # Looked at now: images may have come to the nodes in phase provision.
    nodes = await deployment.site.cluster.list_objects(group="", kind="Node")
    missing = missing_images(nodes, images)
    if not missing:
        return _done(f"{len(images)} images are on every node, or are loaded there", checked=len(images))
    deployment.fence()
    local = deployment.site.local
    if local is not None:
        fetched = await _by_driver(step, local, missing, deployment)
    else:
        fetched = await _by_pods(step, missing, deployment)
    return _told(fetched, len(images), len(nodes))


async def _wanted(deployment: Deployment) -> tuple[str, ...]:
    """The images of every component that is about to be written."""
    found: list[Manifest] = []
    for step in deployment.planned.plan.steps:
        if step.phase is Phase.DEPLOY and step.component and not step.is_noop and not step.left_out:
            prepared = await _prepared(step, deployment)
            if prepared is not None and prepared.desired is not None:
                found += [*prepared.desired.objects.values(), *prepared.desired.hooks]
    return images_in(found)


async def _prepared(step: Step, deployment: Deployment) -> Prepared | None:
    prepared = deployment.planned.prepared.get(step.component)
    if prepared is not None and prepared.is_known:
        return prepared
    try:
        return await deployment.prepare_again(deployment.component(step))
    except (InputError, StepFailed):
        # It may need what an earlier component brings; its own step tells of its faults.
        return None


async def _by_driver(
    step: Step, local: LocalDriver, missing: Mapping[str, Sequence[str]], deployment: Deployment
) -> list[Fetch]:
    """The nodes of a local cluster may have no way out: its driver has one."""
    fetched = []
    for image in sorted({image for images in missing.values() for image in images}):
        deployment.tell(step, f"fetching {image}")
        nodes = ", ".join(node for node, images in missing.items() if image in images)
        try:
            await local.pull(image)
            fetched.append(Fetch(image=image, node=nodes, is_done=True))
        except (InputError, StepFailed, Unavailable) as err:
            fetched.append(Fetch(image=image, node=nodes, fault=err.message))
    return fetched


async def _by_pods(step: Step, missing: Mapping[str, Sequence[str]], deployment: Deployment) -> list[Fetch]:
    cluster, clock = deployment.site.cluster, deployment.site.clock
    pods = fetching_pods(missing, namespace=NAMESPACE, run=deployment.journal.run.id)
    await _remove_left(deployment)
    deadline = clock.monotonic() + step.timeout_seconds
    try:
        for pod in pods:
            await cluster.create(pod)
        while True:
            live = await cluster.observe([ref_of(pod) for pod in pods])
            fetches = [fetch for pod in pods for fetch in fetches_of(pod, live=live.get(ref_of(pod)))]
            pending = [fetch for fetch in fetches if not fetch.is_done and not fetch.fault]
            if not pending:
                return fetches
            if clock.monotonic() >= deadline:
                return [*(f for f in fetches if f not in pending), *map(_late, pending)]
            deployment.tell(step, f"fetching {pending[0].image} on {pending[0].node} (and {len(pending) - 1} more)")
            await clock.sleep(LOOK_SECONDS)
    finally:
        await _remove_left(deployment)


async def _remove_left(deployment: Deployment) -> None:
    """Also what a run that was killed left behind: the lock says that no other one is at work."""
    cluster = deployment.site.cluster
    for pod in await cluster.list_metadata(group="", kind="Pod", namespace=NAMESPACE):
        if LABEL in (pod["metadata"].get("labels") or {}):
            await cluster.delete(ref_of({"apiVersion": "v1", "kind": "Pod", **pod}))


def _late(fetch: Fetch) -> Fetch:
    return Fetch(image=fetch.image, node=fetch.node, fault="not fetched in time")


def _told(fetches: Sequence[Fetch], images: int, nodes: int) -> Done:
    faults = [fetch for fetch in fetches if fetch.fault]
    findings = tuple(
        Finding(
            rule="cache-images",
            message=f"{fault.image} was not fetched on {fault.node}: {fault.fault}",
            severity=Severity.WARNING,
            hint="correct its name, or its pods need a login of their own",
        )
        for fault in faults
    )
    said = f"{len(fetches) - len(faults)} fetched for {nodes} nodes, {images} wanted"
    if faults:
        said += f"; {len(faults)} not: {findings[0].message}"
    return _done(said, checked=images, findings=findings)


def _done(said: str, *, checked: int, findings: tuple[Finding, ...] = ()) -> Done:
    return Done(result=StepResult(outcome=Outcome.PASSED, reason=said, checked=checked, findings=findings))
