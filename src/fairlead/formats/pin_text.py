"""What an environment is held at, in one line."""

from __future__ import annotations

from fairlead.model.record import Pin


def format_pin(pin: Pin) -> str:
    what = "" if pin.is_whole else f", components {', '.join(sorted(pin.components))}"
    why = f": {pin.why}" if pin.why else ""
    return (
        f"pinned to bundle {pin.bundle.digest[:19]} of run {pin.to}{what}, since {pin.when:%Y-%m-%d %H:%M} UTC "
        f"by {pin.who}{why}"
    )
