"""Durations for people: `0.4s`, `42s`, `3m05s`, `2h10m`."""

from __future__ import annotations


def format_duration(seconds: float) -> str:
    """Tenths below ten seconds; whole seconds below an hour."""
    seconds = max(0.0, seconds)
    if seconds < 9.95:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}m{rest:02}s" if rest else f"{minutes}m"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02}m" if minutes else f"{hours}h"
