"""Puts drift back by the one flow: lock, look again, plan, ask, carry out, record."""

from __future__ import annotations

import dataclasses

from fairlead.actions.carrying_out import Audience, NotConfirmed, conduct, held, open_journal, report_of_run
from fairlead.actions.drift import DriftOptions, Inspector
from fairlead.actions.maintenance import refuse_closed
from fairlead.actions.running import RunOptions, Scope, conductor_of, lease_keeper, new_run
from fairlead.engine.drift_planning import RevertPlanner
from fairlead.engine.lease_keeper import LeaseKeeper
from fairlead.engine.site import Remembered, Site, remember, survey
from fairlead.model.drift import Drift, DriftReport
from fairlead.model.errors import Refused
from fairlead.model.exit_codes import ExitCode
from fairlead.model.frozen import dataclass
from fairlead.model.report import Report
from fairlead.model.run import RunState


@dataclass(frozen=True, slots=True, kw_only=True)
class RevertOptions(RunOptions):
    """*only* are the drifts, by their key, that may be put back (None: all that are found)."""

    drift: DriftOptions
    only: frozenset[tuple[str, str]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reverted:
    """*found* before, *report* of the run (None: nothing could be put back), *left* what stays, and why."""

    found: DriftReport
    report: Report | None = None
    left: tuple[tuple[Drift, str], ...] = ()

    @property
    def exit_code(self) -> ExitCode:
        if self.report is not None and self.report.exit_code is not ExitCode.DONE:
            return self.report.exit_code
        return ExitCode.CHANGES if self.left else ExitCode.DONE


async def revert(site: Site, options: RevertOptions, audience: Audience) -> Reverted:
    """Raises Refused (held lock, a run that was cut off, not confirmed), NothingChecked, InputError, Unavailable."""
    keeper = lease_keeper(site, options)
    async with held(keeper, tell=audience.tell):
        try:
            return await _revert_locked(site, options, audience, keeper)
        finally:
            await site.infrastructure.close()


async def _revert_locked(site: Site, options: RevertOptions, audience: Audience, keeper: LeaseKeeper) -> Reverted:
    remembered = await remember(site.state, environment=site.environment.name)
    _refuse_unfinished(remembered)
    refuse_closed(site.environment.name, remembered.head.maintenance if remembered.head else None)
    key = await site.state.key(make=False)
    inspector = Inspector(site, options.drift, key=key, tell=audience.tell)
    found = await inspector.look(remembered)
    wanted = [drift for drift in found.drifts if options.only is None or drift.key in options.only]
    if not wanted:
        return Reverted(found=found)
    ground = await survey(site.cluster)
    planner = RevertPlanner(site, ground=ground, remembered=remembered, key=key, tell=audience.tell)
    made = await planner.plan(wanted)
    if not made.drifts:
        return Reverted(found=found, left=made.left)
    if not await audience.confirm(made.planned.plan):
        raise NotConfirmed
    run = dataclasses.replace(new_run(site, options, made.planned, extra_test=()), is_revert=True)
    pin = remembered.head.pin if remembered.head else None
    journal = await open_journal(site, run, made.planned, remembered, keeper, pin=pin)
    scope = Scope(site=site, ground=ground, remembered=remembered, key=key, planned=made.planned, force_conflicts=True)
    conductor = conductor_of(
        scope, options, journal=journal, keeper=keeper, events=audience.events, purpose="putting back drift in"
    )
    conductor.is_mending = True
    audience.planned(made.planned.plan)
    run = await conduct(conductor, journal, site)
    return Reverted(found=found, report=report_of_run(made.planned.plan, run), left=made.left)


def _refuse_unfinished(remembered: Remembered) -> None:
    """What a run that was cut off left half done is no drift, and only its plan says what it was to be."""
    run = remembered.head.run if remembered.head else None
    if run is not None and not run.is_revert and run.state in (RunState.RUNNING, RunState.INTERRUPTED):
        raise Refused(
            f"run {run.id} was cut off: what it left half done is no drift",
            hint="finish it with `fairlead resume`, or start over with `fairlead deploy`",
        )
