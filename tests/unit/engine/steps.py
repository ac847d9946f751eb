"""Steps and runs that the tests of the engine share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fairlead.model.change import Change, ChangeAction
from fairlead.model.plan import Phase, Step, StepKind
from fairlead.model.record import Head
from fairlead.model.run import Run, RunState

START = datetime(2026, 1, 1, tzinfo=UTC)


def step(name: str, phase: Phase = Phase.DEPLOY, **given: Any) -> Step:
    change = Change(action=ChangeAction.UPDATE, name=name, reason="differs")
    return Step(**{"name": name, "kind": StepKind.APPLY, "phase": phase, "changes": (change,), **given})


def running(**given: Any) -> Run:
    fields = {
        "id": "r1",
        "environment": "local",
        "state": RunState.RUNNING,
        "intent": "sha256:1",
        "holder": "us",
        "token": 1,
        "started": START,
    }
    return Run(**{**fields, **given})


def head_with_run(**given: Any) -> Head:
    return Head(environment="local", run=running(**given))
