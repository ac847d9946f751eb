"""The live screen of a run on a terminal: what `formats/screen_lines` says, painted again and again.

A thread paints, because a terminal that is slow, or stopped with Ctrl-S, must not stop the run: it would lose its lock.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fairlead.cli.canvas import Canvas
from fairlead.cli.terminal import Terminal
from fairlead.formats.screen_lines import FRAMES_PER_SECOND, Look, final_lines, planning_lines, screen_lines
from fairlead.formats.styled import Line
from fairlead.model.environment import Environment
from fairlead.model.event import Event
from fairlead.model.plan import Plan
from fairlead.model.progress import Progress
from fairlead.planning.progress import begin, find_blockers, follow

FRAME_SECONDS = 1 / FRAMES_PER_SECOND
REST_PER_WRITE = 4
"""A terminal that takes long for a frame gets the next one after this many times as long."""
PATIENCE_SECONDS = 2.0
"""How long the end of a run waits for a terminal that takes no more text."""


@dataclass(slots=True, kw_only=True)
class Screen:
    """`EventSink`, and where told lines go while the screen is up. *now* is the clock's, *is_stopping* whether the run
    was asked to end."""

    terminal: Terminal
    environment: Environment
    now: Callable[[], datetime]
    is_stopping: Callable[[], bool]
    _progress: Progress | None = None
    _told: deque[str] = field(default_factory=deque)
    _canvas: Canvas = field(default_factory=Canvas)
    _thread: threading.Thread | None = None
    _enough: threading.Event = field(default_factory=threading.Event)
    _began: datetime | None = None
    _is_lost: bool = False

    def emit(self, event: Event) -> None:
        if self._progress is not None:
            self._progress = follow(self._progress, event)

    def follow_plan(self, plan: Plan) -> None:
        self._progress = begin(plan, self.environment)

    def tell(self, text: str) -> None:
        """Leave *text* behind, above the screen."""
        self._told.extend(text.splitlines())

    def start(self) -> None:
        self._began = self._began or self.now()
        self._enough.clear()
        self._thread = threading.Thread(target=self._paint_on, name="screen", daemon=True)
        self._thread.start()

    def forget(self) -> None:
        """After a stop (Ctrl-Z) others have written below the screen: paint it anew."""
        self._is_lost = True

    def stop(self, *, leave_state: bool = False) -> None:
        """Take the screen away; with *leave_state* its last state stays, as plain lines."""
        if self._thread is None:
            return
        self._enough.set()
        self._thread.join(PATIENCE_SECONDS)
        is_stuck = self._thread.is_alive()
        self._thread = None
        if is_stuck:
            return
        progress, look = self._progress, self._look()
        final = final_lines(progress, look) if leave_state and progress is not None else ()
        left = [*self._take_told(look.columns), *(self.terminal.encoded(one) for one in final)]
        with contextlib.suppress(OSError):  # the terminal is gone; how the run went is not
            self.terminal.write(self._canvas.erase(columns=look.columns) + "".join(f"{text}\r\n" for text in left))

    def _paint_on(self) -> None:
        while not self._enough.is_set():
            began = time.monotonic()
            try:
                self._paint()
            except OSError:
                return  # the terminal is gone; the run is not
            took = time.monotonic() - began
            self._enough.wait(max(FRAME_SECONDS, took * REST_PER_WRITE))

    def _paint(self) -> None:
        if self._is_lost:
            self._canvas, self._is_lost = Canvas(), False
        look = self._look()
        lines = self._lines(look)
        painted = [self.terminal.encoded(one) for one in lines]
        self.terminal.write(
            self._canvas.paint(lines, painted, columns=look.columns, above=self._take_told(look.columns))
        )

    def _lines(self, look: Look) -> Sequence[Line]:
        progress = self._progress
        if progress is None:
            began = self._began or look.now
            return planning_lines(f"planning {self.environment.name}", (look.now - began).total_seconds(), look)
        # The line below the last one is the cursor's.
        return screen_lines(progress, find_blockers(progress), look, rows=self.terminal.size().lines - 1)

    def _look(self) -> Look:
        return Look(now=self.now(), columns=self.terminal.size().columns, is_stopping=self.is_stopping())

    def _take_told(self, columns: int) -> list[str]:
        found = []
        while self._told:
            found += self.terminal.broken(self._told.popleft(), columns)
        return found
