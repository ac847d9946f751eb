"""What the inside asks of the outside. Each port has a real adapter; those that are slow or remote also have a fake."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from fairlead.model.objects import ApplyResult, Kinds, Manifest, ObjectRef, ObservedMetadata, ServerVersion


class Clock(Protocol):
    """Wall time (UTC, aware), monotonic seconds, and waiting. The engine takes time from nowhere else."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


class Tools(Protocol):
    """The pinned command-line tools."""

    async def path(self, name: str) -> Path:
        """The program *name* at its pinned version, fetched or built first if it must be. Raises Unavailable."""

    def version(self, name: str) -> str:
        """The pinned version, e.g. `4.3.1`; goes into input digests."""


class Cluster(Protocol):
    """One Kubernetes API server.

    Reads and writes raise Unavailable when the server does not answer; what it *says* about one object is data.
    """

    async def version(self) -> ServerVersion: ...

    async def kinds(self, *, refresh: bool = False) -> Kinds:
        """Discovery; a broken aggregated API is named in `broken`, never an error."""

    async def get(self, ref: ObjectRef) -> Manifest | None: ...

    async def observe(self, refs: Iterable[ObjectRef]) -> dict[ObjectRef, Manifest]:
        """Read the live objects, by LIST where several share kind and namespace; leave out those that do not exist
        and those whose kind is not served."""

    async def observe_metadata(self, refs: Iterable[ObjectRef]) -> dict[ObjectRef, ObservedMetadata]:
        """As `observe`, but uid and resourceVersion only (PartialObjectMetadata)."""

    async def list_objects(
        self,
        *,
        group: str,
        kind: str,
        namespace: str = "",
        labels: Mapping[str, str] | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> list[Manifest]:
        """All objects of a kind, in one namespace or in all; empty when the kind is not served."""

    async def list_metadata(
        self, *, group: str, kind: str, namespace: str = "", labels: Mapping[str, str] | None = None
    ) -> list[Manifest]:
        """As `list_objects`, but `{"metadata": …}` only."""

    async def apply(
        self, manifest: Manifest, *, manager: str, force: bool = False, dry_run: bool = False
    ) -> ApplyResult:
        """Server-side apply. `metadata.uid` and `metadata.resourceVersion` in *manifest* are preconditions."""

    async def create(self, manifest: Manifest) -> ApplyResult:
        """POST; status 409 when it is there already."""

    async def replace(self, manifest: Manifest) -> ApplyResult:
        """PUT; with `metadata.resourceVersion` a compare-and-swap: status 409 when it moved."""

    async def delete(
        self, ref: ObjectRef, *, uid: str = "", resource_version: str = "", propagation: str = "Background"
    ) -> ApplyResult:
        """DELETE with preconditions; status 404 when it was gone already (`live` is then an empty manifest)."""

    async def pod_logs(self, ref: ObjectRef, *, container: str = "", tail: int = 1) -> str:
        """The last lines of a pod's log; empty when there are none or the kubelet does not answer."""

    async def close(self) -> None: ...
