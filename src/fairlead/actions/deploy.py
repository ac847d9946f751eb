"""Deploys an environment: lock, plan, gate, execute, record. `resume` is the same on a run that did not end."""

from __future__ import annotations

import dataclasses
from functools import partial

from fairlead.actions.after_failure import after_failure, live_before
from fairlead.actions.carrying_out import (
    Audience,
    ConflictsFound,
    NotConfirmed,
    conduct,
    continued_run,
    held,
    open_journal,
    report_of_run,
)
from fairlead.actions.maintenance import refuse_closed, reopen
from fairlead.actions.pinning import pin_left, require_unpinned
from fairlead.actions.returning import resume_return
from fairlead.actions.running import RunOptions, Scope, conductor_of, lease_keeper, new_run
from fairlead.engine.journal import Journal
from fairlead.engine.lease_keeper import LeaseKeeper
from fairlead.engine.plan_options import PlanOptions
from fairlead.engine.planned import Planned
from fairlead.engine.planner import Planner
from fairlead.engine.predecessor import release_dead_locks, shut_out
from fairlead.engine.site import Remembered, Site, remember, survey
from fairlead.engine.terminating import PATIENCE_SECONDS, find_blockers, outwait
from fairlead.model.environment import Delivery, Environment
from fairlead.model.errors import Refused
from fairlead.model.frozen import dataclass
from fairlead.model.plan import Plan
from fairlead.model.report import Report
from fairlead.model.run import Run, RunState
from fairlead.planning.staleness import require_fresh, require_same_intent


class NothingToResume(Refused):
    def __init__(self, run: Run | None) -> None:
        said = f"run {run.id} {run.state.value}" if run else "nothing was deployed here yet"
        hint = "start one with `fairlead deploy`"
        if run is not None and run.is_revert:
            said, hint = f"run {run.id} put drift back", "`fairlead drift --revert` does what is left of it"
        super().__init__(f"there is no run to resume: {said}", hint=hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployOptions(RunOptions):
    """*saved* is a plan that must still hold."""

    plan: PlanOptions
    force_conflicts: bool = False
    saved: Plan | None = None
    is_resume: bool = False


async def deploy(site: Site, options: DeployOptions, audience: Audience) -> Report:
    """Raises Refused (gate, held lock, conflict, stale plan), InputError (cannot be rendered), Unavailable."""
    refuse_unevaluated_gates(site.environment)
    await site.state.prepare()
    keeper = lease_keeper(site, options)
    async with held(keeper, tell=audience.tell):
        try:
            return await _deploy_locked(site, options, audience, keeper)
        finally:
            await site.infrastructure.close()


def refuse_unevaluated_gates(environment: Environment) -> None:
    """A gate that is not evaluated refuses: what this version cannot judge must not pass for judged."""
    if environment.delivery is not Delivery.PUSH:
        raise Refused(
            f"{environment.name} is delivered by {environment.delivery.value}, which is not built yet",
            hint="only `delivery: push` environments can be deployed",
        )
    if environment.cluster.made_by:
        raise Refused(
            f"the cluster of {environment.name} is made by {environment.cluster.made_by}, which is not built yet",
            hint="make the cluster first, then remove `madeBy`",
        )
    gates = environment.gates
    stated = {
        "verified": gates.verified,
        "soak": gates.soak_seconds,
        "approvals": gates.approvals,
        "freeze": gates.freeze,
    }
    names = [name for name, value in stated.items() if value]
    if names:
        raise Refused(
            f"the gates of {environment.name} are not evaluated yet, which refuses: {', '.join(names)}",
            hint="remove them from the environment to deploy it without",
        )


async def _deploy_locked(site: Site, options: DeployOptions, audience: Audience, keeper: LeaseKeeper) -> Report:
    ground = await survey(site.cluster)
    remembered = await remember(site.state, environment=site.environment.name)
    last = remembered.head.run if remembered.head else None
    if options.is_resume and (last is None or last.is_revert or not last.state.is_resumable):
        raise NothingToResume(last)
    closed = remembered.head.maintenance if remembered.head else None
    refuse_closed(site.environment.name, closed, resumed=last.id if options.is_resume and last else "")
    if options.is_resume and last is not None and last.rollback is not None:
        return await resume_return(
            last.rollback, site, options, audience, keeper, force_conflicts=options.force_conflicts
        )
    if options.is_resume and last is not None:
        again = dataclasses.replace(
            options.plan,
            extra_test=last.extra_test,
            removal=last.removal or options.plan.removal,
            maintenance=last.maintenance,
        )
        options = dataclasses.replace(options, plan=again)
    remembered = await shut_out(site, remembered, keeper)
    await release_dead_locks(site, last, tell=audience.tell)
    key = await site.state.key(make=True)
    plan = partial(
        Planner, site, ground=ground, remembered=remembered, key=key, options=options.plan, tell=audience.tell
    )
    planned = await plan().plan()
    if blockers := await find_blockers(planned, site.cluster):
        timeout = min(PATIENCE_SECONDS, max(c.timeout_seconds for c in site.project.components))
        await outwait(blockers, cluster=site.cluster, clock=site.clock, timeout=timeout, tell=audience.tell)
        planned = await plan().plan()
    await _gate(planned, options, remembered, last, audience)
    journal = await _start_journal(site, options, planned, remembered, keeper)
    scope = Scope(
        site=site,
        ground=ground,
        remembered=remembered,
        key=key,
        planned=planned,
        extra_test=options.plan.extra_test,
        force_conflicts=options.force_conflicts,
    )
    purpose = "resuming" if options.is_resume else "destroying" if options.plan.removal.destroy else "deploying"
    conductor = conductor_of(scope, options, journal=journal, keeper=keeper, events=audience.events, purpose=purpose)
    audience.planned(planned.plan)
    run = await conduct(conductor, journal, site)
    if run.state is RunState.SUCCEEDED and options.plan.maintenance:
        await reopen(site, journal, fence=keeper.require, tell=audience.tell)
    report = report_of_run(planned.plan, run)
    return await after_failure(report, site, options, audience, keeper, seen=live_before(planned))


async def _gate(
    planned: Planned, options: DeployOptions, remembered: Remembered, last: Run | None, audience: Audience
) -> None:
    """Everything that must hold before the first write."""
    require_unpinned(planned, remembered)
    if options.is_resume and last is not None:
        require_same_intent(last, planned.plan)
    if options.saved is not None:
        require_fresh(options.saved, planned.plan)
    if planned.plan.conflicts and not options.force_conflicts:
        raise ConflictsFound(planned.plan, planned.plan.conflicts)
    if planned.plan.has_changes and not await audience.confirm(planned.plan):
        raise NotConfirmed


async def _start_journal(
    site: Site, options: DeployOptions, planned: Planned, remembered: Remembered, keeper: LeaseKeeper
) -> Journal:
    before = remembered.head.run if remembered.head else None
    run = continued_run(before, site, options, planned) if before and options.is_resume else None
    return await open_journal(
        site,
        run or _recorded_run(site, options, planned),
        planned,
        remembered,
        keeper,
        pin=pin_left(site, planned, remembered),
    )


def _recorded_run(site: Site, options: DeployOptions, planned: Planned) -> Run:
    """With what only the record of an environment asks for: what was left out, and what was agreed to be lost."""
    return dataclasses.replace(
        new_run(site, options, planned, extra_test=options.plan.extra_test),
        left_out=planned.plan.left_out,
        removal=options.plan.removal if options.plan.removal.is_wanted else None,
        destructive=tuple(sorted(planned.plan.destructive)),
        maintenance=options.plan.maintenance,
    )
