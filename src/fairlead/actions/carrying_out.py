"""Round every run that changes an environment: who is told and asked, the lock while it lasts, and how its end is noted
where it did not come to one."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

from fairlead.engine.conductor import Conductor
from fairlead.engine.journal import Journal
from fairlead.engine.lease_keeper import LeaseKeeper, LockLost
from fairlead.engine.site import Site
from fairlead.formats.conflict_text import CHOICES
from fairlead.model.change import Change
from fairlead.model.errors import FairleadError, Refused, Unavailable
from fairlead.model.plan import Plan
from fairlead.model.run import Run, RunState
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
    gets it when it is about to be carried out."""

    events: EventSink
    tell: Callable[[str], None]
    confirm: Callable[[Plan], Awaitable[bool]]
    planned: Callable[[Plan], None] = lambda _: None


@contextlib.asynccontextmanager
async def held(keeper: LeaseKeeper, audience: Audience) -> AsyncIterator[None]:
    await keeper.acquire(on_wait=audience.tell)
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
