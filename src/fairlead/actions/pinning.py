"""Holds a deployment back where the environment is pinned, lets the pin go where the project agrees, and `unpin`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from fairlead.actions.carrying_out import held
from fairlead.actions.running import RunOptions, lease_keeper
from fairlead.engine.planned import Planned
from fairlead.engine.site import Remembered, Site, remember
from fairlead.model.errors import Refused
from fairlead.model.record import Pin
from fairlead.planning.pinning import Pinned, find_disagreements, has_ended


class NotPinned(Refused):
    def __init__(self, environment: str) -> None:
        super().__init__(f"{environment} is not pinned", hint="only a rollback with --now pins an environment")


def require_unpinned(planned: Planned, remembered: Remembered) -> None:
    """Raises Pinned where carrying out *planned* would leave what the environment is held at."""
    pin = remembered.head.pin if remembered.head else None
    if pin is None:
        return
    removed = {s.component for s in planned.plan.steps if any(c.action.is_destructive for c in s.changes)}
    gone = removed - planned.prepared.keys()
    if names := find_disagreements(pin, rendered_digests(planned), removed=gone):
        raise Pinned(pin, planned.plan.environment, names)


def rendered_digests(planned: Planned) -> dict[str, str]:
    return {name: prepared.output_digest for name, prepared in planned.prepared.items()}


def pin_left(site: Site, planned: Planned, remembered: Remembered) -> Pin | None:
    """The pin that stays when *planned* is carried out: none where it says all that the environment is held at."""
    pin = remembered.head.pin if remembered.head else None
    known = {component.name for component in site.project.components_of(site.environment)}
    return None if pin is not None and has_ended(pin, rendered_digests(planned), known=known) else pin


async def unpin(site: Site, options: RunOptions, *, tell: Callable[[str], None]) -> Pin:
    """End the pin; what it was. Raises NotPinned, and Refused where another run holds the lock."""
    keeper = lease_keeper(site, options)
    async with held(keeper, tell=tell):
        head = (await remember(site.state, environment=site.environment.name)).head
        if head is None or head.pin is None:
            raise NotPinned(site.environment.name)
        await site.state.swap_head(dataclasses.replace(head, pin=None, generation=head.generation + 1))
        return head.pin
