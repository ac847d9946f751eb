"""What is planned for checks and tests: run, or left alone because it passed on this very bundle not long ago."""

from __future__ import annotations

from datetime import timedelta

from fairlead.engine.plan_options import PlanOptions
from fairlead.engine.renderer import Renderer
from fairlead.engine.site import Remembered
from fairlead.model.change import Change, ChangeAction
from fairlead.model.component import Component, TestSource
from fairlead.planning.graph import PlannedComponent
from fairlead.ports import Clock


async def plan_check(
    component: Component,
    renderer: Renderer,
    *,
    clock: Clock,
    remembered: Remembered,
    options: PlanOptions,
    is_calm: bool,
) -> PlannedComponent:
    """*is_calm*: the run changes nothing that a test could see."""
    source = await renderer.source_digest(component)
    change = Change(action=ChangeAction.RUN, name=component.name, reason=f"{component.phase.value} step")
    is_due = not is_calm or options.rerun or options.is_forced
    if not is_due and (reason := _why_not_again(component, source, clock=clock, remembered=remembered)):
        change = Change(action=ChangeAction.NOOP, name=component.name, reason=reason)
    return PlannedComponent(component=component, changes=(change,), source_digest=source)


def _why_not_again(component: Component, source: str, *, clock: Clock, remembered: Remembered) -> str:
    """Why a test need not run again: it passed on this very bundle, not too long ago. Empty when it must run."""
    head = remembered.head
    evidence = head.evidence.get(component.name) if head else None
    if not isinstance(component.source, TestSource) or evidence is None or head is None or head.bundle is None:
        return ""
    is_same = evidence.bundle == head.bundle.digest and evidence.source_digest == source
    is_young = clock.now() - evidence.when < timedelta(seconds=component.source.max_age_seconds)
    said = f"not run again: passed on this bundle at {evidence.when:%Y-%m-%d %H:%M} UTC"
    return said if is_same and is_young else ""
