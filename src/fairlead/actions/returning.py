"""Carries an environment back to an older bundle, under a lock that is held already: the verb, a resumed rollback and
the automatic one after a failed deployment all come here."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from fairlead.actions.carrying_out import (
    Audience,
    ConflictsFound,
    NotConfirmed,
    conduct,
    continued_run,
    open_journal,
    report_of_run,
)
from fairlead.actions.running import RunOptions, Scope, conductor_of, new_run
from fairlead.engine.lease_keeper import LeaseKeeper
from fairlead.engine.planned import Planned
from fairlead.engine.predecessor import release_dead_locks, shut_out
from fairlead.engine.returning import ReturnPlanner
from fairlead.engine.returning_component import Target
from fairlead.engine.site import Ground, Remembered, Site, remember, survey
from fairlead.model.errors import Refused
from fairlead.model.exit_codes import ExitCode
from fairlead.model.frozen import dataclass, field
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.model.record import Head, Pin
from fairlead.model.report import Report
from fairlead.model.run import Bundle, Rollback, Run, RunState
from fairlead.planning.pinning import pin_after
from fairlead.planning.staleness import require_same_intent


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Where and by whom. *seen* are objects looked at before that may hold secret values of the older bundle."""

    site: Site
    ground: Ground
    remembered: Remembered
    key: bytes
    options: RunOptions
    audience: Audience
    keeper: LeaseKeeper
    force_conflicts: bool = False
    seen: Mapping[ObjectRef, Manifest] = field(default_factory=dict)

    @property
    def pin(self) -> Pin | None:
        return self.remembered.head.pin if self.remembered.head else None


async def arrive(
    site: Site, options: RunOptions, audience: Audience, keeper: LeaseKeeper, *, force_conflicts: bool
) -> Occasion:
    """Look at the cluster and its record; a run that died there is shut out first, and its Terraform locks released."""
    remembered = await shut_out(site, await remember(site.state, environment=site.environment.name), keeper)
    last = remembered.head.run if remembered.head else None
    await release_dead_locks(site, last, tell=audience.tell)
    return Occasion(
        site=site,
        ground=await survey(site.cluster),
        remembered=remembered,
        key=await site.state.key(make=True),
        options=options,
        audience=audience,
        keeper=keeper,
        force_conflicts=force_conflicts,
    )


async def carry_back(occasion: Occasion, rollback: Rollback, *, pins: bool = True, is_asked: bool = True) -> Report:
    """Plan, gate, execute, record. Raises Refused (conflict, what cannot return, not confirmed), Unavailable."""
    target = await load_target(occasion.site, occasion.remembered.head, rollback)
    site, planned = await _plan(occasion, target, rollback)
    await _gate(occasion, planned, is_asked=is_asked)
    run = dataclasses.replace(
        new_run(site, occasion.options, planned, extra_test=()),
        rollback=rollback,
        left_out=planned.plan.left_out,
        destructive=tuple(sorted(planned.plan.destructive)),
    )
    pin = _pin(occasion, rollback, target, planned, run) if pins else occasion.pin
    return await _execute(occasion, site, planned, run, pin=pin)


async def resume_return(
    rollback: Rollback,
    site: Site,
    options: RunOptions,
    audience: Audience,
    keeper: LeaseKeeper,
    *,
    force_conflicts: bool,
) -> Report:
    """Continue the rollback that was cut off: the last run of the environment."""
    occasion = await arrive(site, options, audience, keeper, force_conflicts=force_conflicts)
    last = occasion.remembered.head.run if occasion.remembered.head else None
    if last is None:
        raise LookupError("there is no run to resume")
    target = await load_target(site, occasion.remembered.head, rollback)
    returning, planned = await _plan(occasion, target, rollback)
    require_same_intent(last, planned.plan)
    await _gate(occasion, planned, is_asked=True)
    run = continued_run(last, returning, options, planned)
    return await _execute(occasion, returning, planned, run, pin=occasion.pin)


async def _plan(occasion: Occasion, target: Target, rollback: Rollback) -> tuple[Site, Planned]:
    planner = ReturnPlanner(
        site=occasion.site,
        ground=occasion.ground,
        remembered=occasion.remembered,
        key=occasion.key,
        target=target,
        rollback=rollback,
        seen=occasion.seen,
    )
    return await planner.plan()


async def _gate(occasion: Occasion, planned: Planned, *, is_asked: bool) -> None:
    plan = planned.plan
    if plan.conflicts and not occasion.force_conflicts:
        raise ConflictsFound(plan, plan.conflicts)
    if is_asked and plan.has_changes and not await occasion.audience.confirm(plan):
        raise NotConfirmed


def _pin(occasion: Occasion, rollback: Rollback, target: Target, planned: Planned, run: Run) -> Pin:
    return pin_after(
        occasion.pin,
        rollback,
        target.bundle,
        names=planned.prepared.keys(),
        run=run.id,
        when=run.started,
        who=run.holder,
    )


async def _execute(occasion: Occasion, site: Site, planned: Planned, run: Run, *, pin: Pin | None) -> Report:
    journal = await open_journal(site, run, planned, occasion.remembered, occasion.keeper, pin=pin)
    scope = Scope(
        site=site,
        ground=occasion.ground,
        remembered=occasion.remembered,
        key=occasion.key,
        planned=planned,
        force_conflicts=occasion.force_conflicts,
    )
    audience = occasion.audience
    conductor = conductor_of(
        scope, occasion.options, journal=journal, keeper=occasion.keeper, events=audience.events, purpose="rolling back"
    )
    audience.planned(planned.plan)
    report = report_of_run(planned.plan, await conduct(conductor, journal, site))
    is_automatic = run.rollback is not None and bool(run.rollback.after)
    if is_automatic and report.run.state is RunState.SUCCEEDED:
        return dataclasses.replace(report, exit_code=ExitCode.ROLLED_BACK)
    return report


async def load_target(site: Site, head: Head | None, rollback: Rollback) -> Target:
    """The bundle of *rollback* with its records. Raises Refused where they are not kept any more."""
    run = head.run if head and head.run and head.run.id == rollback.to else await site.state.run(rollback.to)
    bundles = (
        run.bundle if run else None,
        head.bundle if head else None,
        head.pin.bundle if head and head.pin else None,
    )
    bundle = next((b for b in bundles if b and b.digest == rollback.digest and b.records), None)
    if bundle is None:
        raise _not_kept(rollback, next((b for b in bundles if b and b.digest == rollback.digest), None))
    found = await site.state.components(bundle.records.values())
    records = {name: found[secret] for name, secret in bundle.records.items() if secret in found}
    if len(records) < len(bundle.records):
        raise _not_kept(rollback, bundle)
    return Target(run=rollback.to, bundle=bundle, records=records, dirty=run.dirty if run else False)


def _not_kept(rollback: Rollback, bundle: Bundle | None) -> Refused:
    commit = bundle.commit[:12] if bundle else ""
    return Refused(
        f"the records of run {rollback.to} are not kept any more: only those of the last good bundles are",
        hint=f"check out {commit or 'the commit of that run'} and `fairlead deploy` it",
    )
