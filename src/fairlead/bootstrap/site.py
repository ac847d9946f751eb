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
from fairlead.adapters.kube.cluster import KubeCluster
from fairlead.adapters.kube.probes import KubeProbes
from fairlead.adapters.names import SystemNames
from fairlead.adapters.schemas.validator import SchemaValidator
from fairlead.adapters.state.cluster_lock import ClusterLock
from fairlead.adapters.state.cluster_state import ClusterState
from fairlead.bootstrap.access import driver_of_nodes, find_access
from fairlead.bootstrap.places import Opened, Places, Tell
from fairlead.bootstrap.settings import request_timeout
from fairlead.bootstrap.sources import open_sources
from fairlead.engine.site import Site
from fairlead.model.environment import Environment
from fairlead.planning.ignoring import Ignores, ignores_of
from fairlead.ports import Clock
from fairlead.readers.ignore_file import load_ignores


@contextlib.asynccontextmanager
async def open_site(places: Places, opened: Opened, environment: Environment, *, tell: Tell) -> AsyncIterator[Site]:
    """Everything for planning and deploying *environment*; the cluster is asked for nothing yet."""
    access = await find_access(places, opened, environment)
    clock = SystemClock()
    cluster = KubeCluster(access.connection, clock=clock, timeout=request_timeout())
    probes = KubeProbes(access.connection, clock=clock, timeout=request_timeout())
    sources = open_sources(
        places, opened, tell=tell, kubeconfig=access.kubeconfig, context=access.context, cluster=cluster
    )
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
