"""What a Terraform root needs: nothing, since it is as recorded and was looked at lately; or what its own plan says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from fairlead.engine.known_outputs import recorded_outputs
from fairlead.engine.renderer import Renderer
from fairlead.engine.site import Remembered, Site
from fairlead.model.change import Change, ChangeAction
from fairlead.model.component import Component
from fairlead.model.environment import Refresh
from fairlead.model.errors import FairleadError, InputError
from fairlead.model.frozen import dataclass
from fairlead.model.infrastructure import Output, TerraformPlan
from fairlead.model.record import ComponentRecord
from fairlead.planning.graph import PlannedComponent


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRoot:
    """*outputs* is None while only applying can say them, *plan* where none had to be made."""

    planned: PlannedComponent
    outputs: Mapping[str, Output] | None = None
    plan: TerraformPlan | None = None


async def plan_terraform(
    component: Component,
    site: Site,
    *,
    remembered: Remembered,
    renderer: Renderer,
    left_out: str,
    is_forced: bool = False,
    tell: Callable[[str], None],
) -> PlannedRoot:
    source = await renderer.source_digest(component)

    def planned(*changes: Change) -> PlannedComponent:
        return PlannedComponent(component=component, changes=changes, source_digest=source)

    record = remembered.records.get(component.name)
    given = await renderer.input_digest(component, {})
    is_fresh = record is not None and not is_forced and _is_fresh(record, source, given, site)
    if record is not None and (left_out or is_fresh):
        since = f"{record.refreshed:%Y-%m-%d %H:%M:%S} UTC" if record.refreshed else "its last run"
        said = f"input as recorded; not refreshed since {since}"
        change = Change(action=ChangeAction.NOOP, name=component.name, reason=said)
        return PlannedRoot(planned=planned(change), outputs=recorded_outputs(record))
    if left_out:
        return PlannedRoot(planned=planned(Change(action=ChangeAction.UNKNOWN, name=component.name, reason=left_out)))
    tell(f"planning {component.name} ({site.environment.name})")
    root = site.terraform_root(component)
    try:
        await site.infrastructure.init(root)
        plan = await site.infrastructure.plan(root)
    except FairleadError as err:
        if remembered.has_place or isinstance(err, InputError):
            raise
        reason = "nothing was deployed here yet, and its state may lie in this cluster"
        return PlannedRoot(planned=planned(Change(action=ChangeAction.UNKNOWN, name=component.name, reason=reason)))
    noop = Change(action=ChangeAction.NOOP, name=component.name, reason="no resource differs")
    return PlannedRoot(planned=planned(*(_moving(plan.changes) or (noop,))), outputs=plan.outputs, plan=plan)


async def plan_destruction(component: Component, site: Site, *, tell: Callable[[str], None]) -> TerraformPlan:
    """What it takes to remove all that the root of *component* made."""
    tell(f"planning the end of {component.name} ({site.environment.name})")
    root = site.terraform_root(component)
    await site.infrastructure.init(root)
    return await site.infrastructure.plan(root, destroy=True)


def _is_fresh(record: ComponentRecord, source: str, given: str, site: Site) -> bool:
    if record.source_digest != source or record.input_digest != given or record.refreshed is None:
        return False
    match site.environment.refresh:
        case Refresh.ALWAYS:
            return False
        case Refresh.NEVER:
            return True
        case _:
            return site.clock.now() - record.refreshed < timedelta(hours=24)


def _moving(changes: Sequence[Change]) -> tuple[Change, ...]:
    return tuple(change for change in changes if change.action is not ChangeAction.NOOP)
