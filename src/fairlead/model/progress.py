"""How far a run has come, step by step: the state behind the screen, folded from the plan and the events."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from fairlead.model.frozen import dataclass, field
from fairlead.model.plan import Phase, Waits
from fairlead.model.run import Outcome
from fairlead.model.tier import Tier

NAMESPACES = "namespaces"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepProgress:
    """*group* is what it is listed under within its phase: its tier, or NAMESPACES. *said* is what it waits for while
    it runs, and why it ended as it did."""

    name: str
    phase: Phase
    group: str = ""
    tier: Tier | None = None
    after: tuple[str, ...] = ()
    waits: Waits = Waits.NEEDS
    started: datetime | None = None
    seconds: float | None = None
    outcome: Outcome | None = None
    said: str = ""

    @property
    def is_running(self) -> bool:
        return self.outcome is None and self.started is not None

    def running_for(self, now: datetime) -> float:
        """Seconds; never less than none: a clock may be set back."""
        return max(0.0, (now - self.started).total_seconds()) if self.started else 0.0

    @property
    def is_waiting(self) -> bool:
        return self.outcome is None and self.started is None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseProgress:
    """*outcome* and *seconds* are known when the phase has ended."""

    phase: Phase
    budget_seconds: float
    started: datetime | None = None
    seconds: float | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """*title* is what the run does; *steps* by name, in the plan's order; *started* when it began with its plan."""

    title: str
    run: str = ""
    started: datetime | None = None
    steps: Mapping[str, StepProgress] = field(default_factory=dict)
    phases: Mapping[Phase, PhaseProgress] = field(default_factory=dict)
    has_ended: bool = False
