"""The one place where adapters are built and joined."""

from __future__ import annotations

import contextlib
import getpass
import os
import secrets
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fairlead.actions.cluster_check import Trial
from fairlead.adapters.clock import SystemClock
from fairlead.adapters.clusters.drivers import CONTAINER_DRIVERS, ContainerDrivers
from fairlead.adapters.clusters.embedded.cluster import EmbeddedCluster, RealNodes
from fairlead.adapters.clusters.embedded.kinds import NodeChoice, Permission, nobody
from fairlead.adapters.clusters.folder import cluster_folder
from fairlead.adapters.clusters.made import maker_of
from fairlead.adapters.clusters.selected import SelectedCluster, Selection
from fairlead.adapters.commands import ProjectCommands
from fairlead.adapters.git.repository import GitRepository
from fairlead.adapters.helm.charts import HelmCharts
from fairlead.adapters.images.addons import ADDONS
from fairlead.adapters.images.builder import ImageBuilder
from fairlead.adapters.kube.cluster import KubeCluster
from fairlead.adapters.kube.connection import Connection
from fairlead.adapters.kube.context import read_connection
from fairlead.adapters.kube.forwarding import KubeForwarding
from fairlead.adapters.kube.probes import KubeProbes
from fairlead.adapters.kustomize.overlays import KustomizeOverlays
from fairlead.adapters.names import SystemNames
from fairlead.adapters.project_folder import ProjectFolder
from fairlead.adapters.registry.client import Registries
from fairlead.adapters.registry.credentials import LoginFiles
from fairlead.adapters.schemas.validator import SchemaValidator
from fairlead.adapters.sops.files import SopsFiles
from fairlead.adapters.state.cluster_lock import ClusterLock
from fairlead.adapters.state.cluster_state import ClusterState
from fairlead.adapters.terraform.infrastructure import TofuInfrastructure
from fairlead.adapters.tools.cache import default_cache
from fairlead.adapters.tools.chain import ToolChain
from fairlead.adapters.tools.system import SystemPackages
from fairlead.adapters.web_requests import DirectWebRequests
from fairlead.engine.renderer import Sources
from fairlead.engine.site import Site
from fairlead.model.environment import Driver, Environment, NodeKind
from fairlead.model.errors import InputError, Unavailable
from fairlead.model.local_cluster import ClusterState as LocalState
from fairlead.model.local_cluster import LocalCluster
from fairlead.model.project import Project
from fairlead.planning.driver_choice import DriverChoice, DriverFacts, choose_driver
from fairlead.ports import Cluster, Forwarding, Images, LocalDriver
from fairlead.readers.project_file import load_project
from fairlead.readers.project_paths import check_paths, find_project

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where Fairlead keeps things of this user: *cache* may be lost any time, *state* holds local clusters and logs."""

    cache: Path
    state: Path

    @classmethod
    def of_user(cls, environ: Mapping[str, str]) -> Places:
        home = Path(environ.get("HOME") or Path.home())
        state = Path(environ.get("XDG_STATE_HOME") or home / ".local" / "state")
        return cls(cache=default_cache(environ).parent, state=state / "fairlead")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A project that was found and read, and its folder."""

    project: Project
    root: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The way into a cluster: for our own client, and for children. *kubeconfig* None: what kubectl would use."""

    connection: Connection
    kubeconfig: Path | None
    context: str


def open_project(start: Path) -> Opened:
    """Find and read the project of *start*. Raises InputError with all faults."""
    file = find_project(start)
    opened = Opened(project=load_project(file), root=file.parent)
    findings = check_paths(opened.project, opened.root)
    if findings:
        raise InputError(f"{file.name} names paths that are not there", findings=findings)
    return opened


def registries() -> Registries:
    """OCI registries, with the logins of this user."""
    return Registries(LoginFiles(environ=os.environ, home=Path(os.environ.get("HOME") or Path.home())))


def tool_chain(places: Places, *, tell: Tell) -> ToolChain:
    return ToolChain(places.cache / "tools", progress=tell)


def system_packages(*, tell: Tell) -> SystemPackages:
    return SystemPackages(progress=tell)


def image_builder(places: Places) -> Images:
    return ImageBuilder(cache=places.cache, registries=registries())


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


def _driver_of_nodes(places: Places, opened: Opened, environment: Environment, *, tell: Tell) -> LocalDriver | None:
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


def open_sources(
    places: Places, opened: Opened, *, access: Access | None, cluster: Cluster | None, tell: Tell
) -> Sources:
    """The ports that a rendering reads through; *access* None where no cluster is asked."""
    tools = tool_chain(places, tell=tell)
    kubeconfig, context = (access.kubeconfig, access.context) if access else (None, "")
    return Sources(
        files=ProjectFolder(opened.root),
        charts=HelmCharts(tools, cache=places.cache, registries=registries(), kubeconfig=kubeconfig, context=context),
        overlays=KustomizeOverlays(tools, cache=places.cache),
        infrastructure=TofuInfrastructure(
            tools,
            data_root=places.state / "terraform",
            project=opened.root,
            kubeconfig=kubeconfig,
            context=context,
            cluster=cluster,
        ),
        images=image_builder(places),
        secrets=SopsFiles(environ=os.environ, home=Path.home()),
        tools=tools,
    )


@contextlib.asynccontextmanager
async def open_site(places: Places, opened: Opened, environment: Environment, *, tell: Tell) -> AsyncIterator[Site]:
    """Everything for planning and deploying *environment*; the cluster is asked for nothing yet."""
    access = await find_access(places, opened, environment)
    clock = SystemClock()
    cluster = KubeCluster(access.connection, clock=clock, timeout=request_timeout())
    probes = KubeProbes(access.connection, clock=clock, timeout=request_timeout())
    sources = open_sources(places, opened, access=access, cluster=cluster, tell=tell)
    name, project = environment.name, opened.project.name
    try:
        yield Site(
            project=opened.project,
            environment=environment,
            clock=clock,
            cluster=cluster,
            state=ClusterState(cluster, project=project, environment=name),
            lock=ClusterLock(cluster, project=project, environment=name),
            sources=sources,
            infrastructure=sources.infrastructure,
            schemas=SchemaValidator(),
            repository=GitRepository(opened.root),
            commands=ProjectCommands(opened.root, program=_own_program()),
            names=SystemNames(),
            probes=probes,
            local=_driver_of_nodes(places, opened, environment, tell=tell),
            kubeconfig=str(access.kubeconfig or os.environ.get("KUBECONFIG", "")),
            context=access.context,
            api_url=access.connection.server,
        )
    finally:
        await probes.close()
        await cluster.close()


def _own_program() -> str:
    """How we were started, for scripts of the project; empty where that is no program of its own."""
    given = os.environ.get("FAIRLEAD", "")
    started = Path(sys.argv[0]) if sys.argv else Path()
    return given or (str(started.absolute()) if os.access(started, os.X_OK) and started.is_file() else "")


@contextlib.asynccontextmanager
async def open_forwarding(
    places: Places, opened: Opened, environment: Environment, *, tell: Tell
) -> AsyncIterator[tuple[Cluster, Forwarding]]:
    """Raises as `find_access`."""
    access = await find_access(places, opened, environment)
    cluster = KubeCluster(access.connection, clock=SystemClock(), timeout=request_timeout())
    forwarding = KubeForwarding(access.connection, clock=SystemClock(), tell=tell)
    try:
        yield cluster, forwarding
    finally:
        await forwarding.close()
        await cluster.close()


async def list_local_clusters(places: Places) -> tuple[LocalCluster, ...]:
    """All clusters on this machine that Fairlead made for this user, whatever their driver."""
    drivers = ContainerDrivers(
        tool_chain(places, tell=lambda _: None), clock=SystemClock(), environ=os.environ, tell=lambda _: None
    )
    return await drivers.list_clusters(places.state)


@contextlib.asynccontextmanager
async def open_trial(
    places: Places, opened: Opened, environment: Environment, *, image: str, patience: float, tell: Tell
) -> AsyncIterator[Trial]:
    """Everything for trying the cluster of *environment*. Raises as `find_access`."""
    access = await find_access(places, opened, environment)
    is_ours = environment.cluster.driver is not Driver.CONTEXT
    driver = local_driver(places, opened, environment, tell=tell) if is_ours else None
    status = await driver.status() if driver else None
    clock = SystemClock()
    cluster = KubeCluster(access.connection, clock=clock, timeout=request_timeout())
    probes = KubeProbes(access.connection, clock=clock, timeout=request_timeout())
    try:
        yield Trial(
            environment=environment.name,
            driver_name=status.driver.value if status else environment.cluster.driver.value,
            cluster=cluster,
            probes=probes,
            clock=clock,
            images=image_builder(places),
            web=DirectWebRequests(),
            driver=driver,
            namespace=f"fairlead-check-{secrets.token_hex(3)}",
            image=image,
            web_url=status.web_url if status else "",
            patience=patience,
            tell=tell,
        )
    finally:
        await probes.close()
        await cluster.close()


def request_timeout() -> float:
    """Seconds for one request to an API server."""
    return _seconds("FAIRLEAD_REQUEST_TIMEOUT", 15.0)


def lease_ttl() -> float:
    """Seconds that a lock holds without renewal; tests shorten it."""
    return _seconds("FAIRLEAD_LEASE_TTL", 30.0)


def _seconds(variable: str, default: float) -> float:
    text = os.environ.get(variable, "")
    try:
        found = float(text) if text else default
    except ValueError:
        found = 0.0
    if found <= 0:
        raise InputError(f"{variable} must be a number of seconds above 0, not {text!r}")
    return found


def new_run_id() -> str:
    """Sorts by time, and two runs of one second differ."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def holder_name() -> str:
    """Who we are, for people who are refused."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()} pid {os.getpid()}"
