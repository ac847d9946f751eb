"""The sign of life in a log that nobody sees move: what runs, since when, and what it waits for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from fairlead.formats.durations import format_duration
from fairlead.formats.plain_text import one_line
from fairlead.model.progress import Progress

MOST_NAMED = 8
"""Steps at work that are listed; the rest is counted."""


def format_heartbeat(progress: Progress, now: datetime) -> Iterator[str]:
    """Lines for a log: the counts, and one line for each step at work."""
    steps = progress.steps.values()
    running = [step for step in steps if step.is_running]
    waiting = sum(step.is_waiting for step in steps)
    since = format_duration((now - progress.started).total_seconds()) if progress.started else "0s"
    done = len(steps) - len(running) - waiting
    yield f"  … {since}: {done} of {len(steps)} steps done, {len(running)} running, {waiting} waiting"
    for step in running[:MOST_NAMED]:
        said = f": {step.said.removeprefix('waiting for ')}" if step.said else ""
        yield one_line(f"    {step.name} for {format_duration(step.running_for(now))}{said}")
    if len(running) > MOST_NAMED:
        yield f"    and {len(running) - MOST_NAMED} more"
