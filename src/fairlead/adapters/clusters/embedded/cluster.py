"""The `embedded` driver: a real Kubernetes control plane on this machine. Its nodes are real as root on Linux, else
simulated, without root and without containers.

It decides what to keep, repair or remove; how processes start is `startup`'s and `real.startup`'s, what they are told
`control_plane`'s and `real.programs`'.
"""

from __future__ import annotations

import dataclasses
import shutil
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from fairlead.adapters.clusters.embedded.api import LocalApi
from fairlead.adapters.clusters.embedded.control_plane import KUBECONFIG, PKI, PROGRAMS, RECORD
from fairlead.adapters.clusters.embedded.crew import Crew, free_port
from fairlead.adapters.clusters.embedded.kinds import Choice, NodeChoice
from fairlead.adapters.clusters.embedded.pki import make_pki
from fairlead.adapters.clusters.embedded.processes import is_alive
from fairlead.adapters.clusters.embedded.real import containers
from fairlead.adapters.clusters.embedded.real.addons import IMAGES, are_addons_ready, are_nodes_ready
from fairlead.adapters.clusters.embedded.real.machine import MOST_NODES, SERVICE_NETWORK, nodes
from fairlead.adapters.clusters.embedded.real.programs import CLIENTS, RELAY, TOOLS
from fairlead.adapters.clusters.embedded.real.startup import RealStartup
from fairlead.adapters.clusters.embedded.record import ClusterRecord, read_record
from fairlead.adapters.clusters.embedded.simulation import is_usable
from fairlead.adapters.clusters.embedded.startup import SimulatedStartup
from fairlead.adapters.clusters.embedded.status import is_running, read_status
from fairlead.adapters.clusters.embedded.traces import Traces, first_processes
from fairlead.adapters.clusters.folder import claim, exclusive, refuse_foreign, space_hint
from fairlead.model.environment import NodeKind
from fairlead.model.errors import InputError, Unavailable
from fairlead.model.image import BuiltImage, ImageRequest
from fairlead.model.local_cluster import LocalCluster
from fairlead.ports import Clock, Images, Tools

_LOCK_PATIENCE = 600.0
_LITTLE_SPACE = 128 * 1024 * 1024
"""Bytes: etcd alone wants twice 64 MB before it answers."""
_COUNTS = {NodeKind.REAL: 1, NodeKind.SIMULATED: 2}


