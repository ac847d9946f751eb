"""Carries out one phase of the one flow alone: `test`, `secure`, and `validate --pre-deployment`.

The plan is made as for a deployment, then restricted. Nothing of it becomes the record of the environment: the last run
there stays the last deployment. Only tests that write (Jobs, a chart's own tests) take the lock.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import AsyncIterator, Sequence

from fairlead.actions.carrying_out import Audience, held
from fairlead.actions.running import RunOptions, Scope, conductor_of, lease_keeper, new_run
from fairlead.engine.journal import Journal, Unrecorded
from fairlead.engine.lease_keeper import Keeper, NoLock
from fairlead.engine.plan_options import PlanOptions
from fairlead.engine.planned import Planned
from fairlead.engine.planner import Planner
from fairlead.engine.site import Site, remember, survey
from fairlead.engine.steps.table import MUTATING
from fairlead.model.errors import InputError
from fairlead.model.exit_codes import ExitCode
from fairlead.model.finding import Severity
from fairlead.model.frozen import dataclass
from fairlead.model.plan import Phase, Plan, StepKind
from fairlead.model.record import Head
from fairlead.model.report import Report
from fairlead.model.run import Outcome, Run, RunState
from fairlead.planning.graph import PhasesLeftOut, kind_of
from fairlead.planning.outcome import exit_code_of
from fairlead.planning.restriction import restrict

PURPOSES = {Phase.VALIDATE: "validating", Phase.SECURE: "securing", Phase.TEST: "testing"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions(RunOptions):
    """Only steps of *kinds* and of the components *selected* are carried out of *phase* (None: all of it)."""

    phase: Phase
    kinds: frozenset[StepKind] | None = None
    selected: frozenset[str] | None = None
    extra_test: Sequence[str] = ()
    fail_on: Severity = Severity.ERROR


async def check(site: Site, options: CheckOptions, audience: Audience) -> Report:
    """Raises InputError (cannot be rendered, nothing selected), Refused (held lock), Unavailable."""
    wanted = _plan_options(site, options)
    async with _lock(site, wanted, options, audience) as keeper:
        try:
            return await _check(site, options, wanted, audience, keeper)
        finally:
            await site.infrastructure.close()


def _plan_options(site: Site, options: CheckOptions) -> PlanOptions:
    """Of the phases secure and test, components of other phases are not even looked at: the record says what runs."""
    components = site.project.components_of(site.environment)
    chosen = options.selected if options.selected is not None else frozenset(c.name for c in components)
    if options.phase is not Phase.VALIDATE:
        chosen = frozenset(c.name for c in components if c.phase is options.phase and c.name in chosen)
    # Roots are looked at by a step of phase validate itself, so that what is wrong with one is a result.
    left_out = PhasesLeftOut(reasons={Phase.PROVISION: "not part of this verb"})
    return PlanOptions(selected=chosen, left_out=left_out, extra_test=tuple(options.extra_test), rerun=True)


@contextlib.asynccontextmanager
async def _lock(site: Site, wanted: PlanOptions, options: CheckOptions, audience: Audience) -> AsyncIterator[Keeper]:
    names = wanted.selected or frozenset()
    components = [c for c in site.project.components_of(site.environment) if c.name in names]
    kinds = {kind_of(component) for component in components}
    writing = kinds & MUTATING & (kinds if options.kinds is None else options.kinds)
    if options.phase is not Phase.TEST or not writing:
        yield NoLock()
        return
    await site.state.prepare()
    keeper = lease_keeper(site, options)
    async with held(keeper, tell=audience.tell):
        yield keeper


async def _check(site: Site, options: CheckOptions, wanted: PlanOptions, audience: Audience, keeper: Keeper) -> Report:
    ground = await survey(site.cluster)
    remembered = await remember(site.state, environment=site.environment.name)
    key = await site.state.key(make=False)
    planner = Planner(site, ground=ground, remembered=remembered, key=key, options=wanted, tell=audience.tell)
    planned = await planner.plan()
    plan = restrict(planned.plan, phase=options.phase, kinds=options.kinds, names=options.selected)
    if not plan.steps:
        raise InputError(f"phase {options.phase.value} has nothing to do here", hint="see the selector")
    planned = dataclasses.replace(planned, plan=plan)
    audience.planned(plan)
    journal = await _open_journal(site, options, planned)
    scope = Scope(
        site=site,
        ground=ground,
        remembered=remembered,
        key=key,
        planned=planned,
        extra_test=options.extra_test,
        fail_on=options.fail_on,
        is_thorough=True,
    )
    purpose = PURPOSES[options.phase]
    conductor = conductor_of(scope, options, journal=journal, keeper=keeper, events=audience.events, purpose=purpose)
    return report_of(plan, await conductor.run())


async def _open_journal(site: Site, options: CheckOptions, planned: Planned) -> Journal:
    run = new_run(site, options, planned, extra_test=options.extra_test)
    journal = Journal(Unrecorded(), site.clock, head=Head(environment=site.environment.name, run=run))
    await journal.start(journal.head)
    return journal


def report_of(plan: Plan, run: Run) -> Report:
    """What *run* comes to; one that evaluated nothing at all has not gone well."""
    results = [step.result for step in run.steps.values() if step.result is not None]
    code = ExitCode.DONE if run.state is RunState.SUCCEEDED else exit_code_of(results)
    run = dataclasses.replace(run, bundle=None)
    if code is ExitCode.DONE and not any(result.checked for result in results):
        code, cause = ExitCode.FAILED, "nothing was evaluated"
        run = dataclasses.replace(run, state=RunState.FAILED, cause=cause)
    changed = any(result.outcome is Outcome.CHANGED for result in results)
    return Report(plan=plan, run=run, exit_code=code, changed=changed)
