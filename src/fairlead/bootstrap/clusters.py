"""Which driver makes an environment's cluster; the way into it is `access.py`'s."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from fairlead.adapters.clock import SystemClock
from fairlead.adapters.clusters.drivers import CONTAINER_DRIVERS, ContainerDrivers
from fairlead.adapters.clusters.embedded.cluster import EmbeddedCluster, RealNodes
from fairlead.adapters.clusters.embedded.kinds import NodeChoice, Permission, nobody
from fairlead.adapters.clusters.folder import cluster_folder
from fairlead.adapters.clusters.made import maker_of
from fairlead.adapters.clusters.selected import SelectedCluster, Selection
from fairlead.adapters.images.addons import ADDONS
from fairlead.bootstrap.places import Opened, Places, Tell
from fairlead.bootstrap.tools import image_builder, system_packages, tool_chain
from fairlead.model.environment import Driver, Environment, NodeKind
from fairlead.model.errors import InputError
from fairlead.model.local_cluster import LocalCluster
from fairlead.planning.driver_choice import DriverChoice, DriverFacts, choose_driver
from fairlead.ports import LocalDriver


def local_driver(
    places: Places,
    opened: Opened,
    environment: Environment,
    *,
    tell: Tell,
    may_install: Permission = nobody,
) -> LocalDriver:
    """What makes the environment's cluster on this machine; what `auto` means is found out when it is first asked.
    *may_install* is asked before packages are installed. Raises InputError for a driver that makes none."""
    wanted = environment.cluster.driver
    if wanted is Driver.CONTEXT:
        raise InputError(
            f"the cluster of {environment.name} is not made by Fairlead: its driver is context",
            hint="use the verbs `doctor` and `status` on it, or set another driver",
        )
    if wanted in (Driver.K3S, Driver.KUBEADM):
        raise InputError(
            f"cluster driver {wanted.value} is not built yet",
            hint="use `context` with the kubeconfig that it writes, or a driver for this machine",
        )
    folder = cluster_folder(places.state, opened.project.name, environment.name)

    async def select() -> Selection:
        choice = NodeChoice(packages=system_packages(tell=tell), may_install=may_install)
        return await _select(places, opened, environment, folder=folder, tell=tell, nodes=choice)

    return SelectedCluster(folder, select=select, tell=tell)


async def _select(
    places: Places, opened: Opened, environment: Environment, *, folder: Path, tell: Tell, nodes: NodeChoice
) -> Selection:
    wanted, made = environment.cluster.driver, maker_of(folder)
    drivers = ContainerDrivers(tool_chain(places, tell=tell), clock=SystemClock(), environ=os.environ, tell=tell)
    kind = _node_kind(environment)
    choice = await _choose(drivers, made, nodes=kind, obstacle=nodes.obstacle) if wanted is Driver.AUTO else None
    used = choice.driver if choice else made or wanted
    driver: LocalDriver
    if used in CONTAINER_DRIVERS:
        count, kubernetes = environment.cluster.count or 1, environment.kubernetes or "1.34"
        driver = await drivers.cluster(used, folder, nodes=count, kubernetes=kubernetes)
    else:
        driver = _embedded(places, opened, environment, kind=kind, tell=tell, nodes=nodes)
    asked_for = choice.driver if choice else wanted
    return Selection(driver=driver, kind=used, wanted=asked_for, choice=str(choice) if choice else "")


def _node_kind(environment: Environment) -> NodeKind:
    """As the environment says, or FAIRLEAD_NODES. Raises InputError."""
    said = os.environ.get("FAIRLEAD_NODES", "")
    if said and said not in tuple(NodeKind):
        raise InputError(f"FAIRLEAD_NODES must be one of {', '.join(NodeKind)}, not {said!r}")
    return NodeKind(said) if said else environment.cluster.nodes


async def _choose(
    drivers: ContainerDrivers, made: Driver | None, *, nodes: NodeKind, obstacle: Callable[[], Awaitable[str]]
) -> DriverChoice:
    """A cluster that is there needs no look at the machine."""
    engine = "" if made else await drivers.engine()
    return choose_driver(
        DriverFacts(
            made=made,
            nodes=nodes,
            no_embedded="" if sys.platform.startswith("linux") else "needs Linux",
            no_real_nodes="" if made or nodes is NodeKind.SIMULATED else await obstacle(),
            engine=engine,
            installed=await drivers.installed() if engine else {},
        )
    )


def _embedded(
    places: Places, opened: Opened, environment: Environment, *, kind: NodeKind, tell: Tell, nodes: NodeChoice
) -> EmbeddedCluster:
    return EmbeddedCluster(
        cluster_folder(places.state, opened.project.name, environment.name),
        tools=tool_chain(places, tell=tell),
        clock=SystemClock(),
        progress=tell,
        nodes=kind,
        count=environment.cluster.count,
        kubernetes=environment.kubernetes or "1.34",
        real=RealNodes(choice=nodes, images=image_builder(places), addons=ADDONS),
    )


async def list_local_clusters(places: Places) -> tuple[LocalCluster, ...]:
    """All clusters on this machine that Fairlead made for this user, whatever their driver."""
    drivers = ContainerDrivers(
        tool_chain(places, tell=lambda _: None), clock=SystemClock(), environ=os.environ, tell=lambda _: None
    )
    return await drivers.list_clusters(places.state)
