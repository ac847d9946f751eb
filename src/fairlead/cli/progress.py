"""A line on stderr per event."""

from __future__ import annotations

from fairlead.cli.terminal import say
from fairlead.formats.event_lines import format_event
from fairlead.model.event import Event


class LineEvents:
    def emit(self, event: Event) -> None:
        line = format_event(event)
        if line:
            say(line, err=True)
