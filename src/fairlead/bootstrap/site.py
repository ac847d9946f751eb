"""Everything for planning and deploying one environment."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from fairlead.adapters.clock import SystemClock
from fairlead.adapters.commands import ProjectCommands
from fairlead.adapters.git.repository import GitRepository
from fairlead.adapters.helm.charts import HelmCharts
from fairlead.adapters.kube.cluster import KubeCluster
from fairlead.adapters.kube.probes import KubeProbes
from fairlead.adapters.kustomize.overlays import KustomizeOverlays
from fairlead.adapters.names import SystemNames
from fairlead.adapters.project_folder import ProjectFolder
from fairlead.adapters.schemas.validator import SchemaValidator
from fairlead.adapters.sops.files import SopsFiles
from fairlead.adapters.state.cluster_lock import ClusterLock
from fairlead.adapters.state.cluster_state import ClusterState
from fairlead.adapters.terraform.infrastructure import TofuInfrastructure
from fairlead.bootstrap.access import Access, driver_of_nodes, find_access
from fairlead.bootstrap.places import Opened, Places, Tell
from fairlead.bootstrap.settings import request_timeout
from fairlead.bootstrap.tools import image_builder, registries, tool_chain
from fairlead.engine.renderer import Sources
from fairlead.engine.site import Site
from fairlead.model.environment import Environment
from fairlead.planning.ignoring import Ignores, ignores_of
from fairlead.ports import Clock, Cluster
from fairlead.readers.ignore_file import load_ignores


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
    ignores = ignores_today(opened, clock)
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
            local=driver_of_nodes(places, opened, environment, tell=tell),
            kubeconfig=str(access.kubeconfig or os.environ.get("KUBECONFIG", "")),
            context=access.context,
            api_url=access.connection.server,
            ignores=ignores,
        )
    finally:
        await probes.close()
        await cluster.close()


def ignores_today(opened: Opened, clock: Clock) -> Ignores:
    """What the ignore file of the project says now. Raises InputError."""
    entries = load_ignores(opened.root, components=[component.name for component in opened.project.components])
    return ignores_of(entries, today=clock.now().date())


def _own_program() -> str:
    """How we were started, for scripts of the project; empty where that is no program of its own."""
    given = os.environ.get("FAIRLEAD", "")
    started = Path(sys.argv[0]) if sys.argv else Path()
    return given or (str(started.absolute()) if os.access(started, os.X_OK) and started.is_file() else "")
