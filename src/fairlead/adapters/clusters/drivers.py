"""Makes the cluster of a driver that keeps its nodes in containers, and says which such drivers this machine has."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from fairlead.adapters.clusters.container_cluster import ContainerCluster
from fairlead.adapters.clusters.embedded.status import read_status
from fairlead.adapters.clusters.folder import find_folders
from fairlead.adapters.clusters.k3d import K3d
from fairlead.adapters.clusters.kind import Kind
from fairlead.adapters.clusters.made import read_made
from fairlead.adapters.clusters.minikube import Minikube
from fairlead.adapters.clusters.product import Product
from fairlead.adapters.clusters.programs import Programs
from fairlead.adapters.tools.chain import ToolChain
from fairlead.model.environment import Driver
from fairlead.model.errors import InputError
from fairlead.model.local_cluster import ClusterState, LocalCluster
from fairlead.ports import Clock

CONTAINER_DRIVERS = (Driver.MINIKUBE, Driver.KIND, Driver.K3D)


class ContainerDrivers:
    """*environ* is ours: it may choose the container engine."""

    def __init__(
        self, tools: ToolChain, *, clock: Clock, environ: Mapping[str, str], tell: Callable[[str], None]
    ) -> None:
        self._tools = tools
        self._clock = clock
        self._environ = environ
        self._tell = tell
        self._programs = Programs(tools, environ=environ, tell=tell)

    async def engine(self) -> str:
        """The container engine that answers; empty where none does."""
        return await self._programs.engine()

    async def installed(self) -> dict[Driver, bool]:
        """Whether each of CONTAINER_DRIVERS could be run now; nothing is fetched."""
        return {
            Driver.MINIKUBE: shutil.which("minikube", path=self._environ.get("PATH")) is not None,
            Driver.KIND: await self._tools.find("kind") is not None,
            Driver.K3D: await self._tools.find("k3d") is not None,
        }

    async def list_clusters(self, state_root: Path) -> tuple[LocalCluster, ...]:
        """All clusters of this user, embedded ones too, by project and environment."""
        return tuple([await self._status(folder) for folder in find_folders(state_root)])

    async def _status(self, folder: Path) -> LocalCluster:
        try:
            made = read_made(folder)
        except InputError as err:
            return dataclasses.replace(read_status(folder), state=ClusterState.BROKEN, notes=(err.message,))
        if made is None:
            return read_status(folder)
        cluster = await self.cluster(made.driver, folder, nodes=made.nodes, kubernetes=made.kubernetes)
        return await cluster.status()

    async def cluster(self, driver: Driver, folder: Path, *, nodes: int, kubernetes: str) -> ContainerCluster:
        """The cluster of *driver*, one of CONTAINER_DRIVERS, in *folder*."""
        made = read_made(folder)
        engine = made.engine if made else await self._engine_for(driver)
        return ContainerCluster(
            folder,
            product=_product(driver, engine=engine),
            programs=self._programs,
            clock=self._clock,
            progress=self._tell,
            nodes=nodes,
            kubernetes=kubernetes,
            engine=engine,
        )

    async def _engine_for(self, driver: Driver) -> str:
        # minikube and k3d choose their engine themselves.
        return (await self._programs.engine() or "docker") if driver is Driver.KIND else ""


def _product(driver: Driver, *, engine: str) -> Product:
    match driver:
        case Driver.KIND:
            return Kind(engine=engine)
        case Driver.K3D:
            return K3d()
        case Driver.MINIKUBE:
            return Minikube()
        case _:
            raise ValueError(driver)
