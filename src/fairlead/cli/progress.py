"""How a run is watched: on a screen, as lines in a log, or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from fairlead.cli.screen import Screen
from fairlead.cli.terminal import Terminal, can_repaint, say
from fairlead.formats.durations import format_duration
from fairlead.formats.event_lines import format_event
from fairlead.formats.heartbeat_text import format_heartbeat
from fairlead.model.environment import Environment
from fairlead.model.event import Event
from fairlead.model.plan import Plan
from fairlead.model.progress import Progress
from fairlead.planning.progress import begin, follow
from fairlead.ports import Clock

HEARTBEAT_SECONDS = 30.0


class Watcher(Protocol):
    """`EventSink`, and what else a person sees of a run. *tell* takes text that is no event."""

    def emit(self, event: Event) -> None: ...

    def tell(self, text: str) -> None: ...

    def warn(self, text: str) -> None:
        """As *tell*, also where progress is not wanted."""

    def follow_plan(self, plan: Plan) -> None: ...

    def paused(self) -> contextlib.AbstractContextManager[None]:
        """While a question is asked."""


class Nobody:
    """`--quiet`: warnings only."""

    def emit(self, event: Event) -> None: ...

    def tell(self, text: str) -> None: ...

    def warn(self, text: str) -> None:
        say(text, err=True)

    def follow_plan(self, plan: Plan) -> None: ...

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        yield


class LineEvents:
    """A line on stderr per event, and a sign of life every 30 seconds."""

    def __init__(self, environment: Environment, clock: Clock) -> None:
        self._environment = environment
        self._clock = clock
        self._began = clock.now()
        self._progress: Progress | None = None
        self._is_asking = False

    def emit(self, event: Event) -> None:
        if self._progress is not None:
            self._progress = follow(self._progress, event)
        if line := format_event(event):
            self.tell(line)

    def tell(self, text: str) -> None:
        say(text, err=True)

    warn = tell

    def follow_plan(self, plan: Plan) -> None:
        self._progress = begin(plan, self._environment)

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        self._is_asking = True
        try:
            yield
        finally:
            self._is_asking = False

    async def beat(self) -> None:
        """Until it is cancelled."""
        while True:
            await self._clock.sleep(HEARTBEAT_SECONDS)
            if not self._is_asking:
                for line in self._heartbeat(self._clock.now()):
                    self.tell(line)

    def _heartbeat(self, now: datetime) -> Iterator[str]:
        if self._progress is None:
            since = format_duration((now - self._began).total_seconds())
            yield f"  … {since}: planning {self._environment.name}"
        elif not self._progress.has_ended:
            yield from format_heartbeat(self._progress, now)


@dataclass(frozen=True, slots=True)
class OnScreen:
    screen: Screen

    def emit(self, event: Event) -> None:
        self.screen.emit(event)

    def tell(self, text: str) -> None:
        self.screen.tell(text)

    def warn(self, text: str) -> None:
        self.screen.tell(text)

    def follow_plan(self, plan: Plan) -> None:
        self.screen.follow_plan(plan)

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        self.screen.stop()
        try:
            yield
        finally:
            self.screen.start()


@contextlib.asynccontextmanager
async def watching(environment: Environment, clock: Clock, *, quiet: bool, leave_state: bool) -> AsyncIterator[Watcher]:
    """Watch a run for as long as the block lasts. *leave_state*: no report follows on the same terminal."""
    if quiet:
        yield Nobody()
    elif can_repaint(sys.stderr, os.environ):
        async with _on_screen(environment, clock, leave_state=leave_state) as watcher:
            yield watcher
    else:
        async with _in_lines(environment, clock) as watcher:
            yield watcher


@contextlib.asynccontextmanager
async def _in_lines(environment: Environment, clock: Clock) -> AsyncIterator[Watcher]:
    lines = LineEvents(environment, clock)
    beating = asyncio.ensure_future(lines.beat())
    try:
        yield lines
    finally:
        beating.cancel()
        await asyncio.wait({beating})


@contextlib.asynccontextmanager
async def _on_screen(environment: Environment, clock: Clock, *, leave_state: bool) -> AsyncIterator[Watcher]:
    task = asyncio.current_task()
    screen = Screen(
        terminal=Terminal.of(sys.stderr),
        environment=environment,
        now=clock.now,
        is_stopping=lambda: task is not None and task.cancelling() > 0,
    )
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGCONT, screen.forget)
    screen.start()
    has_ended = False
    try:
        yield OnScreen(screen)
        has_ended = True
    finally:
        loop.remove_signal_handler(signal.SIGCONT)
        screen.stop(leave_state=leave_state or not has_ended)
