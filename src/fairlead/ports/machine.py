"""What is asked of this machine and of registries, not of one cluster; `fairlead.ports` has all names."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from fairlead.model.local_cluster import LocalCluster
from fairlead.model.objects import ObjectRef


class Forwarding(Protocol):
    """Ports of this machine that lead to pods."""

    def forwarded(self, pod: ObjectRef, port: int, *, listen: int) -> AbstractAsyncContextManager[int]:
        """The port of 127.0.0.1 (*listen*, or a free one for 0) that leads to *port* of *pod* inside the block. Raises
        Unavailable where it cannot be had; what goes wrong with one connection is told, and ends that one only."""

    async def close(self) -> None: ...


class WebRequests(Protocol):
    """Plain HTTP from this machine."""

    async def get(self, url: str, *, host: str, timeout: float) -> tuple[int, bytes]:
        """Status and body of one GET, redirects not followed; *host* stands for the name in *url* in the request's
        header, if it is given. Raises Unavailable when nobody answers."""


class Names(Protocol):
    async def resolves(self, host: str) -> bool:
        """Whether the name *host* has an address here and now."""


class LocalDriver(Protocol):
    """One cluster on this machine, for one project and environment: what makes it, keeps it and removes it.

    All raise Unavailable when the program behind the driver is missing, fails or does not answer in its time.
    """

    @property
    def kubeconfig(self) -> Path:
        """The admin's, in Fairlead's own state folder; there once `up` has ended."""

    async def up(self) -> LocalCluster:
        """Make the cluster, start it again or repair it; one that is well is left alone. Raises InputError where the
        settings ask for what the driver cannot make."""

    async def down(self) -> None:
        """Remove the cluster and all it left, whatever state it is in; absent is fine."""

    async def status(self) -> LocalCluster:
        """From this machine alone: the cluster's API server is not asked."""

    async def load(self, archive: Path, *, reference: str) -> None:
        """Put the image *reference* of the OCI image archive (a tar file) *archive* on every node.

        Raises InputError where nodes hold no images, because they are simulated."""

    async def pull(self, reference: str) -> None:
        """Have every node fetch the image *reference* now; raises as `load`."""


class ImageTags(Protocol):
    """The tags of container images in their registries."""

    async def digest(self, reference: str) -> str | None:
        """The digest behind the tag of *reference* now; None where the registry has no such image. Raises Unavailable
        where it does not answer, InputError where it refuses us."""
