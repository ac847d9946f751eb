"""Starting a cluster with simulated nodes, or those of its processes that are dead, until it takes pods."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path

from fairlead.adapters.clusters.embedded.api import LocalApi
from fairlead.adapters.clusters.embedded.control_plane import CLIENTS_OF_API, PKI, arguments, write_files
from fairlead.adapters.clusters.embedded.crew import PORT_ATTEMPTS, Crew, PortTakenError, free_port, is_free, no_port
from fairlead.adapters.clusters.embedded.simulation import is_usable, make_objects


class SimulatedStartup:
    """*programs* by name, with their paths."""

    def __init__(
        self, folder: Path, *, programs: Mapping[str, Path], crew: Crew, progress: Callable[[str], None]
    ) -> None:
        self._folder = folder
        self._programs = programs
        self._crew = crew
        self._progress = progress

    async def run(self) -> None:
        """Raises Unavailable when a process ends or a deadline passes; what was started then still runs."""
        crew = self._crew
        crew.muster()
        self._progress("starting etcd")
        self._start("etcd")
        await crew.wait("etcd", crew.is_etcd_there)
        await self._start_api_server()
        api = LocalApi(self._folder / PKI, port=crew.record.port)
        for program in CLIENTS_OF_API:
            if program == "kwok":
                await make_objects(api, nodes=crew.record.nodes, version=crew.record.kubernetes)
            self._start(program)
        self._progress("waiting for the nodes")
        await crew.wait("the nodes", lambda: is_usable(api, nodes=crew.record.nodes))
        crew.say_ready()

    async def _start_api_server(self) -> None:
        for _ in range(PORT_ATTEMPTS):
            if not self._crew.is_running("kube-apiserver"):
                await self._settle_port()
            port = self._crew.record.port
            self._progress(f"starting the API server on port {port}")
            self._start("kube-apiserver")
            api = LocalApi(self._folder / PKI, port=port)
            with contextlib.suppress(PortTakenError):
                await self._crew.wait("the API server", api.is_ready)
                return
        raise no_port()

    async def _settle_port(self) -> None:
        """Keep the recorded port if it is free; else take another, and end those that would call the old one."""
        if not is_free(self._crew.record.port):
            await self._crew.end(CLIENTS_OF_API)
            self._crew.write(dataclasses.replace(self._crew.record, port=free_port()))
        write_files(self._folder, port=self._crew.record.port)

    def _start(self, program: str) -> None:
        words = arguments(program, port=self._crew.record.port)
        self._crew.start(program, [str(self._programs[program]), *words])
