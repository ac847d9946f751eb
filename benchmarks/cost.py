"""What running a command costs: wall time, processor time of its process tree, memory, and what the servers spent.

Processor time is user and system time of the process and of all descendants that were waited for, as the kernel adds
them up. The API server is no descendant: its time is read from /proc before and after.
"""

from __future__ import annotations

import os
import select
import statistics
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

SETTLE_SECONDS = 10.0
QUIET_SHARE = 0.25
"""Of all processors, in use by others: below it a run starts."""

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Seconds; *memory* is the largest resident size of one process of the tree in MB. *server* is what the API server
    and its store spent meanwhile; *load* the load average and *busy* the share of the processors in use just before."""

    wall: float
    cpu: float
    memory: float
    server: float
    load: float
    busy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    cost: Cost
    code: int
    out: str
    err: str

    def expect(self, *codes: int) -> Finished:
        if self.code not in (codes or (0,)):
            raise RuntimeError(f"exit {self.code}\n--- stdout\n{self.out[-3000:]}\n--- stderr\n{self.err[-3000:]}")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopwatch:
    """Runs commands in *folder*. *servers* are the processes whose time is told apart. *log* holds what is printed.
    *patience* is how many seconds the machine gets to become quiet."""

    folder: Path
    environ: Mapping[str, str]
    servers: tuple[int, ...]
    log: Path
    patience: float = SETTLE_SECONDS

    def run(self, *words: str | Path, timeout: float = 600) -> Finished:
        """The command at a quiet moment, or when none came in time."""
        busy, load = settle(seconds=self.patience), os.getloadavg()[0]
        before = sum(map(_spent, self.servers))
        out, err = self.log.with_suffix(".out"), self.log.with_suffix(".err")
        with out.open("wb") as stdout, err.open("wb") as stderr:
            started = time.perf_counter()
            child = subprocess.Popen(
                [str(word) for word in words], cwd=self.folder, env=dict(self.environ), stdout=stdout, stderr=stderr
            )
            code, usage = _wait(child, timeout=timeout)
            wall = time.perf_counter() - started
        cost = Cost(
            wall=round(wall, 3),
            cpu=round(usage.ru_utime + usage.ru_stime, 3),
            memory=round(usage.ru_maxrss / 1024, 1),
            server=round(sum(map(_spent, self.servers)) - before, 3),
            load=round(load, 2),
            busy=round(busy, 2),
        )
        return Finished(cost=cost, code=code, out=_text(out), err=_text(err))


def _wait(child: subprocess.Popen[bytes], *, timeout: float) -> tuple[int, Any]:
    """`wait4`, which alone tells what one child cost; a child that does not end in its time is killed."""
    deadline = time.monotonic() + timeout
    handle = os.pidfd_open(child.pid)
    try:
        poller = select.poll()
        poller.register(handle, select.POLLIN)
        if not poller.poll(max(0.0, deadline - time.monotonic()) * 1000):
            child.kill()
    finally:
        os.close(handle)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, usage


def settle(*, seconds: float) -> float:
    """Wait until the machine is quiet, at most *seconds*; the share of its processors that was in use last."""
    deadline = time.monotonic() + seconds
    for busy in _shares():
        if busy < QUIET_SHARE or time.monotonic() > deadline:
            return busy
    raise AssertionError("the shares never end")


def _shares() -> Iterator[float]:
    before = _processors()
    while True:
        time.sleep(0.5)
        now = _processors()
        used, whole = (after - earlier for after, earlier in zip(now, before, strict=True))
        before = now
        yield used / max(1, whole)


def _processors() -> tuple[int, int]:
    """Ticks in use and ticks in all, of all processors since the start of the machine."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return sum(fields) - fields[3] - fields[4], sum(fields)


def _spent(pid: int) -> float:
    """User and system seconds of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _text(file: Path) -> str:
    return file.read_text(errors="replace")


def median(costs: Sequence[Cost]) -> dict[str, float]:
    """The median of each figure, alone: medians of one row need not come from one run."""
    return {name: statistics.median(asdict(cost)[name] for cost in costs) for name in asdict(costs[0])}
