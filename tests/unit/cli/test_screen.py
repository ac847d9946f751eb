"""The screen on a terminal that goes away."""

from __future__ import annotations

import os
import pty
import select
from collections.abc import Iterator
from typing import TextIO

import pytest

from fairlead.cli.screen import Screen
from fairlead.cli.terminal import Terminal
from fairlead.testing.clock import FakeClock
from unit.planning.test_progress import LOCAL


@pytest.fixture
def terminal() -> Iterator[tuple[int, TextIO]]:
    """The side of who looks at it, and that of who writes to it."""
    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as stream:
        yield master, stream


def test_a_terminal_that_went_away_does_not_end_the_run(terminal: tuple[int, TextIO]) -> None:
    master, stream = terminal
    screen = Screen(
        terminal=Terminal(stream, is_coloured=False),
        environment=LOCAL,
        now=FakeClock().now,
        is_stopping=lambda: False,
    )
    screen.start()
    assert select.select([master], [], [], 60)[0]
    os.close(master)
    with pytest.raises(OSError, match="Input/output"):
        os.write(stream.fileno(), b"x")
    screen.tell("told")
    screen.stop(leave_state=True)
