"""The lock of an environment as a Lease in `fairlead-system`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fairlead.adapters.state.names import SYSTEM_NAMESPACE, record_name
from fairlead.model.errors import Unavailable
from fairlead.model.lease import Lease
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.ports import Cluster


class ClusterLock:
    """`Lock` on a `Cluster`."""

    def __init__(self, cluster: Cluster, *, project: str, environment: str) -> None:
        self._cluster = cluster
        self._name = record_name(project, environment)

    async def read(self) -> Lease | None:
        found = await self._cluster.get(
            ObjectRef(
                group="coordination.k8s.io", version="v1", kind="Lease", namespace=SYSTEM_NAMESPACE, name=self._name
            )
        )
        return None if found is None else _lease_of(found)

    async def write(self, lease: Lease) -> Lease | None:
        manifest = self._manifest(lease)
        result = await (self._cluster.replace(manifest) if lease.version else self._cluster.create(manifest))
        if result.live is not None:
            return _lease_of(result.live)
        if result.status in (404, 409):
            return None
        raise Unavailable(f"the lock of this environment cannot be written: {result.message}")

    def _manifest(self, lease: Lease) -> Manifest:
        metadata: dict[str, Any] = {"name": self._name, "namespace": SYSTEM_NAMESPACE}
        if lease.version:
            metadata["resourceVersion"] = lease.version
        spec: dict[str, Any] = {
            "leaseDurationSeconds": lease.duration_seconds,
            "leaseTransitions": lease.token,
            "renewTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "holderIdentity": lease.holder,
        }
        return {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata, "spec": spec}


def _lease_of(found: Manifest) -> Lease:
    spec = found.get("spec", {})
    return Lease(
        holder=spec.get("holderIdentity", ""),
        token=spec.get("leaseTransitions", 0),
        renewed=spec.get("renewTime", ""),
        duration_seconds=spec.get("leaseDurationSeconds", 30),
        version=found["metadata"]["resourceVersion"],
    )
