"""What kind, k3d and minikube have in common for us: each makes a whole cluster by a few command lines.

A product says which; it runs nothing. `container_cluster` runs them, and decides when.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from fairlead.model.environment import Driver
from fairlead.model.frozen import dataclass, field
from fairlead.model.local_cluster import ClusterState

_LONGEST_NAME = 32
"""Of a k3d cluster; kind and minikube allow more."""
_TAG = 6
"""Random hex digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The cluster that is wanted. *kubernetes* is a minor or a full version, without a v; *web_port* the port of
    127.0.0.1 that leads to port 80 of the cluster."""

    name: str
    kubernetes: str
    nodes: int
    web_port: int
    kubeconfig: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command line: *program* by name, with what it reads on standard input. *timeout* in seconds."""

    program: str
    arguments: tuple[str, ...]
    timeout: float
    stdin: bytes = b""
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """How a cluster is, and the names of its nodes as its container engine knows them."""

    state: ClusterState
    nodes: tuple[str, ...] = ()


class Product(Protocol):
    @property
    def driver(self) -> Driver: ...

    def check(self, order: Order, /) -> None:
        """Raises InputError where the product cannot make such a cluster."""

    def survey(self, order: Order, /) -> Command:
        """Ends with 0 also where there is no such cluster."""

    def read_survey(self, stdout: bytes, order: Order, /) -> Survey:
        """Raises ValueError for an answer that cannot be read."""

    def create(self, order: Order, /) -> Command:
        """Makes the cluster and waits until its API server answers; the user's own kubeconfig is left alone."""

    def start(self, order: Order, nodes: Sequence[str], /) -> Command:
        """Starts the stopped *nodes* of a cluster that is there."""

    def kubeconfig(self, order: Order, /) -> Command | None:
        """Prints the kubeconfig; None where `create` and `start` write it themselves."""

    def delete(self, order: Order, /) -> Command: ...

    def load(self, order: Order, archive: Path, /) -> Command: ...

    def pull(self, order: Order, reference: str, nodes: Sequence[str], /) -> tuple[Command, ...]: ...


def cluster_name(project: str, environment: str) -> str:
    """A name that people recognise, and that nothing else on this container engine has, be it made by another machine
    that shares the engine: `homelab-local-3fa9c2`, another each time. At most 32 characters of a-z, 0-9 and hyphens."""
    tag = secrets.token_hex(_TAG // 2)
    words = re.sub(r"[^a-z0-9]+", "-", f"{project}-{environment}".lower())
    readable = words[: _LONGEST_NAME - _TAG - 1].strip("-") or "cluster"
    return f"{readable}-{tag}"


def state_of(running: int, total: int) -> ClusterState:
    """Of *total* nodes, *running* run."""
    if total == 0:
        return ClusterState.ABSENT
    if running == 0:
        return ClusterState.STOPPED
    return ClusterState.RUNNING if running == total else ClusterState.BROKEN
