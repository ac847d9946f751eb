"""Events as JSON lines and as lines for people."""

from __future__ import annotations

import orjson

from fairlead.formats.codec import to_json
from fairlead.formats.durations import format_duration
from fairlead.formats.marks import OUTCOMES
from fairlead.formats.plain_text import one_line
from fairlead.model.event import SCHEMA, Event, EventKind


def format_event_json(event: Event) -> bytes:
    """One line with the schema's name, without its newline."""
    return orjson.dumps({"schema": SCHEMA, **to_json(event)})


def format_event(event: Event) -> str:
    """One line for a person; empty for what a person need not see."""
    return one_line(_line(event))


def _line(event: Event) -> str:
    match event.kind:
        case EventKind.RUN_STARTED:
            return event.text
        case EventKind.PHASE_STARTED:
            return f"{event.phase}"
        case EventKind.STEP_STARTED:
            return f"  > {event.step}"
        case EventKind.STEP_PROGRESS:
            return f"    {event.step}: {event.text}"
        case EventKind.STEP_ENDED:
            mark = OUTCOMES[event.outcome].text if event.outcome else " "
            seconds = f" ({format_duration(event.seconds)})" if event.seconds and event.seconds >= 0.05 else ""
            return f"  {mark} {event.step}: {event.outcome}{seconds}  {event.text}"
        case EventKind.PHASE_ENDED:
            over = f", {event.text}" if event.text else ""
            return f"{event.phase}: {event.outcome} in {format_duration(event.seconds or 0)}{over}"
        case _:
            return ""
