from __future__ import annotations

import pytest

from fairlead.model.plan import Phase, Plan, StepKind
from fairlead.model.run import Outcome, StepRecord, StepResult
from fairlead.planning.outcome import settle_steps
from unit.engine.steps import START, step

PLAN = Plan(project="p", environment="e", intent="i", steps=(step("web"),))


def entry(outcome: Outcome | None, *, is_left_out: bool = False) -> StepRecord:
    result = StepResult(outcome=outcome, reason="r", is_left_out=is_left_out) if outcome else None
    return StepRecord(
        kind=StepKind.NAMESPACE, phase=Phase.DEPLOY, begin=START, end=START if outcome else None, result=result
    )


@pytest.mark.parametrize("outcome", [None, Outcome.FAILED, Outcome.SKIPPED])
def test_step_that_a_resumed_run_needs_no_more_is_found_done(outcome: Outcome | None) -> None:
    settled = settle_steps({"namespace/x": entry(outcome)}, PLAN, now=START)["namespace/x"]
    assert not settled.is_in_doubt
    assert settled.result is not None
    assert settled.result.outcome is Outcome.CHANGED


@pytest.mark.parametrize("outcome", [None, Outcome.FAILED])
def test_step_that_is_planned_again_stays_as_it_is(outcome: Outcome | None) -> None:
    assert settle_steps({"web": entry(outcome)}, PLAN, now=START) == {"web": entry(outcome)}


@pytest.mark.parametrize(
    "good", [entry(Outcome.CHANGED), entry(Outcome.NOOP), entry(Outcome.SKIPPED, is_left_out=True)]
)
def test_step_that_ended_well_keeps_its_end(good: StepRecord) -> None:
    assert settle_steps({"namespace/x": good}, PLAN, now=START) == {"namespace/x": good}
