"""What a writing step does before it writes: take what planning prepared, or look again where it could not know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fairlead.engine.compare import Comparison
from fairlead.engine.deployment import Deployment
from fairlead.engine.preparing import Prepared
from fairlead.engine.recording import crd_manager
from fairlead.engine.writing import CONFLICT_HINT, Writer
from fairlead.model.component import Component
from fairlead.model.errors import Refused
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.model.plan import Step


async def ready_to_write(step: Step, component: Component, deployment: Deployment) -> Prepared:
    """Raises Refused on a conflict, and on a deletion that the plan did not list."""
    prepared = deployment.planned.prepared.get(step.component)
    if prepared is None or not prepared.is_known or deployment.is_second_try(step):
        prepared = await deployment.prepare_again(component)
        _refuse_unlisted(step, prepared)
        await write_crds(step, component, prepared.crd_comparisons, deployment)
    if not deployment.force_conflicts:
        _refuse_conflicts(prepared)
    return prepared


def _refuse_unlisted(step: Step, prepared: Prepared) -> None:
    listed = {change.subject for change in step.changes if change.action.is_destructive}
    for change in prepared.changes:
        if change.action.is_destructive and change.subject not in listed:
            raise Refused(
                f"{change.subject} would be removed ({change.action.value}), which the plan could not know",
                hint="plan again: now it can",
            )


def _refuse_conflicts(prepared: Prepared) -> None:
    for change in prepared.changes:
        if change.conflicts:
            raise Refused(f"{change.subject}: {change.reason}", hint=CONFLICT_HINT)


def writer_for(step: Step, deployment: Deployment, *, manager: str) -> Writer:
    return Writer(
        cluster=deployment.site.cluster,
        comparer=deployment.comparer,
        waiter=deployment.waiter,
        manager=manager,
        force=deployment.force_conflicts,
        fence=deployment.fence,
        timeout=step.timeout_seconds,
    )


async def write_crds(
    step: Step, component: Component, comparisons: Sequence[Comparison], deployment: Deployment
) -> Mapping[ObjectRef, Manifest]:
    """Write CRDs and wait until the API serves their kinds; the API server's answers."""
    if not comparisons:
        return {}

    def tell(text: str) -> None:
        deployment.tell(step, text)

    written = await writer_for(step, deployment, manager=crd_manager(component)).write(comparisons, tell=tell)
    await deployment.waiter.wait([c.ref for c in comparisons], timeout=step.timeout_seconds, tell=tell)
    await deployment.site.cluster.kinds(refresh=True)
    return written
