from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.model.environment import Environment
from fairlead.model.exit_codes import ExitCode
from fairlead.model.plan import Phase, Plan, Step, StepKind
from fairlead.model.record import ComponentRecord
from fairlead.model.run import Outcome, RunState, StepRecord, StepResult
from fairlead.planning.outcome import (
    bundle_of,
    cause_of,
    entry_after,
    exit_code_of,
    phase_results,
    settle_steps,
    state_of,
)
from unit.engine.steps import START, step

LOCAL = Environment(name="local")


def result(outcome: Outcome, **given: Any) -> StepResult:
    return StepResult(**{"outcome": outcome, "reason": outcome.value, **given})


def plan(*steps: Step, **given: Any) -> Plan:
    return Plan(**{"project": "p", "environment": "local", "intent": "i", "steps": steps, "commit": "c", **given})


def test_a_run_is_good_when_every_step_is_good_or_left_out() -> None:
    good = {o.value: result(o) for o in Outcome if o.is_good}
    assert state_of({**good, "out": result(Outcome.SKIPPED, is_left_out=True)}) is RunState.SUCCEEDED


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.SKIPPED])
def test_a_run_with_a_failed_or_skipped_step_has_failed(outcome: Outcome) -> None:
    assert state_of({"a": result(Outcome.PASSED), "b": result(outcome)}) is RunState.FAILED


@pytest.mark.parametrize(
    ("codes", "worst"), [((), 0), ((0,), 1), ((3,), 3), ((3, 4), 4), ((3, 4, 1), 1), ((1, 70), 70), ((0, 3), 1)]
)
def test_the_exit_code_is_the_worst_of_the_failed_steps(codes: tuple[int, ...], worst: int) -> None:
    results = [result(Outcome.FAILED, exit_code=code) for code in codes]
    assert exit_code_of([*results, result(Outcome.PASSED, exit_code=70)]) == ExitCode(worst)


def test_the_cause_is_the_first_failure_and_how_many_more() -> None:
    steps = [step(name) for name in "abc"]
    results = {"a": result(Outcome.PASSED), "b": result(Outcome.FAILED, reason="burns"), "c": result(Outcome.FAILED)}
    assert cause_of(plan(*steps), results) == "b: burns (and 1 more)"
    assert cause_of(plan(*steps), {name: result(Outcome.PASSED) for name in "abc"}) == ""


@given(st.lists(st.tuples(st.sampled_from(Phase), st.sampled_from(Outcome)), max_size=8))
def test_a_phase_is_as_good_as_its_worst_step(pairs: list[tuple[Phase, Outcome]]) -> None:
    steps = [step(f"s{n}", phase) for n, (phase, _) in enumerate(pairs)]
    results = {f"s{n}": result(outcome, checked=2) for n, (_, outcome) in enumerate(pairs)}
    order = [Outcome.FAILED, Outcome.SKIPPED, Outcome.CHANGED, Outcome.PASSED, Outcome.NOOP]
    found = phase_results(plan(*steps), results, seconds={}, environment=LOCAL)
    assert [p.phase for p in found] == [p for p in Phase if p in {phase for phase, _ in pairs}]
    for phase in found:
        outcomes = [outcome for of, outcome in pairs if of is phase.phase]
        assert phase.outcome is min(outcomes, key=order.index)
        assert (phase.steps, phase.checked) == (len(outcomes), 2 * len(outcomes))


def test_a_phase_has_the_budget_of_its_environment() -> None:
    slow = Environment(name="local", budgets={Phase.DEPLOY: 5.0})
    (phase,) = phase_results(
        plan(step("a")), {"a": result(Outcome.PASSED)}, seconds={Phase.DEPLOY: 6.0}, environment=slow
    )
    assert phase.is_over_budget


def test_a_bundle_is_identified_by_what_it_holds() -> None:
    records = {name: ComponentRecord(component=name, output_digest=f"sha256:{name}") for name in "ab"}
    one = bundle_of(plan(), {}, records)
    other = bundle_of(plan(commit="another"), {}, dict(reversed(records.items())))
    assert one.digest == other.digest
    assert bundle_of(plan(), {}, {"a": records["a"]}).digest != one.digest
    assert one.unpromotable == ()


def test_a_bundle_says_all_that_keeps_it_from_promotion() -> None:
    doubtful = plan(dirty=True, commit="", simulated=True, left_out=("phase test: --skip-tests",))
    results = {"smoke": result(Outcome.SKIPPED, reason="--skip-tests", is_left_out=True)}
    assert bundle_of(doubtful, results, {}).unpromotable == (
        "phase test: --skip-tests",
        "step smoke: --skip-tests",
        "the working tree differs from its commit",
        "the project is in no Git commit",
        "nodes and pods are simulated",
    )


def entry(outcome: Outcome) -> StepRecord:
    one = step("web", component="web")
    return StepRecord(kind=one.kind, phase=one.phase, component="web", begin=START, end=START, result=result(outcome))


def test_what_an_earlier_try_changed_stays_on_record() -> None:
    after = entry_after(entry(Outcome.CHANGED), step("web"), result(Outcome.NOOP), ended=START + timedelta(hours=1))
    assert after == entry(Outcome.CHANGED)


def test_the_failure_of_an_earlier_try_does_not() -> None:
    after = entry_after(entry(Outcome.FAILED), step("web"), result(Outcome.PASSED), ended=None)
    assert after.result == result(Outcome.PASSED)
    assert after.begin == START


def test_a_step_that_nobody_journaled_has_no_times() -> None:
    after = entry_after(None, step("web", component="web"), result(Outcome.PASSED), ended=None)
    assert (after.begin, after.end, after.component) == (None, None, "web")


PLAN = Plan(project="p", environment="e", intent="i", steps=(step("web"),))


def journaled(outcome: Outcome | None, *, is_left_out: bool = False) -> StepRecord:
    result = StepResult(outcome=outcome, reason="r", is_left_out=is_left_out) if outcome else None
    return StepRecord(
        kind=StepKind.NAMESPACE, phase=Phase.DEPLOY, begin=START, end=START if outcome else None, result=result
    )


@pytest.mark.parametrize("outcome", [None, Outcome.FAILED, Outcome.SKIPPED])
def test_step_that_a_resumed_run_needs_no_more_is_found_done(outcome: Outcome | None) -> None:
    settled = settle_steps({"namespace/x": journaled(outcome)}, PLAN, now=START)["namespace/x"]
    assert not settled.is_in_doubt
    assert settled.result is not None
    assert settled.result.outcome is Outcome.CHANGED


@pytest.mark.parametrize("outcome", [None, Outcome.FAILED])
def test_step_that_is_planned_again_stays_as_it_is(outcome: Outcome | None) -> None:
    assert settle_steps({"web": journaled(outcome)}, PLAN, now=START) == {"web": journaled(outcome)}


@pytest.mark.parametrize(
    "good", [journaled(Outcome.CHANGED), journaled(Outcome.NOOP), journaled(Outcome.SKIPPED, is_left_out=True)]
)
def test_step_that_ended_well_keeps_its_end(good: StepRecord) -> None:
    assert settle_steps({"namespace/x": good}, PLAN, now=START) == {"namespace/x": good}
