"""Installs or upgrades a Helm release, waits for its objects, and checks that it became what was planned."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Final

from fairlead.engine.busy_releases import refuse_newcomer_at
from fairlead.engine.deployment import Deployment, Done
from fairlead.engine.handover import Handover
from fairlead.engine.holding_back import HoldingBack
from fairlead.engine.hooks import HookWatch, waiting_hooks
from fairlead.engine.preparing import Prepared
from fairlead.engine.recording import record_written
from fairlead.engine.release_repair import may_take_ownership, remove_leftovers, settle
from fairlead.engine.releases import ReleaseHead, read_releases
from fairlead.engine.scaling import Scaling
from fairlead.engine.steps.helm_rollback import MOMENTS
from fairlead.engine.steps.looking import ready_to_write
from fairlead.engine.steps.prune import deleter_of
from fairlead.engine.steps.stored_release import arranged, differences, roll_back
from fairlead.formats.helm_release import decode_release
from fairlead.model.change import ChangeAction
from fairlead.model.component import Component
from fairlead.model.errors import Refused, StepFailed
from fairlead.model.objects import ApplyResult, Manifest, ObjectRef
from fairlead.model.plan import Step
from fairlead.model.rendering import Release, ReleaseStatus
from fairlead.model.run import Outcome, StepResult
from fairlead.planning.maintenance import replicas_of
from fairlead.planning.moves import claimed_from
from fairlead.planning.refusals import write_state
from fairlead.planning.unrecoverable import WEBHOOK_UNREACHABLE

WEBHOOK_PAUSE_SECONDS: Final = 5.0
"""Between two writes of a release while a webhook does not answer: each failed one is a revision of its own."""


async def upgrade_release(step: Step, deployment: Deployment) -> Done:
    def tell(text: str) -> None:
        deployment.tell(step, text)

    component = deployment.component(step)
    prepared = await ready_to_write(step, component, deployment)
    head = (await read_releases(deployment.site.cluster, of=component)).head(component)
    refuse_newcomer_at(step, component, head, deployment.planned.preparer.seen(component), deployment.journal.run)
    refs = _refs(component, prepared, deployment)
    secrets = prepared.desired.unprintable() if prepared.desired else frozenset()
    watch = await deployment.waiter.watch(refs, secrets=secrets)
    holding = HoldingBack(handover=Handover(cluster=deployment.site.cluster, fence=deployment.fence))
    if head is not None and await _is_as_wanted(component, head, prepared, deployment):
        freed = await holding.free_going(prepared)
        revision, outcome = head.revision, Outcome.NOOP
    else:
        beside = HookWatch(
            cluster=deployment.site.cluster,
            clock=deployment.site.clock,
            watch=watch,
            hooks=_awaited(component, prepared),
            objects=refs,
            tell=tell,
        )
        await _make_way(step, component, prepared, deployment)
        freed = await holding.begin(prepared)
        release = await beside.beside(_write(component, head, prepared, deployment, tell=tell))
        prepared = await _as_stored(component, prepared, release, deployment)
        revision, outcome = release.revision, Outcome.CHANGED
    prepared = dataclasses.replace(prepared, held=(*prepared.held, *await holding.kept(freed)))
    claimed = claimed_from(component.name, deployment.records)
    await holding.end(prepared, deployment.records.get(component.name), claimed=claimed)
    await deployment.waiter.wait(refs, timeout=step.timeout_seconds, tell=tell, watch=watch)
    record = await record_written(component, prepared, deployment, written={}, revision=revision)
    reason = f"revision {revision}, {len(refs)} objects as they should be"
    written = len(refs) if outcome is Outcome.CHANGED else 0
    return Done(result=StepResult(outcome=outcome, reason=reason, checked=len(refs), written=written), record=record)


def _awaited(component: Component, prepared: Prepared) -> Mapping[ObjectRef, Manifest]:
    """The hooks that helm runs and waits for."""
    if prepared.desired is None:
        return {}
    hooks, namespace = prepared.desired.hooks, component.namespace
    if prepared.returns_to:
        return waiting_hooks(hooks, namespace=namespace, moments=MOMENTS)
    return waiting_hooks(hooks, namespace=namespace)


async def _is_as_wanted(component: Component, head: ReleaseHead, prepared: Prepared, deployment: Deployment) -> bool:
    """A run that was cut off after helm had finished, or somebody else, has done it: only our record is missing.

    What helm stored must be what is wanted: the live objects alone would not tell a release that has more of them.
    """
    calm = (ChangeAction.NOOP, ChangeAction.ADOPT)
    is_calm = all(change.action in calm and not change.fields for change in prepared.changes)
    if head.status != ReleaseStatus.DEPLOYED or not is_calm or may_take_ownership(prepared.comparisons):
        return False
    secret = await deployment.site.cluster.get(head.ref)
    if secret is None or prepared.desired is None:
        return False
    stored = await arranged(component, decode_release(secret).objects, deployment)
    return not differences(prepared.desired.objects, stored)


async def _make_way(step: Step, component: Component, prepared: Prepared, deployment: Deployment) -> None:
    """What comes from other components is the release's when helm looks, and what has to be made anew is gone."""
    handover = Handover(cluster=deployment.site.cluster, fence=deployment.fence)
    for comparison in prepared.comparisons:
        if comparison.move is not None:
            await handover.claim(comparison.move, release=component.release, namespace=component.namespace)
        if comparison.change.action is ChangeAction.REPLACE and comparison.live is not None:
            await deleter_of(deployment).make_room(
                comparison.ref,
                comparison.live,
                wanted=comparison.wanted,
                timeout=step.timeout_seconds,
                tell=lambda text: deployment.tell(step, text),
            )


