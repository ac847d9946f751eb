"""Long-lived processes: started so that no crash orphans them, and recognised later without mistaking another for them.

A process is ours when pid, start time and boot are the recorded ones and its environment carries the mark of the
cluster, which only `launch` sets. Its command line is not asked: a tool from PATH may be a script that becomes another
program. Linux only: this reads /proc.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import orjson

from fairlead.model.errors import Unavailable
from fairlead.model.frozen import dataclass
from fairlead.ports import Clock

_LAUNCHER = Path(__file__).with_name("launcher.py")
_MARK = "FAIRLEAD_CLUSTER"
_PROC = Path("/proc")
_DEATH_TIMEOUT = 20.0
_EXITING = 0x4
"""PF_EXITING of linux/sched.h."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessIdentity:
    """*start_ticks* is field 22 of /proc/PID/stat: with *boot_id* and *pid* it names a process for good.

    *folder* is the cluster's, which the mark holds; *program* is for people.
    """

    pid: int
    start_ticks: int
    boot_id: str
    folder: str
    program: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a program of a real node runs: a member of *cgroups*, in the namespaces of the process *enter*, or in new
    ones of all kinds if that is None. *folder* is its working directory there. With *shares* other users, such as those
    of containers, may read the files that it makes."""

    cgroups: tuple[str, ...]
    enter: int | None = None
    folder: str
    shares: bool = False

    def words(self) -> bytes:
        """As the launcher reads it."""
        how = {"make": True} if self.enter is None else {"enter": self.enter}
        return orjson.dumps({"cgroups": self.cgroups, "folder": self.folder, "shares": self.shares, **how})

    def environment(self) -> Mapping[str, str]:
        # iptables and the mount programs lie in sbin.
        return {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}


def launch(
    command: Sequence[str],
    *,
    folder: Path,
    log: Path,
    record: Callable[[ProcessIdentity], None],
    place: Place | None = None,
) -> None:
    """Start *command* in *folder*, or in *place*, detached from us and from the terminal, with its output in *log*.

    *record* is called with the identity before the command runs; if it raises, the command never runs.
    """
    log.touch(mode=0o600)
    # A clean environment: no proxy, and no configuration of the user's, must reach the command.
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "LC_ALL": "C.UTF-8", _MARK: str(folder)}
    with log.open("ab") as output:
        child = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_LAUNCHER), place.words() if place else b"{}", *command],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
            env={**environment, **(place.environment() if place else {})},
            start_new_session=True,
        )
    # Leaving the block closes stdin: without the byte the command never runs.
    with child:
        assert child.stdin is not None
        assert child.stdout is not None
        identity = identify(_read_pid(child.stdout.readline(), command), folder=folder, program=command[0])
        if identity is None:
            raise Unavailable(f"{command[0]} ended before it ran", hint=f"see {log}")
        record(identity)
        child.stdin.write(b"\n")
        child.stdin.flush()


def _read_pid(line: bytes, command: Sequence[str]) -> int:
    if not line.strip().isdigit():
        raise Unavailable(f"cannot start {command[0]}", hint=f"check that {sys.executable} can fork: memory, ulimit -u")
    return int(line)


def identify(pid: int, *, folder: Path, program: str) -> ProcessIdentity | None:
    """The identity of the living process *pid*; None if there is none."""
    start_ticks = _start_ticks(pid)
    if start_ticks is None:
        return None
    return ProcessIdentity(pid=pid, start_ticks=start_ticks, boot_id=_boot_id(), folder=str(folder), program=program)


def is_alive(identity: ProcessIdentity) -> bool:
    """Whether the very process that was recorded still runs; False for a zombie and for another with its pid."""
    if identity.boot_id != _boot_id() or _start_ticks(identity.pid) != identity.start_ticks:
        return False
    environment = _read(identity.pid, "environ")
    # Empty for an instant while the launcher becomes the program.
    return not environment or _mark(identity.folder) in environment.split(b"\0")


def namespace_of(pid: int) -> str:
    """The pid namespace that *pid* is in, e.g. `pid:[4026531836]`; empty when it is gone."""
    try:
        return str((_PROC / str(pid) / "ns/pid").readlink())
    except OSError:
        return ""


async def settle(identities: Iterable[ProcessIdentity], *, clock: Clock) -> None:
    """Wait a while for those that are on their way out: nothing can be started in the namespaces of one that is."""
    deadline = clock.monotonic() + _DEATH_TIMEOUT
    doomed = list(identities)
    while doomed := [one for one in doomed if is_alive(one) and _is_ending(one.pid)]:
        if clock.monotonic() > deadline:
            return
        await clock.sleep(0.02)


async def end(identities: Iterable[ProcessIdentity], *, clock: Clock) -> None:
    """Kill those that are alive, and no other process; wait until they are gone. Raises Unavailable if one stays."""
    doomed = [identity for identity in identities if is_alive(identity)]
    for identity in doomed:
        with contextlib.suppress(ProcessLookupError):
            os.kill(identity.pid, signal.SIGKILL)
    deadline = clock.monotonic() + _DEATH_TIMEOUT
    while doomed := [identity for identity in doomed if is_alive(identity)]:
        if clock.monotonic() > deadline:
            names = ", ".join(f"{identity.program} ({identity.pid})" for identity in doomed)
            raise Unavailable(f"killed, but still there: {names}", hint="its disk may hang; try again when it answers")
        await clock.sleep(0.02)


def find_marked(folder: Path) -> Iterator[ProcessIdentity]:
    """Processes that our launcher started for the cluster in *folder*, recorded or not."""
    mark = _mark(str(folder))
    for pid in _pids():
        if mark in _read(pid, "environ").split(b"\0"):
            program = _read(pid, "cmdline").split(b"\0")[0].decode(errors="replace")
            if identity := identify(pid, folder=folder, program=program):
                yield identity


def last_line(log: Path) -> str:
    """The last line of *log* that is not blank; empty if there is none. At most 300 characters."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 8192))
            lines = [line for line in file.read().decode(errors="replace").splitlines() if line.strip()]
    except FileNotFoundError:
        return ""
    return lines[-1][:300] if lines else ""


def _mark(folder: str) -> bytes:
    return f"{_MARK}={folder}".encode()


def _pids() -> list[int]:
    return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]


def _start_ticks(pid: int) -> int | None:
    """None for a process that is gone or a zombie that nothing is left of."""
    # The command in parentheses may itself hold spaces and parentheses.
    _, _, rest = _read(pid, "stat").rpartition(b")")
    fields = rest.split()
    # While other threads end, the first is a zombie already, but ports and files are still held.
    if not fields or (fields[0] in {b"Z", b"X"} and int(fields[17]) <= 1):
        return None
    return int(fields[19])


def _is_ending(pid: int) -> bool:
    fields = _read(pid, "stat").rpartition(b")")[2].split()
    return bool(fields) and bool(int(fields[6]) & _EXITING)


def _read(pid: int, name: str) -> bytes:
    try:
        return (_PROC / str(pid) / name).read_bytes()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return b""


def _boot_id() -> str:
    return (_PROC / "sys/kernel/random/boot_id").read_text().strip()
