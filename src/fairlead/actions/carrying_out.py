"""Round every run that changes an environment: who is told and asked, the lock while it lasts, and how its end is noted
where it did not come to one."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from fairlead.actions.running import RunOptions
from fairlead.engine.conductor import Conductor
from fairlead.engine.journal import Journal
from fairlead.engine.lease_keeper import LeaseKeeper, LockLost
from fairlead.engine.planned import Planned
from fairlead.engine.predecessor import settled
from fairlead.engine.site import Remembered, Site
from fairlead.formats.conflict_text import CHOICES
from fairlead.model.change import Change
from fairlead.model.errors import FairleadError, Refused, Unavailable
from fairlead.model.exit_codes import ExitCode
from fairlead.model.frozen import dataclass
from fairlead.model.plan import Plan
from fairlead.model.record import Head, Pin
from fairlead.model.report import Report
from fairlead.model.run import Run, RunState
from fairlead.planning.outcome import exit_code_of, settle_steps
from fairlead.ports import EventSink


class ConflictsFound(Refused):
    """Fields that another manager owns: found before anything was written."""

    def __init__(self, plan: Plan, changes: Sequence[Change]) -> None:
        first = changes[0]
        more = f" (and {len(changes) - 1} more objects)" if len(changes) > 1 else ""
        super().__init__(
            f"{first.subject}: {first.reason}{more}",
            hint=CHOICES,
        )
        self.plan = plan
        self.changes = tuple(changes)


class NotConfirmed(Refused):
    def __init__(self) -> None:
        super().__init__("not confirmed: nothing was changed", hint="answer yes, or pass --yes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Who is told and asked: *confirm* gets the plan before anything is changed and says whether to go on; *planned*
    gets it when it is about to be carried out. *agree* is asked about a rollback that nobody called for: None where
    nobody can answer."""

    events: EventSink
    tell: Callable[[str], None]
    confirm: Callable[[Plan], Awaitable[bool]]
    planned: Callable[[Plan], None] = lambda _: None
    agree: Callable[[Plan], Awaitable[bool]] | None = None


async def open_journal(
    site: Site, run: Run, planned: Planned, remembered: Remembered, keeper: LeaseKeeper, *, pin: Pin | None
) -> Journal:
    """Write *run* into the head before any of its steps, with the *pin* that holds from now on; a run that this one
    follows goes to the history."""
    before = remembered.head or Head(environment=site.environment.name)
    if before.run is not None and before.run.id != run.id:
        await site.state.archive_run(settled(before.run, run))
    run = dataclasses.replace(run, token=keeper.token)
    await site.state.store_plan(run.id, planned.plan)
    journal = Journal(site.state, site.clock, head=before)
    await journal.start(dataclasses.replace(before, run=run, token=keeper.token, pin=pin))
    return journal


def continued_run(run: Run, site: Site, options: RunOptions, planned: Planned) -> Run:
    """*run*, resumed by a plan of the same intent."""
    return dataclasses.replace(
        run,
        state=RunState.RUNNING,
        holder=options.holder,
        resumed=run.resumed + 1,
        ended=None,
        cause="",
        steps=settle_steps(run.steps, planned.plan, now=site.clock.now()),
    )


def report_of_run(plan: Plan, run: Run) -> Report:
    results = [step.result for step in run.steps.values() if step.result is not None]
    code = ExitCode.DONE if run.state is RunState.SUCCEEDED else exit_code_of(results)
    return Report(plan=plan, run=run, exit_code=code, changed=run.has_changed)


@contextlib.asynccontextmanager
async def held(keeper: LeaseKeeper, *, tell: Callable[[str], None]) -> AsyncIterator[None]:
    """Inside the block the lock is ours, and renewed."""
    await keeper.acquire(on_wait=tell)
    renewing = asyncio.ensure_future(keeper.keep())
    try:
        yield
    finally:
        renewing.cancel()
        await asyncio.wait({renewing})
        with contextlib.suppress(Unavailable):  # the lock then ends by itself, when its time is over
            await keeper.release()


async def conduct(conductor: Conductor, journal: Journal, site: Site) -> Run:
    try:
        return await conductor.run()
    except LockLost:
        raise  # the record is another run's now
    except BaseException as error:
        if journal.run.state is RunState.RUNNING:
            await _note_interruption(journal, site, error)
        raise


async def _note_interruption(journal: Journal, site: Site, error: BaseException) -> None:
    """Steps without an end stay in doubt. Where this cannot be written, the lease runs out and the run is dead."""
    cause = "" if isinstance(error, asyncio.CancelledError) else str(error)
    ended = site.clock.now()
    with contextlib.suppress(FairleadError):
        await journal.change_run(
            lambda run: dataclasses.replace(run, state=RunState.INTERRUPTED, ended=ended, cause=cause)
        )
