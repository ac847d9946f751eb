"""An environment: a place to deploy to, its settings and gates, and where it is promoted from."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from fairlead.model.finding import Finding
from fairlead.model.frozen import dataclass, field
from fairlead.model.maintenance import MaintenanceSettings
from fairlead.model.plan import Phase
from fairlead.model.pod_security import PodSecurityLevel

DAY_SECONDS = 86400.0

ALIASES: Mapping[str, str] = {"development": "local"}
"""Names the documents use for a canonical one."""


class Delivery(StrEnum):
    """Who executes the deploy phase: exactly one."""

    PUSH = "push"
    FLUX = "flux"
    ARGOCD = "argocd"


class Driver(StrEnum):
    """What makes an environment's cluster, or finds it."""

    AUTO = "auto"
    EMBEDDED = "embedded"
    CONTEXT = "context"
    MINIKUBE = "minikube"
    KIND = "kind"
    K3D = "k3d"
    K3S = "k3s"
    KUBEADM = "kubeadm"


class NodeKind(StrEnum):
    """What the nodes of an embedded cluster are."""

    AUTO = "auto"
    """Real where this machine can carry them, else simulated, and it says why."""
    REAL = "real"
    SIMULATED = "simulated"


class Refresh(StrEnum):
    """When an unchanged Terraform root is compared with what it made."""

    ALWAYS = "always"
    DAILY = "24h"
    NEVER = "never"


class OnFailure(StrEnum):
    """What happens after a deployment that changed something and failed in phase deploy, secure or test."""

    STOP = "stop"
    ROLLBACK = "rollback"
    ASK = "ask"
    """On a terminal; elsewhere it stops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterSettings:
    """*count* is the number of nodes; 0 leaves it to the driver."""

    driver: Driver = Driver.AUTO
    context: str = ""
    kubeconfig: str = ""
    nodes: NodeKind = NodeKind.AUTO
    count: int = 0
    made_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """A window without deployments: starts by *cron* (UTC), lasts *seconds*."""

    cron: str
    seconds: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gates:
    verified: bool = False
    soak_seconds: float = 0
    approvals: int = 0
    freeze: tuple[Freeze, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateWindows:
    """How many seconds before its end a certificate is a warning, and an error."""

    warn_under_seconds: float = 30 * DAY_SECONDS
    fail_under_seconds: float = 7 * DAY_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftPolicy:
    """What `drift --watch` may do here: put drift back without being asked, and how many seconds lie between looks."""

    revert: bool = False
    interval_seconds: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFrom:
    """Where components of an environment are read from: *path* is a folder or file, written in *dialect*."""

    dialect: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """*names* says what tools and paths see: keys `helmfile`, `terraform`, `values`. *read_from* are sources of
    components besides those that the project file lists. *unread* are faults that kept a source from being read at all:
    nothing can be said of such an environment. *left_out* say of components that its sources have why they are not
    among those of the project."""

    name: str
    names: Mapping[str, str] = field(default_factory=dict)
    group: str = ""
    cluster: ClusterSettings = ClusterSettings()
    kubernetes: str = ""
    promoted_from: str = ""
    delivery: Delivery = Delivery.PUSH
    gates: Gates = Gates()
    pod_security: PodSecurityLevel = PodSecurityLevel.BASELINE
    refresh: Refresh = Refresh.DAILY
    budgets: Mapping[Phase, float] = field(default_factory=dict)
    certificates: CertificateWindows = CertificateWindows()
    on_failure: OnFailure = OnFailure.STOP
    maintenance: MaintenanceSettings = field(default_factory=MaintenanceSettings)
    drift: DriftPolicy = DriftPolicy()
    read_from: tuple[ReadFrom, ...] = ()
    unread: tuple[Finding, ...] = ()
    left_out: tuple[Finding, ...] = ()

    def name_for(self, tool: str) -> str:
        return self.names.get(tool, self.name)

    def budget(self, phase: Phase) -> float:
        """Seconds that *phase* may take before an overrun is reported."""
        return self.budgets.get(phase, phase.default_budget)


def expand(path: str, environment: Environment) -> str:
    """*path* of a project with `{environment}` replaced by what the environment's paths are called."""
    return path.replace("{environment}", environment.name_for("values"))
