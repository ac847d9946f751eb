"""Starting the processes of an embedded cluster, or those of them that are dead, until the cluster takes pods.

Every wait is for "all processes alive and the thing ready", with a deadline.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from fairlead.adapters.clusters.api import LocalApi
from fairlead.adapters.clusters.control_plane import (
    CLIENTS_OF_API,
    ETCD_SOCKET,
    LOGS,
    PKI,
    RECORD,
    arguments,
    log_file,
    write_files,
)
from fairlead.adapters.clusters.processes import end, is_alive, last_line, launch
from fairlead.adapters.clusters.record import ClusterRecord, write_record
from fairlead.adapters.clusters.simulation import is_usable, make_objects
from fairlead.model.errors import Unavailable
from fairlead.ports import Clock

_PATIENCE = 90.0
"""Seconds for each of: etcd, the API server, the nodes. They take 0.3, 4 and 3 on two idle cores."""
_PORT_ATTEMPTS = 5
_PORTS = range(20000, 32000)
"""Below the ports that Linux gives to outgoing connections, so that a stopped cluster finds its port free again."""
_LARGEST_LOG = 8 * 1024 * 1024


class PortTakenError(Exception):
    """Another program took the API server's port between choosing and binding."""


class Startup:
    """*programs* by name, with their paths. `record` is what has been written down so far."""

    def __init__(
        self,
        folder: Path,
        *,
        programs: Mapping[str, Path],
        record: ClusterRecord,
        clock: Clock,
        progress: Callable[[str], None],
    ) -> None:
        self._folder = folder
        self._programs = programs
        self._clock = clock
        self._progress = progress
        self.record = record

    async def run(self) -> ClusterRecord:
        """Raises Unavailable when a process ends or a deadline passes; what was started then still runs."""
        (self._folder / LOGS).mkdir(mode=0o700, exist_ok=True)
        alive = {name: one for name, one in self.record.processes.items() if is_alive(one)}
        self._write(dataclasses.replace(self.record, since=None, processes=alive))
        self._progress("starting etcd")
        self._start("etcd")
        await self._wait("etcd", self._is_etcd_there)
        await self._start_api_server()
        api = LocalApi(self._folder / PKI, port=self.record.port)
        for program in CLIENTS_OF_API:
            if program == "kwok":
                await make_objects(api, nodes=self.record.nodes, version=self.record.kubernetes)
            self._start(program)
        self._progress("waiting for the nodes")
        await self._wait("the nodes", lambda: is_usable(api, nodes=self.record.nodes))
        self._write(dataclasses.replace(self.record, since=self._clock.now()))
        return self.record

    async def _start_api_server(self) -> None:
        for _ in range(_PORT_ATTEMPTS):
            if not self._is_running("kube-apiserver"):
                await self._settle_port()
            self._progress(f"starting the API server on port {self.record.port}")
            self._start("kube-apiserver")
            api = LocalApi(self._folder / PKI, port=self.record.port)
            with contextlib.suppress(PortTakenError):
                await self._wait("the API server", api.is_ready)
                return
        raise Unavailable(
            f"no free port for the API server in {_PORT_ATTEMPTS} attempts",
            hint=f"free some port from {_PORTS.start} to {_PORTS.stop}",
        )

    async def _settle_port(self) -> None:
        """Keep the recorded port if it is free; else take another, and end those that would call the old one."""
        if not _is_free(self.record.port):
            clients = [one for name, one in self.record.processes.items() if name in CLIENTS_OF_API]
            await end(clients, clock=self._clock)
            others = {name: one for name, one in self.record.processes.items() if name not in CLIENTS_OF_API}
            self._write(dataclasses.replace(self.record, port=free_port(), processes=others))
        write_files(self._folder, port=self.record.port)

    def _start(self, program: str) -> None:
        if self._is_running(program):
            return
        log = log_file(self._folder, program)
        if log.exists() and log.stat().st_size > _LARGEST_LOG:
            log.replace(log.with_suffix(".log.1"))
        command = [str(self._programs[program]), *arguments(program, port=self.record.port)]
        if program == "etcd":
            # An old socket would count as ready.
            (self._folder / ETCD_SOCKET).unlink(missing_ok=True)
        # Not in a thread, though it takes 20 ms: a cancelled wait must not leave a thread that starts something later.
        launch(
            command,
            folder=self._folder,
            log=log,
            record=lambda identity: self._write(self.record.with_process(program, identity)),
        )

    async def _wait(self, what: str, is_ready: Callable[[], Awaitable[bool]]) -> None:
        deadline = self._clock.monotonic() + _PATIENCE
        self._check_processes(what)
        while not await _answers(is_ready):
            self._check_processes(what)
            if self._clock.monotonic() > deadline:
                log = log_file(self._folder, "kube-apiserver")
                raise Unavailable(
                    f"{what} of the local cluster did not get ready in {_PATIENCE:.0f} s; "
                    f"the API server's log ends: {last_line(log)}",
                    hint=f"see {log.parent}",
                )
            await self._clock.sleep(0.05)

    def _check_processes(self, what: str) -> None:
        for name, identity in self.record.processes.items():
            if is_alive(identity):
                continue
            log = log_file(self._folder, name)
            line = last_line(log)
            if name == "kube-apiserver" and "address already in use" in line:
                raise PortTakenError(line)
            raise Unavailable(
                f"{name} ended while waiting for {what}: {line or 'its log is empty'}",
                hint=f"see {log}; `fairlead local down` removes the cluster",
            )

    async def _is_etcd_there(self) -> bool:
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

    def _is_running(self, program: str) -> bool:
        identity = self.record.processes.get(program)
        return identity is not None and is_alive(identity)

    def _write(self, record: ClusterRecord) -> None:
        write_record(self._folder / RECORD, record)
        self.record = record


def free_port() -> int:
    """A port of 127.0.0.1 that nobody has at this moment."""
    for _ in range(200):
        port = _PORTS.start + secrets.randbelow(len(_PORTS))
        if _is_free(port):
            return port
    raise Unavailable("this machine has no free port for the API server", hint="end programs that hold many ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As the API server binds: a connection that is still closing does not count.
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