def _no_images(image: str) -> InputError:
    return InputError(
        f"simulated nodes hold no images: {image} has no place to go",
        hint="their pods run nothing, so they need none; use real nodes or another driver",
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RealNodes:
    """What only real nodes need: whether they can be, and the images that they run themselves, by name."""

    choice: NodeChoice
    images: Images
    addons: Mapping[str, ImageRequest]


class EmbeddedCluster:
    """One cluster in *folder* (see `cluster_folder`); *progress* gets a line for people at each stage.

    *kubernetes* is the wanted minor; InputError if the pinned programs are of another. *count* 0 is one real node or
    two simulated ones. Without *real* nodes are always simulated.
    """

    def __init__(
        self,
        folder: Path,
        *,
        tools: Tools,
        clock: Clock,
        progress: Callable[[str], None],
        nodes: NodeKind = NodeKind.SIMULATED,
        count: int = 0,
        kubernetes: str = "1.34",
        real: RealNodes | None = None,
    ) -> None:
        self._folder = folder.absolute()
        self._tools = tools
        self._clock = clock
        self._progress = progress
        self._nodes = nodes
        self._count = count
        self._kubernetes = kubernetes
        self._real = real
        self._traces = Traces(self._folder, clock=clock)

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
        when the folder is not ours or holds a cluster of another Kubernetes version or kind of nodes, or when real
        nodes cannot be; Refused when nobody can agree to what they need.
        """
        version = self._check()
        async with self._exclusive():
            refuse_foreign(self._folder)
            found = read_record(self._folder / RECORD)
            choice = await self._choose(found)
            tools = {name: await self._tools.path(name) for name in _tools_of(choice.kind)}
            images = await self._build_images(choice.kind)
            claim(self._folder)
            self._make_pki(choice.kind)
            record = self._accept(found, version=version, choice=choice)
            if not await self._is_whole(record):
                await self._start(record, tools=tools, images=images)
        return await self.status()

    async def down(self) -> None:
        """End every process of the cluster and remove its folder, whatever state they are in; absent is fine."""
        if not self._traces.has_any():
            return
        async with self._exclusive():
            await self._traces.remove()

    async def load(self, archive: Path, *, reference: str) -> None:
        await containers.load(self._node_pids(f"{reference} of {archive}"), archive, reference=reference)

    async def pull(self, reference: str) -> None:
        """This machine fetches it, from registries on its own loopback too (without TLS); the nodes have no way out."""
        await containers.pull(self._node_pids(reference), reference)

    def _check(self) -> str:
        if not sys.platform.startswith("linux"):
            raise InputError("an embedded cluster needs Linux", hint="use the driver minikube, kind or context")
        if self._count < 0:
            raise InputError(f"a cluster cannot have {self._count} nodes", hint="ask for one or more")
        version = self._tools.version("kube-apiserver")
        if not f"{version}.".startswith(f"{self._kubernetes}."):
            raise InputError(
                f"Kubernetes {self._kubernetes} cannot be embedded, only {version}",
                hint="set `kubernetes:` of this environment to that, or use another driver",
            )
        return version

    async def _choose(self, found: ClusterRecord | None) -> Choice:
        """`auto` keeps what is there."""
        wanted = found.kind if found and self._nodes is NodeKind.AUTO else self._nodes
        self._refuse_crowd(wanted)
        choice = await self._real.choice.choose(wanted) if self._real else Choice(kind=NodeKind.SIMULATED)
        if found and found.kind is not choice.kind:
            raise InputError(
                f"the cluster in {self._folder} has {found.kind.value} nodes, not {choice.kind.value} ones",
                hint="`fairlead local down` removes it",
            )
        self._refuse_crowd(choice.kind)
        if choice.reason:
            self._progress(choice.reason)
        return choice

    def _refuse_crowd(self, kind: NodeKind) -> None:
        if kind is NodeKind.REAL and self._count > MOST_NODES:
            raise InputError(f"one machine does not carry {self._count} real nodes", hint=f"{MOST_NODES} at most")

    async def _build_images(self, kind: NodeKind) -> Mapping[str, BuiltImage]:
        if kind is not NodeKind.REAL or self._real is None:
            return {}
        return {name: await self._real.images.build(self._real.addons[name], tell=self._progress) for name in IMAGES}

    def _make_pki(self, kind: NodeKind) -> None:
        pki, now = self._folder / PKI, self._clock.now()
        if kind is NodeKind.REAL:
            addresses = ["127.0.0.1", nodes(1)[0].address]
            make_pki(pki, now=now, clients=CLIENTS, services=SERVICE_NETWORK, addresses=addresses)
        else:
            make_pki(pki, now=now)

    def _exclusive(self) -> AbstractAsyncContextManager[None]:
        return exclusive(self._folder, clock=self._clock, progress=self._progress, patience=_LOCK_PATIENCE)

    def _accept(self, record: ClusterRecord | None, *, version: str, choice: Choice) -> ClusterRecord:
        count = self._count or _COUNTS[choice.kind]
        if record is None:
            record = ClusterRecord(kubernetes=version, port=free_port(), nodes=count, kind=choice.kind)
        if record.kubernetes.split(".")[:2] != version.split(".")[:2]:
            raise InputError(
                f"the cluster in {self._folder} holds data of Kubernetes {record.kubernetes}, not {version}",
                hint="`fairlead local down` removes it",
            )
        return dataclasses.replace(record, nodes=count, reason=choice.reason)

    async def _is_whole(self, record: ClusterRecord) -> bool:
        found = read_record(self._folder / RECORD)
        if not is_running(found) or found is None or found.nodes != record.nodes:
            return False
        api = LocalApi(self._folder / PKI, port=record.port)
        try:
            if record.kind is NodeKind.SIMULATED:
                return await api.is_ready() and await is_usable(api, nodes=record.nodes)
            return await api.is_ready() and await are_nodes_ready(api, record.nodes) and await are_addons_ready(api)
        except Unavailable:
            return False

    async def _is_mute(self, record: ClusterRecord) -> bool:
        """Whether the API server, and the way to it, are alive but do not answer."""
        ways = ["kube-apiserver", *([RELAY] if record.kind is NodeKind.REAL else [])]
        if not all(name in record.processes and is_alive(record.processes[name]) for name in ways):
            return False
        return not await LocalApi(self._folder / PKI, port=record.port).is_ready()

    async def _start(
        self, record: ClusterRecord, *, tools: Mapping[str, Path], images: Mapping[str, BuiltImage]
    ) -> None:
        await self._make_way(record)
        crew = Crew(
            self._folder,
            record=record,
            listener=RELAY if record.kind is NodeKind.REAL else "kube-apiserver",
            clock=self._clock,
        )
        try:
            await self._startup(crew, tools=tools, images=images).run()
        except BaseException as err:
            # Also Ctrl-C and a full disk: what is half started is of no use to anybody.
            await self._traces.end_all()
            if isinstance(err, Unavailable) and self._is_disk_full():
                err.hint = f"{err.hint}; {space_hint(self._folder)}"
            raise

    def _startup(
        self, crew: Crew, *, tools: Mapping[str, Path], images: Mapping[str, BuiltImage]
    ) -> SimulatedStartup | RealStartup:
        if crew.record.kind is NodeKind.SIMULATED:
            return SimulatedStartup(self._folder, programs=tools, crew=crew, progress=self._progress)
        return RealStartup(
            self._folder, tools=tools, images=images, crew=crew, clock=self._clock, progress=self._progress
        )

    async def _make_way(self, record: ClusterRecord) -> None:
        """End what stands in the way of a start; data is kept."""
        found = read_record(self._folder / RECORD)
        is_resized = record.kind is NodeKind.REAL and found is not None and found.nodes != record.nodes
        if is_resized or await self._is_mute(record) or not self._serves(record):
            # Dead, or alive and mute: the rest waits for it in vain.
            await self._traces.end_all()
        await self._traces.end_strays(record)

    def _serves(self, record: ClusterRecord) -> bool:
        """Whether what the others depend on runs. Real nodes mend that by themselves."""
        server = record.processes.get("kube-apiserver")
        return record.kind is NodeKind.REAL or (server is not None and is_alive(server))

    def _node_pids(self, image: str) -> list[int]:
        record = read_record(self._folder / RECORD)
        if (record.kind if record else self._nodes) is NodeKind.SIMULATED:
            raise _no_images(image)
        if record is None or not is_running(record):
            raise Unavailable("the local cluster does not run", hint="start it with `fairlead local up`")
        return [identity.pid for identity in first_processes(record)]

    def _is_disk_full(self) -> bool:
        return shutil.disk_usage(self._folder).free < _LITTLE_SPACE


def _tools_of(kind: NodeKind) -> tuple[str, ...]:
    return TOOLS if kind is NodeKind.REAL else PROGRAMS
