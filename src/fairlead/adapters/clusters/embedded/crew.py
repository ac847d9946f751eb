"""The processes of one embedded cluster: started one by one, each written down before it runs, and waited for.

Every wait is for "all processes alive and the thing ready", with a deadline.
"""

from __future__ import annotations

import dataclasses
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Container, Sequence
from pathlib import Path

from fairlead.adapters.clusters.embedded.control_plane import ETCD_SOCKET, LOGS, RECORD, log_file
from fairlead.adapters.clusters.embedded.processes import Place, end, is_alive, last_line, launch
from fairlead.adapters.clusters.embedded.record import ClusterRecord, write_record
from fairlead.model.errors import Unavailable
from fairlead.ports import Clock

PATIENCE = 90.0
"""Seconds for each of: etcd, the API server, the nodes. They take 0.3, 4 and 3 on two idle cores."""
PORT_ATTEMPTS = 5
PORTS = range(20000, 32000)
"""Below the ports that Linux gives to outgoing connections, so that a stopped cluster finds its port free again."""
_LARGEST_LOG = 8 * 1024 * 1024


class PortTakenError(Exception):
    """Another program took a port of ours between choosing and binding."""


class Crew:
    """`record` is what has been written down so far. *listener* is the process that has the cluster's ports."""

    def __init__(self, folder: Path, *, record: ClusterRecord, listener: str, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._listener = listener
        self.record = record

    def muster(self) -> None:
        """Write down who is alive; the cluster is not ready until somebody says so."""
        (self._folder / LOGS).mkdir(mode=0o700, exist_ok=True)
        alive = {name: one for name, one in self.record.processes.items() if is_alive(one)}
        self.write(dataclasses.replace(self.record, since=None, processes=alive))

    def write(self, record: ClusterRecord) -> None:
        write_record(self._folder / RECORD, record)
        self.record = record

    def say_ready(self) -> None:
        self.write(dataclasses.replace(self.record, since=self._clock.now()))

    def is_running(self, name: str) -> bool:
        identity = self.record.processes.get(name)
        return identity is not None and is_alive(identity)

    def start(self, name: str, command: Sequence[str], *, place: Place | None = None) -> None:
        """Start *command* as *name* unless that runs."""
        if self.is_running(name):
            return
        log = log_file(self._folder, name)
        if log.exists() and log.stat().st_size > _LARGEST_LOG:
            log.replace(log.with_suffix(".log.1"))
        if name == "etcd":
            # An old socket would count as ready.
            (self._folder / ETCD_SOCKET).unlink(missing_ok=True)
        # Not in a thread, though it takes 20 ms: a cancelled wait must not leave a thread that starts something later.
        launch(
            command,
            folder=self._folder,
            log=log,
            record=lambda identity: self.write(self.record.with_process(name, identity)),
            place=place,
        )

    async def end(self, names: Container[str]) -> None:
        """End those of *names* that run, and forget them."""
        await end((one for name, one in self.record.processes.items() if name in names), clock=self._clock)
        kept = {name: one for name, one in self.record.processes.items() if name not in names}
        self.write(dataclasses.replace(self.record, processes=kept))

    async def wait(self, what: str, is_ready: Callable[[], Awaitable[bool]]) -> None:
        """Until *is_ready*. Raises Unavailable when a process ends or the deadline passes, PortTakenError."""
        deadline = self._clock.monotonic() + PATIENCE
        self._check(what)
        while not await _answers(is_ready):
            self._check(what)
            if self._clock.monotonic() > deadline:
                log = log_file(self._folder, "kube-apiserver")
                raise Unavailable(
                    f"{what} of the local cluster did not get ready in {PATIENCE:.0f} s; "
                    f"the API server's log ends: {last_line(log)}",
                    hint=f"see {log.parent}",
                )
            await self._clock.sleep(0.05)

    def _check(self, what: str) -> None:
        for name, identity in self.record.processes.items():
            if is_alive(identity):
                continue
            log = log_file(self._folder, name)
            line = last_line(log)
            if name == self._listener and "address already in use" in line.lower():
                raise PortTakenError(line)
            raise Unavailable(
                f"{name} ended while waiting for {what}: {line or 'its log is empty'}",
                hint=f"see {log}; `fairlead local down` removes the cluster",
            )

    async def is_etcd_there(self) -> bool:
        # By the descriptor of its folder: the path of a socket must be shorter than 108 bytes.
        folder = os.open(self._folder, os.O_PATH)
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(f"/proc/self/fd/{folder}/{ETCD_SOCKET}")
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        finally:
            os.close(folder)
        return True


def no_port() -> Unavailable:
    return Unavailable(
        f"no free port for the API server in {PORT_ATTEMPTS} attempts",
        hint=f"free some port from {PORTS.start} to {PORTS.stop}",
    )


def free_port(*, but: Container[int] = ()) -> int:
    """A port of 127.0.0.1 that nobody has at this moment, and none of *but*."""
    for _ in range(200):
        port = PORTS.start + secrets.randbelow(len(PORTS))
        if port not in but and is_free(port):
            return port
    raise Unavailable("this machine has no free port for the API server", hint="end programs that hold many ports")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers bind: a connection that is still closing does not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


async def _answers(is_ready: Callable[[], Awaitable[bool]]) -> bool:
    try:
        return await is_ready()
    except Unavailable:
        return False
