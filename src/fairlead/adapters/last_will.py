"""What becomes of our children when we are killed: each gets its stop signal, from a process that does nothing else.

The kernel could send it (PR_SET_PDEATHSIG), but only to a child that asks for it between fork and exec. Python then has
to fork all of itself for each child: 12 ms of processor time with 100 MB in use, and the event loop stands still
meanwhile. Without it a child costs 1 ms.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Final

_PROGRAM: Final = """
import os, signal, sys
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
living = {}
with open(0, "rb", buffering=0) as told:
    for line in told:
        pid, number = map(int, line.split())
        handle = living.pop(pid, (None, 0))[0]
        if handle is not None:
            os.close(handle)
        elif number:
            try:
                living[pid] = os.pidfd_open(pid), number
            except ProcessLookupError:
                pass
for handle, number in living.values():
    try:
        signal.pidfd_send_signal(handle, number)
    except ProcessLookupError:
        pass
"""
"""Each line is the number of a child, and its stop signal when it starts or 0 when it has ended. Our end ends them."""


class LastWill:
    """Started with the first child, and again where somebody has killed it."""

    def __init__(self) -> None:
        self._living: dict[int, int] = {}
        self._pipe: int | None = None

    def add(self, pid: int, stop_signal: signal.Signals) -> None:
        if not hasattr(os, "pidfd_open"):
            return  # not Linux: a number may be another process's by the time that it is needed
        self._living[pid] = stop_signal
        self._tell(pid, stop_signal)

    def remove(self, pid: int) -> None:
        """To be called before the child is collected: its number may be given to another process then."""
        if self._living.pop(pid, None) is not None:
            self._tell(pid, 0)

    def _tell(self, pid: int, number: int) -> None:
        if self._pipe is not None:
            try:
                os.write(self._pipe, b"%d %d\n" % (pid, number))
            except BrokenPipeError:
                os.close(self._pipe)
                self._pipe = None
        if self._pipe is None and self._living:
            self._pipe = _start()
            os.write(self._pipe, b"".join(b"%d %d\n" % each for each in self._living.items()))


def _start() -> int:
    """The pipe on which the process reads; it ends once nobody can write to it any more."""
    heard, told = os.pipe()
    # In a session of its own: what is sent to our group must not end it before us.
    os.posix_spawn(
        sys.executable,
        [sys.executable, "-I", "-S", "-c", _PROGRAM],
        {},
        file_actions=[
            (os.POSIX_SPAWN_DUP2, heard, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ],
        setsid=True,
    )
    os.close(heard)
    return told
