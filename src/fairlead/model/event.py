"""What a run tells while it runs: one event per line, for people and (as JSON lines) for programs."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from fairlead.model.frozen import dataclass
from fairlead.model.plan import Phase
from fairlead.model.run import Outcome

SCHEMA = "fairlead.dev/events/v1"


class EventKind(StrEnum):
    RUN_STARTED = "run-started"
    PHASE_STARTED = "phase-started"
    STEP_STARTED = "step-started"
    STEP_PROGRESS = "step-progress"
    STEP_ENDED = "step-ended"
    PHASE_ENDED = "phase-ended"
    RUN_ENDED = "run-ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """*seconds* is a duration; *text* never holds a secret."""

    time: datetime
    kind: EventKind
    run: str
    environment: str
    phase: Phase | None = None
    step: str = ""
    outcome: Outcome | None = None
    text: str = ""
    seconds: float | None = None
