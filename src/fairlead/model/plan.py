"""The plan: the whole graph of steps for one environment, with every change and why."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from fairlead.model.change import Change, ChangeAction
from fairlead.model.frozen import dataclass, field
from fairlead.model.tier import Tier


class Phase(StrEnum):
    """The five phases of a deployment, in their order; barriers stand between validate, provision and deploy."""

    VALIDATE = "validate"
    PROVISION = "provision"
    DEPLOY = "deploy"
    SECURE = "secure"
    TEST = "test"

    @property
    def rank(self) -> int:
        return _RANKS[self]

    @property
    def is_barrier(self) -> bool:
        """Whether every step of it must have ended well before any later phase starts."""
        return self in (Phase.VALIDATE, Phase.PROVISION)

    @property
    def default_budget(self) -> float:
        """Seconds: the upper ends of the durations that were asked for (U1)."""
        return {"validate": 180.0, "provision": 600.0, "deploy": 900.0, "secure": 300.0, "test": 480.0}[self.value]


_RANKS = {phase: rank for rank, phase in enumerate(Phase)}


class Waits(StrEnum):
    """What a step waits for besides the phases before its own (validate, provision and deploy are barriers)."""

    NEEDS = "needs"
    """Only the steps in `after`, which must end well."""
    TIERS = "tiers"
    """Also every step of an earlier tier, which must end well."""
    ALL = "all"
    """Every step of the phases before has ended, well or not: it looks at the whole environment."""


class StepKind(StrEnum):
    """Each kind has one file in engine/steps."""

    CHECK_TOOLS = "check-tools"
    CHECK_CLUSTER = "check-cluster"
    CHECK_PROJECT = "check-project"
    CHECK_TERRAFORM = "check-terraform"
    CHECK_COMMAND = "check-command"
    TERRAFORM_APPLY = "terraform-apply"
    IMAGE_BUILD = "image-build"
    CACHE_IMAGES = "cache-images"
    MAINTENANCE_CLOSE = "maintenance-close"
    MAINTENANCE_SCALE_BACK = "maintenance-scale-back"
    NAMESPACE = "namespace"
    CRDS = "crds"
    APPLY = "apply"
    HELM_UPGRADE = "helm-upgrade"
    HELM_ROLLBACK = "helm-rollback"
    PRUNE = "prune"
    HELM_UNINSTALL = "helm-uninstall"
    TERRAFORM_DESTROY = "terraform-destroy"
    REVERT = "revert"
    POD_SECURITY = "pod-security"
    POLICIES = "policies"
    TLS = "tls"
    CERTIFICATES = "certificates"
    TEST_ROLLOUTS = "test-rollouts"
    TEST_JOB = "test-job"
    TEST_COMMAND = "test-command"
    TEST_HTTP = "test-http"
    TEST_DNS = "test-dns"
    TEST_HELM = "test-helm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One write (or one look) of one component. *after* names the steps that must have ended well before it starts.

    *tier* is the tier it counts for. *source_digest* covers what the repository says about it. *left_out* says why it
    will not run (a flag): it counts as not evaluated, never as passed.
    """

    name: str
    kind: StepKind
    phase: Phase
    component: str = ""
    changes: tuple[Change, ...] = ()
    after: tuple[str, ...] = ()
    waits: Waits = Waits.NEEDS
    tier: Tier | None = None
    timeout_seconds: float = 600
    source_digest: str = ""
    left_out: str = ""
    notes: tuple[str, ...] = ()

    @property
    def is_noop(self) -> bool:
        return bool(self.changes) and all(c.action is ChangeAction.NOOP for c in self.changes)

    @property
    def has_changes(self) -> bool:
        return any(c.action.is_change for c in self.changes)

    @property
    def is_known(self) -> bool:
        return not any(c.action is ChangeAction.UNKNOWN for c in self.changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """*intent* is the digest of what is wanted (source digests and target configuration): approvals and `resume` bind
    to it. *preconditions* are hashes of what was found, by object: a saved plan is refused when one moved.
    """

    project: str
    environment: str
    intent: str
    steps: tuple[Step, ...]
    preconditions: Mapping[str, str] = field(default_factory=dict)
    commit: str = ""
    dirty: bool = False
    cluster_observed: bool = True
    simulated: bool = False
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def step(self, name: str) -> Step:
        return next(s for s in self.steps if s.name == name)

    @property
    def has_changes(self) -> bool:
        return any(s.has_changes for s in self.steps)

    @property
    def conflicts(self) -> tuple[Change, ...]:
        return tuple(c for s in self.steps for c in s.changes if c.conflicts)

    @property
    def destructive(self) -> frozenset[str]:
        """What is deleted or replaced: `step: subject`."""
        return frozenset(f"{s.name}: {c.subject}" for s in self.steps for c in s.changes if c.action.is_destructive)

    def count(self) -> Mapping[str, int]:
        """Number of changes by action, every action that occurs."""
        found: dict[str, int] = {}
        for step in self.steps:
            for change in step.changes:
                found[change.action.value] = found.get(change.action.value, 0) + 1
        return found
