"""The local log of a run: its events as JSON lines, in a file of the user alone. Losing it loses only logs."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from pathlib import Path

from fairlead.formats.event_lines import format_event_json
from fairlead.model.errors import Unavailable
from fairlead.model.event import Event
from fairlead.ports import EventSink

_ROOM = 64 * 1024
"""Bytes that must be free before a run starts."""


class EventLog:
    """Appends each event at once, so that a crash loses none. A disk that is full at the start is Unavailable; one that
    fills up while the run goes on costs the rest of the log, not the run: *tell* is told once."""

    def __init__(self, file: Path, *, tell: Callable[[str], None]) -> None:
        self.file = file
        self._tell = tell
        self._is_broken = False
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._out = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            _require_room(self._out)
        except OSError as err:
            hint = "free some space there, mend the folder, or name another one (XDG_STATE_HOME, --events-file)"
            raise Unavailable(f"cannot write {file}: {err.strerror}", hint=hint) from err

    def emit(self, event: Event) -> None:
        if self._is_broken:
            return
        try:
            _write_all(self._out, format_event_json(event) + b"\n")
        except OSError as err:
            self._is_broken = True
            self._tell(f"cannot write {self.file}: {err.strerror}; the run goes on without this log")

    def close(self) -> None:
        os.close(self._out)


def _require_room(file: int) -> None:
    """Raises OSError where the disk has no room for the beginning of a log. A pipe or device is left alone."""
    found = os.fstat(file)
    if not stat.S_ISREG(found.st_mode):
        return
    size = found.st_size
    try:
        _write_all(file, bytes(_ROOM))
    finally:
        os.ftruncate(file, size)


def _write_all(file: int, content: bytes) -> None:
    written = 0
    while written < len(content):
        written += os.write(file, content[written:])


class EventFan:
    """Every event to every sink."""

    def __init__(self, sinks: Sequence[EventSink]) -> None:
        self._sinks = sinks

    def emit(self, event: Event) -> None:
        for sink in self._sinks:
            sink.emit(event)
