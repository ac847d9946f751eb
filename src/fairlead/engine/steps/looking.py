"""What a writing step does before it writes: take what planning prepared, or look again where it could not know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fairlead.engine.attempting import note_attempt
from fairlead.engine.compare import Comparison
from fairlead.engine.deployment import Deployment
from fairlead.engine.preparing import Prepared
from fairlead.engine.recording import crd_manager
from fairlead.engine.waiting import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS
from fairlead.engine.writing import Writer
from fairlead.formats.conflict_text import CHOICES
from fairlead.model.component import Component, HelmSource
from fairlead.model.errors import Refused, StepFailed
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.model.plan import Step
from fairlead.planning.desired import defined_kinds

SERVED_WITHIN_SECONDS = 15.0
"""How long a kind may take to be served after what brings it is as it should be."""


async def ready_to_write(step: Step, component: Component, deployment: Deployment) -> Prepared:
    """Raises Refused on a conflict, and on a deletion that the plan did not list; StepFailed where a kind is not
    served."""
    prepared = deployment.planned.prepared.get(step.component)
    if prepared is None or not prepared.is_known or deployment.is_second_try(step):
        prepared = await deployment.prepare_again(component)
        _refuse_unlisted(step, prepared)
        await note_attempt(component, prepared, deployment)
        await write_crds(step, component, prepared.crd_comparisons, deployment)
        if await _wait_for_kinds(step, prepared, deployment):
            prepared = await deployment.prepare_again(component)
            _refuse_unlisted(step, prepared)
            await note_attempt(component, prepared, deployment)
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


async def _wait_for_kinds(step: Step, prepared: Prepared, deployment: Deployment) -> bool:
    """Until the API server serves every kind of a component: an operator registers its own a moment after it started.
    Whether there was anything to wait for: then its objects must be looked at again."""
    if isinstance(prepared.component.source, HelmSource):
        return False  # helm looks for itself, and brings kinds of its own
    kinds = await deployment.site.cluster.kinds()
    missing = [c.ref for c in prepared.comparisons if not kinds.serves(c.ref)]
    await _wait_until_served(step, missing, deployment)
    return bool(missing)


async def _wait_until_served(step: Step, refs: Iterable[ObjectRef], deployment: Deployment) -> None:
    """Until discovery lists the kind of each of *refs* in its version."""
    cluster, clock = deployment.site.cluster, deployment.site.clock
    deadline = clock.monotonic() + min(SERVED_WITHIN_SECONDS, step.timeout_seconds)
    pending, pause = list(refs), FIRST_PAUSE_SECONDS
    while pending:
        kinds = await cluster.kinds(refresh=True)
        pending = [ref for ref in pending if not kinds.serves(ref)]
        if not pending:
            return
        missing = f"{pending[0].kind} in {pending[0].api_version}"
        if clock.monotonic() >= deadline:
            raise StepFailed(
                f"the API server does not serve {missing}: nothing that needs it was written",
                hint="deploy what brings it first: a component with its CustomResourceDefinition, or its operator",
            )
        if pause == FIRST_PAUSE_SECONDS:
            deployment.tell(step, f"waiting until {missing} is served")
        await clock.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)


def _refuse_conflicts(prepared: Prepared) -> None:
    for change in prepared.changes:
        if change.conflicts:
            raise Refused(f"{change.subject}: {change.reason}", hint=CHOICES)


def writer_for(step: Step, deployment: Deployment, *, manager: str, is_strict: bool = False) -> Writer:
    return Writer(
        cluster=deployment.site.cluster,
        comparer=deployment.comparer,
        waiter=deployment.waiter,
        manager=manager,
        force=deployment.force_conflicts,
        fence=deployment.fence,
        timeout=step.timeout_seconds,
        is_strict=is_strict,
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
    # Established comes a moment before discovery says so.
    defined = defined_kinds(c.wanted for c in comparisons)
    await _wait_until_served(step, (ObjectRef(group=g, kind=k, version=v, name="") for g, k, v in defined), deployment)
    return written
