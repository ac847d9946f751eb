"""Closes an environment for maintenance without a deployment, and opens it again; what deployments ask of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from fairlead.actions.carrying_out import held
from fairlead.actions.running import RunOptions, lease_keeper
from fairlead.engine.journal import Journal
from fairlead.engine.lease_keeper import LeaseKeeper
from fairlead.engine.maintenance import Caretaker
from fairlead.engine.site import Remembered, Site, remember
from fairlead.model.errors import Refused
from fairlead.model.maintenance import ClosedForMaintenance, Maintenance
from fairlead.model.record import Head

Tell = Callable[[str], None]


class NotClosed(Refused):
    def __init__(self, environment: str) -> None:
        super().__init__(f"{environment} is not closed for maintenance", hint="there is nothing to end")


def refuse_closed(environment: str, closed: Maintenance | None, *, resumed: str = "") -> None:
    """Raises ClosedForMaintenance, but for the run that closed it."""
    if closed is not None and not (resumed and closed.run == resumed):
        raise ClosedForMaintenance(environment, closed)


async def reopen(site: Site, journal: Journal, *, fence: Callable[[], None], tell: Tell) -> None:
    """After a run that went well: everything is scaled back, so only the word of it is taken back."""
    closed = journal.head.maintenance
    if closed is None:
        return
    await _caretaker(site, fence=fence, tell=tell).withdraw(closed)
    await journal.change_maintenance(None)
    tell(f"{site.environment.name} is open again")


async def find_maintenance(site: Site) -> Maintenance | None:
    """Why the environment is closed; None where it is open."""
    head = (await remember(site.state, environment=site.environment.name)).head
    return head.maintenance if head else None


async def start_maintenance(site: Site, options: RunOptions, *, reason: str, tell: Tell) -> Maintenance:
    """Close the environment until somebody ends it. Raises Refused where it is closed already, or a run is at work."""
    await site.state.prepare()
    keeper = lease_keeper(site, options)
    async with held(keeper, tell=tell):
        remembered = await remember(site.state, environment=site.environment.name)
        refuse_closed(site.environment.name, remembered.head.maintenance if remembered.head else None)
        caretaker = _caretaker(site, fence=keeper.require, tell=tell)
        settings = site.environment.maintenance
        closed = Maintenance(
            since=site.clock.now(),
            who=options.holder,
            reason=reason,
            scaled=await caretaker.find(settings, dict(remembered.records)),
            announced=await caretaker.announced_in(settings),
        )
        await _write(site, remembered, keeper, closed)
        await caretaker.announce(closed)
        await caretaker.scale(closed)
    return closed


async def end_maintenance(site: Site, options: RunOptions, *, tell: Tell) -> Maintenance:
    """Scale back and open. Raises NotClosed; Refused while a run is at work."""
    keeper = lease_keeper(site, options)
    async with held(keeper, tell=tell):
        remembered = await remember(site.state, environment=site.environment.name)
        closed = remembered.head.maintenance if remembered.head else None
        if closed is None:
            raise NotClosed(site.environment.name)
        caretaker = _caretaker(site, fence=keeper.require, tell=tell)
        await caretaker.scale_back(closed)
        await caretaker.withdraw(closed)
        await _write(site, remembered, keeper, None)
    return closed


async def _write(site: Site, remembered: Remembered, keeper: LeaseKeeper, closed: Maintenance | None) -> None:
    head = remembered.head or Head(environment=site.environment.name)
    head = dataclasses.replace(head, token=keeper.token, generation=head.generation + 1, maintenance=closed)
    await site.state.swap_head(head)


def _caretaker(site: Site, *, fence: Callable[[], None], tell: Tell) -> Caretaker:
    return Caretaker(cluster=site.cluster, environment=site.environment.name, fence=fence, tell=tell)
