"""The way into an environment's cluster, for our own client and for children."""

from __future__ import annotations

import os
from pathlib import Path

from fairlead.adapters.kube.connection import Connection
from fairlead.adapters.kube.context import read_connection
from fairlead.bootstrap.places import Opened, Places, Tell
from fairlead.model.environment import Driver, Environment
from fairlead.model.errors import Unavailable
from fairlead.model.frozen import dataclass
from fairlead.model.local_cluster import ClusterState as LocalState
from fairlead.ports import LocalDriver


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The way into a cluster: for our own client, and for children. *kubeconfig* None: what kubectl would use."""

    connection: Connection
    kubeconfig: Path | None
    context: str


async def find_access(places: Places, opened: Opened, environment: Environment) -> Access:
    """How to reach the environment's cluster. Raises InputError for a driver that is not built yet, Unavailable where
    a local cluster is not running."""
    settings = environment.cluster
    if settings.driver is Driver.CONTEXT:
        path = (opened.root / settings.kubeconfig).expanduser() if settings.kubeconfig else None
        home = Path(os.environ.get("HOME") or Path.home())
        connection = read_connection(path=path, context=settings.context, environ=os.environ, home=home)
        return Access(connection=connection, kubeconfig=path, context=connection.context)
    return await _local_access(_local_driver(places, opened, environment, tell=lambda _: None), environment)


def driver_of_nodes(places: Places, opened: Opened, environment: Environment, *, tell: Tell) -> LocalDriver | None:
    if environment.cluster.driver is Driver.CONTEXT:
        return None
    return _local_driver(places, opened, environment, tell=tell)


def _local_driver(places: Places, opened: Opened, environment: Environment, *, tell: Tell) -> LocalDriver:
    # All drivers take 0.1 s to import, and a context needs none of them.
    from fairlead.bootstrap.clusters import local_driver  # noqa: PLC0415

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
