"""One environment with everything that planning and deploying it needs: its ports, and what was found there."""

from __future__ import annotations

from collections.abc import Mapping

from fairlead.engine.sources import Sources
from fairlead.formats.json_data import dig, maps_in
from fairlead.model.component import Component
from fairlead.model.environment import Environment
from fairlead.model.errors import Refused
from fairlead.model.frozen import dataclass, field
from fairlead.model.infrastructure import TerraformRoot
from fairlead.model.objects import Kinds, Manifest
from fairlead.model.project import Project
from fairlead.model.record import ComponentRecord, Head
from fairlead.planning.ignoring import NO_IGNORES, Ignores
from fairlead.planning.terraform.root import terraform_root
from fairlead.ports import (
    Clock,
    Cluster,
    Commands,
    EnvironmentState,
    Infrastructure,
    LocalDriver,
    Lock,
    Names,
    Probes,
    Repository,
    SchemaCheck,
)

SIMULATED_NODE = "kwok.x-k8s.io/node"
"""The annotation of a node that no machine stands behind."""


DRIVER = "fairlead.dev/driver"
"""The label of a node that the embedded driver made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the cluster says about itself. *simulated*: no machine stands behind at least one node."""

    version: str
    minor: str
    kinds: Kinds
    nodes: tuple[Manifest, ...]
    api_url: str = ""

    @property
    def simulated(self) -> bool:
        return any(SIMULATED_NODE in (dig(node, "metadata", "annotations") or {}) for node in self.nodes)

    @property
    def gives_addresses(self) -> bool:
        """Whether somebody may give a load balancer its address: no cluster of the embedded driver has one for it."""
        is_embedded = any(dig(node, "metadata", "labels", DRIVER) == "embedded" for node in self.nodes)
        return not (self.simulated or is_embedded)

    @property
    def ready_nodes(self) -> int:
        return sum(_is_ready(node) for node in self.nodes)


def _is_ready(node: Manifest) -> bool:
    conditions = maps_in(dig(node, "status", "conditions"))
    return any(c.get("type") == "Ready" and c.get("status") == "True" for c in conditions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """*kubeconfig* and *context* are for children (helm, tofu, commands); the cluster port has its own way in.
    *local* is None where the cluster's nodes are somebody else's. *ignores* are what the ignore file says today."""

    project: Project
    environment: Environment
    clock: Clock
    cluster: Cluster
    state: EnvironmentState
    lock: Lock
    sources: Sources
    infrastructure: Infrastructure
    schemas: SchemaCheck
    repository: Repository
    commands: Commands
    names: Names
    probes: Probes
    local: LocalDriver | None = None
    kubeconfig: str = ""
    context: str = ""
    api_url: str = ""
    ignores: Ignores = NO_IGNORES

    def terraform_root(self, component: Component) -> TerraformRoot:
        return terraform_root(self.project, self.environment, component, root=str(self.sources.files.root()))


async def survey(cluster: Cluster, *, api_url: str = "") -> Ground:
    """Ask the cluster what it is. Raises Unavailable when it does not answer."""
    version = await cluster.version()
    nodes = await cluster.list_objects(group="", kind="Node")
    return Ground(
        version=version.git_version,
        minor=version.minor,
        kinds=await cluster.kinds(),
        nodes=tuple(nodes),
        api_url=api_url,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """The record of an environment: its head, and one record per component. *has_place*: its namespace is there."""

    has_place: bool = True
    head: Head | None = None
    records: Mapping[str, ComponentRecord] = field(default_factory=dict)


async def remember(state: EnvironmentState, *, environment: str) -> Remembered:
    """Read the record. Raises Refused where it belongs to another environment."""
    head = await state.head()
    if head is None:
        return Remembered(has_place=await state.has_place())
    if head.environment != environment:
        raise Refused(f"the record in this cluster is of environment {head.environment}, not {environment}")
    found = await state.components(head.components.values())
    return Remembered(head=head, records={name: found[key] for name, key in head.components.items() if key in found})
