"""Finds the pod behind a Service and gives it a port of this machine, for as long as somebody wants it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from fairlead.model.errors import InputError
from fairlead.model.objects import ObjectRef
from fairlead.planning.service_backend import find_backend, find_port
from fairlead.ports import Cluster, Forwarding


@contextlib.asynccontextmanager
async def opened_service(
    namespace: str, name: str, port: str, *, cluster: Cluster, forwarding: Forwarding, listen: int
) -> AsyncIterator[tuple[int, str]]:
    """The port of 127.0.0.1 and the pod that it leads to; *port* is a number, a name, or empty for the only one.
    *listen* 0 takes any free port. Raises InputError, Unavailable where no pod is ready."""
    service = await cluster.get(ObjectRef(kind="Service", namespace=namespace, name=name))
    if service is None:
        raise InputError(f"there is no Service {namespace}/{name}", hint="see `kubectl get services -A`")
    chosen = find_port(service, port)
    slices = await cluster.list_objects(
        group="discovery.k8s.io",
        kind="EndpointSlice",
        namespace=namespace,
        labels={"kubernetes.io/service-name": name},
    )
    pod, number = find_backend(slices, chosen, service=f"{namespace}/{name}")
    ref = ObjectRef(kind="Pod", namespace=namespace, name=pod)
    async with forwarding.forwarded(ref, number, listen=listen) as found:
        yield found, f"{ref} port {number}"
