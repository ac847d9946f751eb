"""What the verbs of `local` need of a cluster beside its driver."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator

from fairlead.actions.cluster_check import Trial
from fairlead.adapters.clock import SystemClock
from fairlead.adapters.kube.cluster import KubeCluster
from fairlead.adapters.kube.forwarding import KubeForwarding
from fairlead.adapters.kube.probes import KubeProbes
from fairlead.adapters.web_requests import DirectWebRequests
from fairlead.bootstrap.access import find_access
from fairlead.bootstrap.clusters import local_driver
from fairlead.bootstrap.places import Opened, Places, Tell
from fairlead.bootstrap.settings import request_timeout
from fairlead.bootstrap.tools import image_builder
from fairlead.model.environment import Driver, Environment
from fairlead.ports import Cluster, Forwarding


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
