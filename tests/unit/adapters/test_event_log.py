from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from fairlead.adapters.event_log import EventFan, EventLog
from fairlead.model.errors import Unavailable
from fairlead.model.event import SCHEMA, Event, EventKind
from fairlead.testing.events import EventList


def event(step: str) -> Event:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return Event(time=moment, kind=EventKind.STEP_STARTED, run="r1", environment="local", step=step)


def test_each_event_is_in_the_file_at_once(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "runs" / "r1.jsonl", tell=pytest.fail)
    log.emit(event("a"))
    assert [orjson.loads(line)["step"] for line in log.file.read_bytes().splitlines()] == ["a"]
    log.emit(event("b"))
    lines = [orjson.loads(line) for line in log.file.read_bytes().splitlines()]
    assert [(line["schema"], line["step"]) for line in lines] == [(SCHEMA, "a"), (SCHEMA, "b")]
    log.close()


def test_the_log_is_for_its_user_only_and_is_appended_to(tmp_path: Path) -> None:
    for name in "ab":
        log = EventLog(tmp_path / "r1.jsonl", tell=pytest.fail)
        log.emit(event(name))
        log.close()
    assert len((tmp_path / "r1.jsonl").read_bytes().splitlines()) == 2
    assert (tmp_path / "r1.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_place_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="cannot write"):
        EventLog(tmp_path / "file" / "r1.jsonl", tell=pytest.fail)


def test_a_disk_that_fills_up_costs_the_log_and_is_told_once() -> None:
    told: list[str] = []
    log = EventLog(Path("/dev/full"), tell=told.append)
    log.emit(event("a"))
    log.emit(event("b"))
    assert told == ["cannot write /dev/full: No space left on device; the run goes on without this log"]
    log.close()


def test_a_fan_tells_everybody() -> None:
    sinks = [EventList(), EventList()]
    EventFan(sinks).emit(event("a"))
    assert [sink.steps(EventKind.STEP_STARTED) for sink in sinks] == [("a",), ("a",)]
