"""The local log of a run: its events as JSON lines, in a file of the user alone. Losing it loses only logs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from fairlead.formats.event_lines import format_event_json
from fairlead.model.errors import Unavailable
from fairlead.model.event import Event
from fairlead.ports import EventSink


class EventLog:
    """Appends each event at once, so that a crash loses none."""

    def __init__(self, file: Path) -> None:
        self.file = file
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._out: BinaryIO = os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb", 0)
        except OSError as err:
            raise Unavailable(
                f"cannot write {file}: {err.strerror}", hint="free some space, or mend the folder"
            ) from err

    def emit(self, event: Event) -> None:
        try:
            self._out.write(format_event_json(event) + b"\n")
        except OSError as err:
            raise Unavailable(f"cannot write {self.file}: {err.strerror}", hint="free some space") from err

    def close(self) -> None:
        self._out.close()


class EventFan:
    """Every event to every sink."""

    def __init__(self, sinks: Sequence[EventSink]) -> None:
        self._sinks = sinks

    def emit(self, event: Event) -> None:
        for sink in self._sinks:
            sink.emit(event)
