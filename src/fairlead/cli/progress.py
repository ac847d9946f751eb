"""A line on stderr per event."""

from __future__ import annotations

import click

from fairlead.formats.event_lines import format_event
from fairlead.model.event import Event


class LineEvents:
    def emit(self, event: Event) -> None:
        line = format_event(event)
        if line:
            click.echo(line, err=True)
