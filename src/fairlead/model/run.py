"""A run: one execution of a plan, with its record. Resumable from any machine after any crash."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from fairlead.model.exit_codes import ExitCode
from fairlead.model.finding import Finding
from fairlead.model.frozen import dataclass, field
from fairlead.model.plan import Phase, StepKind
from fairlead.model.removal import Removal


class RunState(StrEnum):
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    ABANDONED = "abandoned"

    @property
    def is_resumable(self) -> bool:
        return self in (RunState.RUNNING, RunState.FAILED, RunState.INTERRUPTED)


class Outcome(StrEnum):
    """How a step ended."""

    CHANGED = "changed"
    NOOP = "no-op"
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"

    @property
    def is_good(self) -> bool:
        return self in (Outcome.CHANGED, Outcome.NOOP, Outcome.PASSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """What became of one step. *checked* counts the objects or rules looked at, *written* the objects changed.

    *is_left_out* says that the step was not evaluated on purpose (a flag, a fresh result): such a phase proves nothing.
    *before* and *after* are the component's version round a change, in words; *before* is empty where it is new.
    """

    outcome: Outcome
    reason: str
    hint: str = ""
    seconds: float = 0
    checked: int = 0
    written: int = 0
    findings: tuple[Finding, ...] = ()
    exit_code: int = 0
    is_left_out: bool = False
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """The journal of one step: `begin` is written before it changes anything, `end` after; else it is in doubt."""

    kind: StepKind
    phase: Phase
    component: str = ""
    begin: datetime | None = None
    end: datetime | None = None
    result: StepResult | None = None

    @property
    def is_in_doubt(self) -> bool:
        return self.begin is not None and self.end is None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseResult:
    """*verified*: every step ran, passed, none left out, none simulated."""

    phase: Phase
    outcome: Outcome
    seconds: float
    budget_seconds: float
    steps: int = 0
    checked: int = 0
    left_out: int = 0

    @property
    def is_over_budget(self) -> bool:
        return self.seconds > self.budget_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What a run deployed, by content: *digest* over *components* (component -> output digest).

    *unpromotable* lists why it may not be promoted (dirty tree, simulated pods, a phase left out); empty means it may.
    *records* (component -> name of its record's Secret) is what a rollback returns to; it is kept for the last few
    bundles only, and takes no part in the identity.
    """

    digest: str
    components: Mapping[str, str]
    commit: str = ""
    unpromotable: tuple[str, ...] = ()
    records: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollback:
    """That a run returns to an older bundle: the one with *digest*, which run *to* deployed. *components* are those
    that were asked for (empty: all of the bundle). *after* is the failed run that an automatic one takes back."""

    to: str
    digest: str
    components: tuple[str, ...] = ()
    why: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """*holder* is `user@host pid N`; *token* the lock's fencing token (Lease transitions) it ran under.
    *state_locks* are the Terraform locks (by state) that its children hold; *extra_test* the command it was given,
    *removal* what it was asked to remove; *maintenance*: it closes the environment meanwhile;
    *is_revert*: it put drift back, and deployed nothing."""

    id: str
    environment: str
    state: RunState
    intent: str
    holder: str
    token: int
    started: datetime
    ended: datetime | None = None
    commit: str = ""
    dirty: bool = False
    simulated: bool = False
    resumed: int = 0
    left_out: tuple[str, ...] = ()
    destructive: tuple[str, ...] = ()
    steps: Mapping[str, StepRecord] = field(default_factory=dict)
    phases: tuple[PhaseResult, ...] = ()
    bundle: Bundle | None = None
    cause: str = ""
    state_locks: Mapping[str, str] = field(default_factory=dict)
    extra_test: tuple[str, ...] = ()
    maintenance: bool = False
    rollback: Rollback | None = None
    removal: Removal | None = None
    is_revert: bool = False

    @property
    def has_changed(self) -> bool:
        """Whether anything was changed; a step that began to write and failed for good may have."""
        return any(s.result is not None and _may_have_changed(s, s.result) for s in self.steps.values())


def _may_have_changed(step: StepRecord, result: StepResult) -> bool:
    has_failed_at_work = result.outcome is Outcome.FAILED and step.begin is not None
    return result.outcome is Outcome.CHANGED or (has_failed_at_work and result.exit_code == ExitCode.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """A line of `history`. *rollback* is the run that it returned to, empty for a deployment; *is_revert*: it put drift
    back."""

    id: str
    state: RunState
    started: datetime
    ended: datetime | None
    commit: str
    dirty: bool
    bundle: str
    changed: bool
    simulated: bool
    holder: str
    cause: str = ""
    rollback: str = ""
    is_revert: bool = False


def summary_of(run: Run) -> RunSummary:
    return RunSummary(
        id=run.id,
        state=run.state,
        started=run.started,
        ended=run.ended,
        commit=run.commit,
        dirty=run.dirty,
        bundle=run.bundle.digest if run.bundle else "",
        changed=run.has_changed,
        simulated=run.simulated,
        holder=run.holder,
        cause=run.cause,
        rollback=run.rollback.to if run.rollback else "",
        is_revert=run.is_revert,
    )
