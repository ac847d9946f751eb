"""The `embedded` driver: a real Kubernetes control plane on this machine, with simulated nodes. No root, no containers.

It decides what to keep, repair or remove; how processes start is `startup`'s, what they are told `control_plane`'s.
"""

from __future__ import annotations

import dataclasses
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from fairlead.adapters.clusters.api import LocalApi
from fairlead.adapters.clusters.control_plane import KUBECONFIG, PKI, PROGRAMS, RECORD
from fairlead.adapters.clusters.folder import claim, locked, refuse_foreign, remove
from fairlead.adapters.clusters.pki import make_pki
from fairlead.adapters.clusters.processes import ProcessIdentity, end, find_marked, is_alive
from fairlead.adapters.clusters.record import ClusterRecord, read_record
from fairlead.adapters.clusters.simulation import is_usable
from fairlead.adapters.clusters.startup import Startup, free_port
from fairlead.adapters.clusters.status import is_running, read_status
from fairlead.model.errors import InputError, Unavailable
from fairlead.model.local_cluster import LocalCluster
from fairlead.ports import Clock, Tools

_LOCK_PATIENCE = 600.0
_LITTLE_SPACE = 128 * 1024 * 1024
"""Bytes: etcd alone wants twice 64 MB before it answers."""


def _no_images(image: str) -> InputError:
    return InputError(
        f"simulated nodes hold no images: {image} has no place to go",
        hint="their pods run nothing, so they need none; use real nodes or another driver",
    )


class EmbeddedCluster:
    """One cluster in *folder* (see `cluster_folder`); *progress* gets a line for people at each stage.

    *kubernetes* is the wanted minor; InputError if the pinned programs are of another.
    """

    def __init__(
        self,
        folder: Path,
        *,
        tools: Tools,
        clock: Clock,
        progress: Callable[[str], None],
        nodes: int = 2,
        kubernetes: str = "1.34",
    ) -> None:
        self._folder = folder.absolute()
        self._tools = tools
        self._clock = clock
        self._progress = progress
        self._nodes = nodes
        self._kubernetes = kubernetes

    @property
    def kubeconfig(self) -> Path:
        """The admin's; there once `up` has started the API server."""
        return self._folder / KUBECONFIG

    async def status(self) -> LocalCluster:
        """From files and processes alone; the API server is not asked."""
        return read_status(self._folder)

    async def up(self) -> LocalCluster:
        """Make the cluster, start it again or repair it; one that is well is left alone.

        Raises Unavailable when it cannot be started (then nothing of it runs, its data and logs are kept), InputError
        when the folder is not ours or holds a cluster of another Kubernetes version.
        """
        version = self._check()
        programs = {name: await self._tools.path(name) for name in PROGRAMS}
        async with self._exclusive():
            claim(self._folder)
            make_pki(self._folder / PKI, now=self._clock.now())
            record = self._accept(read_record(self._folder / RECORD), version=version)
            is_answering = await self._is_answering(record)
            if not (is_answering and await self._is_whole(record)):
                await self._start(record, programs=programs, is_answering=is_answering)
        return await self.status()

    async def down(self) -> None:
        """End every process of the cluster and remove its folder, whatever state they are in; absent is fine."""
        if not self._folder.exists() and not any(find_marked(self._folder)):
            return
        async with self._exclusive():
            refuse_foreign(self._folder)
            await end(self._processes(), clock=self._clock)
            remove(self._folder)

    async def load(self, archive: Path, *, reference: str) -> None:
        raise _no_images(f"{reference} of {archive}")

    async def pull(self, reference: str) -> None:
        raise _no_images(reference)

    def _check(self) -> str:
        if not sys.platform.startswith("linux"):
            raise InputError("an embedded cluster needs Linux", hint="use the driver minikube, kind or context")
        if self._nodes < 1:
            raise InputError(f"a cluster cannot have {self._nodes} nodes", hint="ask for one or more")
        version = self._tools.version("kube-apiserver")
        if not f"{version}.".startswith(f"{self._kubernetes}."):
            raise InputError(
                f"Kubernetes {self._kubernetes} cannot be embedded, only {version}",
                hint="set `kubernetes:` of this environment to that, or use another driver",
            )
        return version

    @asynccontextmanager
    async def _exclusive(self) -> AsyncIterator[None]:
        def say() -> None:
            self._progress("waiting for another fairlead that is at work on this cluster")

        try:
            async with locked(self._folder, clock=self._clock, on_wait=say, patience=_LOCK_PATIENCE):
                yield
        except OSError as err:
            raise Unavailable(
                f"cannot keep a cluster in {self._folder}: {err.strerror or err}", hint=self._space_hint()
            ) from err

    def _accept(self, record: ClusterRecord | None, *, version: str) -> ClusterRecord:
        if record is None:
            return ClusterRecord(kubernetes=version, port=free_port(), nodes=self._nodes)
        if record.kubernetes.split(".")[:2] != version.split(".")[:2]:
            raise InputError(
                f"the cluster in {self._folder} holds data of Kubernetes {record.kubernetes}, not {version}",
                hint="`fairlead local down` removes it",
            )
        return record

    async def _is_whole(self, record: ClusterRecord) -> bool:
        if not is_running(record) or record.nodes != self._nodes:
            return False
        api = LocalApi(self._folder / PKI, port=record.port)
        try:
            return await is_usable(api, nodes=self._nodes)
        except Unavailable:
            return False

    async def _is_answering(self, record: ClusterRecord) -> bool:
        server = record.processes.get("kube-apiserver")
        if server is None or not is_alive(server):
            return False
        return await LocalApi(self._folder / PKI, port=record.port).is_ready()

    async def _start(self, record: ClusterRecord, *, programs: dict[str, Path], is_answering: bool) -> None:
        if not is_answering:
            # Dead, or alive and mute: the rest waits for it in vain. Their data is kept.
            await end(self._processes(), clock=self._clock)
        await self._end_strays(record)
        startup = Startup(
            self._folder,
            programs=programs,
            record=dataclasses.replace(record, nodes=self._nodes),
            clock=self._clock,
            progress=self._progress,
        )
        try:
            await startup.run()
        except BaseException as err:
            # Also Ctrl-C and a full disk: what is half started is of no use to anybody.
            await end(self._processes(), clock=self._clock)
            if isinstance(err, Unavailable) and self._is_disk_full():
                err.hint = f"{err.hint}; {self._space_hint()}"
            raise

    async def _end_strays(self, record: ClusterRecord) -> None:
        known = {identity.pid for identity in record.processes.values()}
        await end((one for one in find_marked(self._folder) if one.pid not in known), clock=self._clock)

    def _processes(self) -> list[ProcessIdentity]:
        try:
            record = read_record(self._folder / RECORD)
        except InputError:
            record = None
        return [*(record.processes.values() if record else ()), *find_marked(self._folder)]

    def _is_disk_full(self) -> bool:
        return shutil.disk_usage(self._folder).free < _LITTLE_SPACE

    def _space_hint(self) -> str:
        place = next(place for place in (self._folder, *self._folder.parents) if place.exists())
        free = shutil.disk_usage(place).free // (1024 * 1024)
        return f"the disk of {place} has {free} MB free; check its space and its rights"
