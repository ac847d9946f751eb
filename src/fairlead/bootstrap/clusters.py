"""Which driver makes an environment's cluster, and the way into it."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from fairlead.adapters.clock import SystemClock
from fairlead.adapters.clusters.drivers import CONTAINER_DRIVERS, ContainerDrivers
from fairlead.adapters.clusters.embedded.cluster import EmbeddedCluster, RealNodes
from fairlead.adapters.clusters.embedded.kinds import NodeChoice, Permission, nobody
from fairlead.adapters.clusters.folder import cluster_folder
from fairlead.adapters.clusters.made import maker_of
from fairlead.adapters.clusters.selected import SelectedCluster, Selection
from fairlead.adapters.images.addons import ADDONS
from fairlead.adapters.kube.connection import Connection
from fairlead.adapters.kube.context import read_connection
from fairlead.bootstrap.places import Opened, Places, Tell
from fairlead.bootstrap.tools import image_builder, system_packages, tool_chain
from fairlead.model.environment import Driver, Environment, NodeKind
from fairlead.model.errors import InputError, Unavailable
from fairlead.model.local_cluster import ClusterState as LocalState
from fairlead.model.local_cluster import LocalCluster
from fairlead.planning.driver_choice import DriverChoice, DriverFacts, choose_driver
from fairlead.ports import LocalDriver


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The way into a cluster: for our own client, and for children. *kubeconfig* None: what kubectl would use."""

    connection: Connection
    kubeconfig: Path | None
    context: str


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


async def find_access(places: Places, opened: Opened, environment: Environment) -> Access:
    """How to reach the environment's cluster. Raises InputError for a driver that is not built yet, Unavailable where
    a local cluster is not running."""
    settings = environment.cluster
    if settings.driver is Driver.CONTEXT:
        path = (opened.root / settings.kubeconfig).expanduser() if settings.kubeconfig else None
        home = Path(os.environ.get("HOME") or Path.home())
        connection = read_connection(path=path, context=settings.context, environ=os.environ, home=home)
        return Access(connection=connection, kubeconfig=path, context=connection.context)
    return await _local_access(local_driver(places, opened, environment, tell=lambda _: None), environment)


def driver_of_nodes(places: Places, opened: Opened, environment: Environment, *, tell: Tell) -> LocalDriver | None:
    if environment.cluster.driver is Driver.CONTEXT:
        return None
    return local_driver(places, opened, environment, tell=tell)


async def _local_access(cluster: LocalDriver, environment: Environment) -> Access:
    state = (await cluster.status()).state
    if state is LocalState.ABSENT or not cluster.kubeconfig.exists():
        raise Unavailable(
            f"the local cluster of {environment.name} is not there",
            hint=f"start it with `fairlead local up -e {environment.name}`",
        )
    if state is LocalState.STOPPED:
        raise Unavailable(
            f"the local cluster of {environment.name} is stopped",
            hint=f"start it again with `fairlead local up -e {environment.name}`",
        )
    connection = read_connection(path=cluster.kubeconfig, environ=os.environ, home=Path.home())
    return Access(connection=connection, kubeconfig=cluster.kubeconfig, context="")


async def list_local_clusters(places: Places) -> tuple[LocalCluster, ...]:
    """All clusters on this machine that Fairlead made for this user, whatever their driver."""
    drivers = ContainerDrivers(
        tool_chain(places, tell=lambda _: None), clock=SystemClock(), environ=os.environ, tell=lambda _: None
    )
    return await drivers.list_clusters(places.state)
