"""The marks and tones of everything that a person sees: outcomes of steps, and actions of a plan."""

from __future__ import annotations

from collections.abc import Mapping

from fairlead.formats.styled import Span, Tone
from fairlead.model.change import ChangeAction
from fairlead.model.run import Outcome, RunState

OUTCOMES: Mapping[Outcome, Span] = {
    Outcome.CHANGED: Span("✓", Tone.GOOD),
    Outcome.PASSED: Span("✓", Tone.GOOD),
    Outcome.NOOP: Span("=", Tone.DIM),
    Outcome.FAILED: Span("✗", Tone.WORST),
    Outcome.SKIPPED: Span("–", Tone.CHANGED),
}

ACTIONS: Mapping[ChangeAction, Span] = {
    ChangeAction.CREATE: Span("+", Tone.GOOD),
    ChangeAction.UPDATE: Span("~", Tone.CHANGED),
    ChangeAction.REPLACE: Span("±", Tone.BAD),
    ChangeAction.DELETE: Span("-", Tone.BAD),
    ChangeAction.ADOPT: Span(">", Tone.CHANGED),
    ChangeAction.NOOP: Span("=", Tone.DIM),
    ChangeAction.SUSPECT: Span("?", Tone.CHANGED),
    ChangeAction.UNKNOWN: Span("?", Tone.ACTIVE),
    ChangeAction.RUN: Span("·", Tone.DIM),
}

STATES: Mapping[RunState, Tone] = {
    RunState.RUNNING: Tone.ACTIVE,
    RunState.SUCCEEDED: Tone.GOOD,
    RunState.FAILED: Tone.WORST,
    RunState.INTERRUPTED: Tone.CHANGED,
    RunState.ABANDONED: Tone.DIM,
}
