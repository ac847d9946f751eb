"""Starting a cluster with real nodes, or those of its processes that are dead, until pods run and names are resolved.

A dead first process of a node took the node's network with it, so then all nodes start anew, as after a power cut;
etcd's data, images and volumes are on the disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import shutil
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from fairlead.adapters import process
from fairlead.adapters.clusters.embedded.api import LocalApi
from fairlead.adapters.clusters.embedded.control_plane import PKI, arguments, kubeconfig, write_files
from fairlead.adapters.clusters.embedded.crew import PORT_ATTEMPTS, Crew, PortTakenError, free_port, is_free, no_port
from fairlead.adapters.clusters.embedded.pki import make_node_pki, write_private
from fairlead.adapters.clusters.embedded.processes import Place
from fairlead.adapters.clusters.embedded.real import addons, cgroups, containers, programs
from fairlead.adapters.clusters.embedded.real.disk import snapshotter
from fairlead.adapters.clusters.embedded.real.init import CLUSTER
from fairlead.adapters.clusters.embedded.real.limits import raise_limits
from fairlead.adapters.clusters.embedded.real.machine import API_PORT, Node, network_commands, nodes
from fairlead.adapters.clusters.embedded.real.settings import files
from fairlead.adapters.tools.system import CNI_FOLDERS, SEARCH_PATH
from fairlead.model.errors import Unavailable
from fairlead.model.image import BuiltImage
from fairlead.ports import Clock

_SHORT = 30.0


class RealStartup:
    """*tools* are the programs of the table by name, *images* those of the add-ons."""

    def __init__(
        self,
        folder: Path,
        *,
        tools: Mapping[str, Path],
        images: Mapping[str, BuiltImage],
        crew: Crew,
        clock: Clock,
        progress: Callable[[str], None],
    ) -> None:
        self._folder = folder
        self._tools = tools
        self._images = images
        self._crew = crew
        self._clock = clock
        self._progress = progress
        self._nodes = nodes(crew.record.nodes)
        self._first = self._nodes[0]
        self._booted: datetime | None = None

    async def run(self) -> None:
        """Raises Unavailable when a process ends or a deadline passes; what was started then still runs."""
        self._crew.muster()
        self._write_node_files()
        if not all(self._crew.is_running(node.name) for node in self._nodes):
            await self._boot()
        for node in self._nodes:
            self._start(programs.member(node, "containerd"), [_system("containerd"), *programs.containerd(node)], node)
        await _together(self._load_images(), self._start_control_plane())
        await self._start_nodes()

    async def _boot(self) -> None:
        """All nodes from nothing, and the network between them."""
        self._progress(f"making {len(self._nodes)} node{'s' if len(self._nodes) > 1 else ''}")
        raise_limits(tell=self._progress)
        self._booted = self._clock.now()
        await self._crew.end(programs.process_names(self._nodes))
        # Of containers that are gone: the kubelet would look into each, for seconds, before its first pod.
        await cgroups.remove_groups(cgroups.group_name(self._folder, ""), clock=self._clock)
        for node in self._nodes:
            booted = self._folder / node.folder / "booted"
            booted.unlink(missing_ok=True)
            self._start_init(node)
            await self._crew.wait(f"{node.name} to boot", _there(booted))
        pids = {node: self._pid(node) for node in self._nodes}
        for node in self._nodes:
            lines = [line for at, line in network_commands(self._nodes, pids=pids) if at is node]
            await _ip(pids[node], lines)

    def _start_init(self, node: Node) -> None:
        groups = cgroups.make_groups(cgroups.group_name(self._folder, node.name))
        words = programs.init_words(self._folder, node, cgroups.hierarchies())
        command = [programs.python(), "-I", "-S", str(programs.INIT), words]
        self._crew.start(node.name, command, place=Place(cgroups=groups, folder=str(self._folder)))

    async def _start_control_plane(self) -> None:
        crew = self._crew
        self._progress("starting etcd")
        self._start_program("etcd")
        await crew.wait("etcd", crew.is_etcd_there)
        for _ in range(PORT_ATTEMPTS):
            await self._settle_ports()
            self._start_program("kube-apiserver")
            self._progress(f"starting the API server, reached at port {crew.record.port}")
            self._start_relay()
            with contextlib.suppress(PortTakenError):
                await crew.wait("the API server", self._api().is_ready)
                break
        else:
            raise no_port()
        for program in programs.CONTROLLERS:
            self._start_program(program)
        await addons.make_nodes(self._api(), self._nodes)

    async def _settle_ports(self) -> None:
        """Keep the recorded ports if they are free; else take others."""
        record = self._crew.record
        if not self._crew.is_running(programs.RELAY):
            port = record.port if is_free(record.port) else free_port(but={record.web_port})
            web = record.web_port if record.web_port and is_free(record.web_port) else free_port(but={port})
            self._crew.write(dataclasses.replace(record, port=port, web_port=web))
        record = self._crew.record
        write_files(self._folder, port=record.port, inner_port=API_PORT, clients=programs.CONTROLLERS)

    def _start_relay(self) -> None:
        record = self._crew.record
        namespace = f"/proc/{self._pid(self._first)}/ns/net"
        words = programs.relay_words(namespace, self._nodes, api=record.port, web=record.web_port)
        command = [programs.python(), "-I", "-S", str(programs.RELAY_PROGRAM), words]
        self._crew.start(programs.RELAY, command)

    async def _load_images(self) -> None:
        """Before anybody asks for pods of them: a node cannot fetch what it lacks."""

        async def all_answer() -> bool:
            return all([await containers.is_answering(self._pid(node)) for node in self._nodes])

        await self._crew.wait("containerd", all_answer)
        pids = [self._pid(node) for node in self._nodes]
        for image in self._images.values():
            await containers.load(pids, Path(image.archive), reference=image.reference)

    async def _start_nodes(self) -> None:
        for node in self._nodes:
            for program, words in (("kubelet", programs.kubelet(node)), ("kube-proxy", programs.kube_proxy(node))):
                self._start(programs.member(node, program), [str(self._tools[program]), *words], node)
        self._progress("waiting for the nodes and cluster DNS")
        api = self._api()
        await addons.apply(api, addons.manifests(self._images))
        # What the API server remembers of the time before is not true of nodes that were made anew.
        since = self._booted
        await self._crew.wait("the nodes", lambda: addons.are_nodes_ready(api, len(self._nodes), since=since))
        await self._crew.wait("cluster DNS and storage", lambda: addons.are_addons_ready(api, since=since))
        self._crew.say_ready()

    def _start_program(self, program: str) -> None:
        words = arguments(program, port=API_PORT, around=programs.surroundings(self._first))
        self._start(program, [str(self._tools[program]), *words], self._first, shares=False)

    def _start(self, name: str, command: Sequence[str], node: Node, *, shares: bool = True) -> None:
        groups = cgroups.members_of(cgroups.paths(cgroups.group_name(self._folder, node.name)))
        place = Place(cgroups=groups, enter=self._pid(node), folder=CLUSTER, shares=shares)
        self._crew.start(name, command, place=place)

    def _write_node_files(self) -> None:
        plugins = next((str(folder) for folder in CNI_FOLDERS if (folder / "ptp").exists()), str(CNI_FOLDERS[0]))
        layers = snapshotter(self._folder.resolve(), Path("/proc/self/mountinfo").read_text())
        for node in self._nodes:
            home = self._folder / node.folder
            for name in ("lib", "log", "tmp", "cni"):
                (home / name).mkdir(mode=0o700, parents=True, exist_ok=True)
            (home / "tmp").chmod(0o1777)
            for name in ("lib", "log"):
                (home / name).chmod(0o755)
            make_node_pki(
                home / "pki", cluster=self._folder / PKI, name=node.name, address=node.address, now=self._clock.now()
            )
            pause = self._images[addons.PAUSE].reference
            for name, content in files(node, plugins=plugins, pause=pause, snapshotter=layers).items():
                write_private(home / name, content)
            for client, pki in (("kubelet", home / "pki"), ("kube-proxy", self._folder / PKI)):
                url = f"https://{self._first.address}:{API_PORT}"
                write_private(home / f"{client}.kubeconfig", kubeconfig(self._folder, client=client, url=url, pki=pki))

    def _pid(self, node: Node) -> int:
        return self._crew.record.processes[node.name].pid

    def _api(self) -> LocalApi:
        return LocalApi(self._folder / PKI, port=self._crew.record.port)


async def _together(*works: Coroutine[Any, Any, None]) -> None:
    """All of *works*; when one fails, the others are cancelled and its error is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            for work in works:
                group.create_task(work)
    except BaseExceptionGroup as err:
        raise err.exceptions[0] from None


def _there(file: Path) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        return await asyncio.to_thread(file.exists)

    return look


def _system(program: str) -> str:
    found = shutil.which(program, path=SEARCH_PATH)
    if found is None:
        raise Unavailable(f"{program} is not installed", hint="see `fairlead tools install --system`")
    return found


async def _ip(pid: int, lines: Sequence[str]) -> None:
    """Run *lines* as `ip -batch` does, in the network of the process *pid*."""
    argv = [_system("nsenter"), f"--net=/proc/{pid}/ns/net", _system("ip"), "-batch", "-"]
    done = await process.run(argv, stdin="\n".join(lines).encode(), timeout=_SHORT)
    if done.code != 0:
        raise Unavailable(f"the network of the nodes cannot be made: {done.error_text}", hint="use simulated nodes")
