"""Watching a run without a terminal: a line per event, and a sign of life every 30 seconds."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from fairlead.cli.progress import HEARTBEAT_SECONDS, LineEvents, Nobody, watching
from fairlead.cli.terminal import can_repaint, has_colour
from fairlead.model.event import EventKind
from fairlead.testing.clock import FakeClock
from unit.engine.steps import step
from unit.planning.test_progress import LOCAL, ended, event, plan

Err = pytest.CaptureFixture[str]


class Stream:
    """A terminal as far as one can ask it."""

    def __init__(self, *, is_terminal: bool) -> None:
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


async def test_a_log_shows_a_sign_of_life_every_30_seconds(capsys: Err) -> None:
    clock = FakeClock()
    async with watching(LOCAL, clock, quiet=False, leave_state=False) as watcher:
        await clock.sleep(HEARTBEAT_SECONDS + 1)
        watcher.follow_plan(plan(step("shop"), step("pages", after=("shop",))))
        watcher.emit(event(EventKind.RUN_STARTED, time=clock.now(), text="deploying local, run r1"))
        watcher.emit(event(EventKind.STEP_STARTED, "shop", time=clock.now()))
        told = "waiting for Deployment shop/web: 1 of 3 pods ready"
        watcher.emit(event(EventKind.STEP_PROGRESS, "shop", time=clock.now(), text=told))
        await clock.sleep(HEARTBEAT_SECONDS)
        watcher.emit(ended("shop"))
        watcher.emit(event(EventKind.RUN_ENDED))
        await clock.sleep(HEARTBEAT_SECONDS * 3)
    assert capsys.readouterr().err.splitlines() == [
        "  … 30s: planning local",
        "deploying local, run r1",
        "  > shop",
        "    shop: waiting for Deployment shop/web: 1 of 3 pods ready",
        "  … 29s: 0 of 2 steps done, 1 running, 1 waiting",
        "    shop for 29s: Deployment shop/web: 1 of 3 pods ready",
        "  ✓ shop: changed (1.0s)  done",
    ]


async def test_no_sign_of_life_while_a_question_is_asked(capsys: Err) -> None:
    clock = FakeClock()
    lines = LineEvents(LOCAL, clock)
    beating = asyncio.ensure_future(lines.beat())
    with lines.paused():
        await clock.sleep(HEARTBEAT_SECONDS * 2)
    beating.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await beating
    assert capsys.readouterr().err == ""


async def test_quiet_shows_warnings_only(capsys: Err) -> None:
    async with watching(LOCAL, FakeClock(), quiet=True, leave_state=False) as watcher:
        assert isinstance(watcher, Nobody)
        watcher.tell("planning")
        watcher.emit(event(EventKind.RUN_STARTED, text="deploying local"))
        watcher.warn("the disk is full")
    assert capsys.readouterr().err == "the disk is full\n"


@pytest.mark.parametrize(
    ("is_terminal", "environ", "colour", "repaint"),
    [
        (True, {"TERM": "xterm"}, True, True),
        (True, {"TERM": "xterm", "NO_COLOR": "1"}, False, True),
        (True, {"TERM": "xterm", "NO_COLOR": ""}, True, True),
        (True, {"TERM": "dumb"}, False, False),
        (True, {}, False, False),
        (True, {"TERM": "xterm", "CI": "true"}, True, False),
        (False, {"TERM": "xterm"}, False, False),
    ],
)
def test_what_a_stream_can_show(*, is_terminal: bool, environ: dict[str, str], colour: bool, repaint: bool) -> None:
    stream = Stream(is_terminal=is_terminal)
    assert has_colour(stream, environ) is colour  # type: ignore[arg-type]  # it is only asked whether it is a terminal
    assert can_repaint(stream, environ) is repaint  # type: ignore[arg-type]  # as above
