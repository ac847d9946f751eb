"""An environment is held at the bundle that it was rolled back to, until Git says the same or somebody unpins it."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from datetime import datetime

from fairlead.formats.pin_text import format_pin
from fairlead.model.errors import Refused
from fairlead.model.record import Pin
from fairlead.model.run import Bundle, Rollback


class Pinned(Refused):
    """What the project says is not what the environment is held at."""

    def __init__(self, pin: Pin, environment: str, names: Collection[str]) -> None:
        listed = sorted(names)
        more = f" and {len(listed) - 3} more" if len(listed) > 3 else ""
        of = f"commit {pin.bundle.commit[:12]}" if pin.bundle.commit else "that bundle"
        super().__init__(
            f"{environment} is {format_pin(pin)}; the project says something else for {', '.join(listed[:3])}{more}",
            hint=f"take the project back to {of}, or end the pin with `fairlead unpin -e {environment}`",
        )
        self.pin = pin


def pin_after(
    before: Pin | None,
    rollback: Rollback,
    bundle: Bundle,
    *,
    names: Collection[str],
    run: str,
    when: datetime,
    who: str,
) -> Pin:
    """The pin that a rollback of the components *names* leaves. One of some components adds to what was held."""
    held = {name: bundle.components[name] for name in sorted(names)}
    pin = Pin(bundle=bundle, to=rollback.to, run=run, when=when, who=who, why=rollback.why, components=held)
    if not rollback.components:
        return pin
    older: Mapping[str, str] = before.components if before else {}
    is_whole = before is not None and before.is_whole
    return dataclasses.replace(pin, components={**older, **held}, is_whole=is_whole)


def find_disagreements(pin: Pin, rendered: Mapping[str, str], *, removed: Collection[str] = ()) -> tuple[str, ...]:
    """The components that would not be as *pin* holds them. *rendered* are the output digests of what is planned
    (empty where it cannot be known yet), *removed* the components of which something would be pruned."""
    others = {name for name, digest in rendered.items() if digest != pin.components.get(name)}
    return tuple(
        sorted((others if pin.is_whole else others & pin.components.keys()) | (set(removed) & pin.components.keys()))
    )


def has_ended(pin: Pin, rendered: Mapping[str, str], *, known: Collection[str]) -> bool:
    """Whether the project agrees with *pin*: each of its components that the project knows is planned, and as held.
    What a pin of some components names must be there: a project without it says something else."""
    left = pin.components.keys() & set(known) if pin.is_whole else pin.components.keys()
    return left <= rendered.keys() and not find_disagreements(pin, rendered)