async def _write(
    component: Component,
    head: ReleaseHead | None,
    prepared: Prepared,
    deployment: Deployment,
    *,
    tell: Callable[[str], None],
) -> Release:
    """We hold the lock of this environment, so nobody of us is at what was cut off."""
    cluster = deployment.site.cluster
    deployment.fence()
    if prepared.returns_to and head is not None:
        await _take_over(prepared, deployment)
        return await roll_back(component, head, prepared.returns_to, deployment)
    for one in head.unfinished if head else ():
        await cluster.delete(one.ref, uid=one.uid)
    if head is not None and not head.unfinished:
        await settle(cluster, head.cut_off)
    await _take_over(prepared, deployment)
    release = await _upgrade(component, prepared, deployment, tell=tell)
    await _scale_again(prepared, deployment)
    await remove_leftovers(cluster, prepared.leftovers, component)
    return release


async def _take_over(prepared: Prepared, deployment: Deployment) -> None:
    """Have what others wrote from a file, and helm 3, as helm's own before helm writes it (see planning/adoption.py).
    Helm moves only what releases applied in the old way own, and conflicts with itself where helm 3 wrote after helm 4.
    """
    cluster = deployment.site.cluster
    for comparison in prepared.comparisons:
        adoption, live = comparison.adoption, comparison.live
        if adoption is not None and live is not None:
            deployment.fence()
            live = _unmoved(comparison.ref, await cluster.hand_over(live, adoption.managed_fields))
        if comparison.is_scaled and live is not None and comparison.change.action is not ChangeAction.REPLACE:
            # Status updates move what is scaled all the time: only helm's own fields must not have.
            live = await cluster.get(comparison.ref)
            if live is not None:
                await Scaling(cluster=cluster, fence=deployment.fence).released(live, "helm")


def _unmoved(ref: ObjectRef, taken: ApplyResult) -> Manifest:
    if taken.live is None:
        raise Refused(f"{ref} was changed by somebody else since the plan", hint="plan again")
    return taken.live


async def _scale_again(prepared: Prepared, deployment: Deployment) -> None:
    """What was made anew under an autoscaler has as many replicas as before."""
    scaling = Scaling(cluster=deployment.site.cluster, fence=deployment.fence)
    for comparison in prepared.comparisons:
        is_new = comparison.change.action is ChangeAction.REPLACE and comparison.is_scaled
        if is_new and comparison.live is not None:
            await scaling.restore(comparison.ref, replicas_of(comparison.live))


async def _upgrade(
    component: Component, prepared: Prepared, deployment: Deployment, *, tell: Callable[[str], None]
) -> Release:
    planned = deployment.planned
    request = await planned.renderer.chart_request(component, planned.outputs)
    take_ownership = may_take_ownership(prepared.comparisons)
    clock = deployment.site.clock
    deadline = clock.monotonic() + WEBHOOK_UNREACHABLE.grace_seconds
    while True:
        try:
            return await deployment.site.sources.charts.upgrade(
                request, force_conflicts=deployment.force_conflicts, take_ownership=take_ownership
            )
        except StepFailed as err:
            if write_state(err.message) is not WEBHOOK_UNREACHABLE or clock.monotonic() >= deadline:
                raise
            tell(f"tried again in {WEBHOOK_PAUSE_SECONDS:g} s: {err.message}")
        await clock.sleep(WEBHOOK_PAUSE_SECONDS)
        deployment.fence()


def _refs(component: Component, prepared: Prepared, deployment: Deployment) -> tuple[ObjectRef, ...]:
    if prepared.desired is not None:
        return tuple(prepared.desired.objects)
    record = deployment.records[component.name]
    return tuple(ref for ref, baseline in record.baselines.items() if baseline.manager == component.field_manager)


async def _as_stored(component: Component, prepared: Prepared, release: Release, deployment: Deployment) -> Prepared:
    """*prepared* with what helm stored, which is what a rollback finds. It must be what was planned, but for values
    that are random on every rendering. Raises StepFailed."""
    if prepared.desired is None:
        return prepared
    stored = await arranged(component, release.objects, deployment)
    exceeded = differences(prepared.desired.objects, stored)
    if exceeded:
        renderer = deployment.planned.renderer
        first, second = [
            await arranged(
                component, (await renderer.render(component, deployment.planned.outputs)).objects, deployment
            )
            for _ in range(2)
        ]
        exceeded -= differences(first, second)
    if exceeded:
        raise StepFailed(
            f"release {component.release} exceeded its plan: {', '.join(sorted(exceeded)[:3])}",
            hint="the chart reads something that changed between plan and write; plan again",
        )
    return dataclasses.replace(prepared, desired=dataclasses.replace(prepared.desired, objects=stored))
