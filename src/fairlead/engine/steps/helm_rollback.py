"""Returns a Helm release to an older revision, waits for its objects, and checks that it became that revision again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from fairlead.engine.busy_releases import refuse_newcomer_at
from fairlead.engine.deployment import Deployment, Done
from fairlead.engine.handover import Handover
from fairlead.engine.holding_back import HoldingBack
from fairlead.engine.hooks import HookWatch, waiting_hooks
from fairlead.engine.preparing import Prepared
from fairlead.engine.recording import record_written
from fairlead.engine.release_repair import read_revision
from fairlead.engine.releases import ReleaseHead, read_releases
from fairlead.engine.steps.looking import ready_to_write
from fairlead.engine.steps.stored_release import arranged, differences, roll_back
from fairlead.model.change import ChangeAction
from fairlead.model.component import Component
from fairlead.model.errors import StepFailed
from fairlead.model.plan import Step
from fairlead.model.record import ComponentRecord
from fairlead.model.rendering import Release, ReleaseStatus
from fairlead.model.run import Outcome, StepResult

MOMENTS: Final = frozenset(("pre-rollback", "post-rollback"))


async def rollback_release(step: Step, deployment: Deployment) -> Done:
    def tell(text: str) -> None:
        deployment.tell(step, text)

    component = deployment.component(step)
    prepared = await ready_to_write(step, component, deployment)
    desired, recorded = prepared.desired, prepared.recorded
    if desired is None or recorded is None:
        raise ValueError(f"{component.name} has no record to return to")
    refs = tuple(desired.objects)
    head = (await read_releases(deployment.site.cluster, of=component)).head(component)
    refuse_newcomer_at(step, component, head, deployment.planned.preparer.seen(component), deployment.journal.run)
    watch = await deployment.waiter.watch(refs, secrets=desired.unprintable())
    revision = await _returned_already(component, head, prepared, deployment)
    is_new = not revision
    if is_new:
        beside = HookWatch(
            cluster=deployment.site.cluster,
            clock=deployment.site.clock,
            watch=watch,
            hooks=waiting_hooks(desired.hooks, namespace=component.namespace, moments=MOMENTS),
            objects=refs,
            tell=tell,
        )
        revision = await beside.beside(_roll_back(component, head, recorded, prepared, deployment, tell=tell))
    await deployment.waiter.wait(refs, timeout=step.timeout_seconds, tell=tell, watch=watch)
    record = await record_written(component, prepared, deployment, written={}, revision=revision)
    result = StepResult(
        outcome=Outcome.CHANGED if is_new else Outcome.NOOP,
        reason=f"revision {revision} is {recorded.revision} again, {len(refs)} objects as they should be",
        checked=len(refs),
        written=len(refs) if is_new else 0,
    )
    return Done(result=result, record=record)


async def _returned_already(
    component: Component, head: ReleaseHead | None, prepared: Prepared, deployment: Deployment
) -> int:
    """The newest revision, if a run that was cut off after helm had finished has done it; else 0."""
    calm = (ChangeAction.NOOP, ChangeAction.ADOPT)
    if head is None or head.status != ReleaseStatus.DEPLOYED:
        return 0
    if any(comparison.change.action not in calm for comparison in prepared.comparisons):
        return 0
    newest = await read_revision(deployment.site.cluster, head.newest)
    return head.revision if not await _differences(component, prepared, newest, deployment) else 0


async def _roll_back(
    component: Component,
    head: ReleaseHead | None,
    recorded: ComponentRecord,
    prepared: Prepared,
    deployment: Deployment,
    *,
    tell: Callable[[str], None],
) -> int:
    """The new revision. Raises StepFailed where helm does not call it deployed, or it is not what was planned."""
    handover = Handover(cluster=deployment.site.cluster, fence=deployment.fence)
    await HoldingBack(handover=handover).begin(prepared)
    tell(f"helm rolls back to revision {recorded.revision}")
    release = await roll_back(component, head, recorded.revision, deployment)
    exceeded = await _differences(component, prepared, release, deployment)
    if exceeded:
        raise StepFailed(
            f"release {component.release} is not what its revision {recorded.revision} was: {', '.join(exceeded[:3])}",
            hint="see `helm history`: somebody else may have written it",
        )
    return release.revision


async def _differences(component: Component, prepared: Prepared, release: Release, deployment: Deployment) -> list[str]:
    wanted = prepared.desired.objects if prepared.desired else {}
    return sorted(differences(wanted, await arranged(component, release.objects, deployment)))
