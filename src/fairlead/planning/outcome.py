"""What a run came to: a pure function of how its steps ended."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from fairlead.formats.digests import digest
from fairlead.model.environment import Environment
from fairlead.model.exit_codes import ExitCode, worst
from fairlead.model.plan import Phase, Plan, Step
from fairlead.model.record import ComponentRecord
from fairlead.model.run import Bundle, Outcome, PhaseResult, RunState, StepRecord, StepResult
from fairlead.planning.attempts import is_only_attempted


def state_of(results: Mapping[str, StepResult]) -> RunState:
    is_good = all(r.outcome.is_good or r.is_left_out for r in results.values())
    return RunState.SUCCEEDED if is_good else RunState.FAILED


def entry_after(known: StepRecord | None, step: Step, result: StepResult, *, ended: datetime | None) -> StepRecord:
    """The record of *step* after *result*. *known* is what an earlier try of the same run left: what that one changed
    stays on record where a resumed run finds nothing left to do."""
    if known is not None and known.result is not None:
        was_changed = known.result.outcome is Outcome.CHANGED
        if was_changed and result.outcome is Outcome.NOOP:
            return known
    entry = known or StepRecord(kind=step.kind, phase=step.phase, component=step.component)
    return dataclasses.replace(entry, end=ended or entry.end, result=result)


def exit_code_of(results: Iterable[StepResult]) -> ExitCode:
    """The worst code of the failed steps."""
    return worst(r.exit_code or ExitCode.FAILED for r in results if r.outcome is Outcome.FAILED)


def settle_steps(steps: Mapping[str, StepRecord], plan: Plan, *, now: datetime) -> dict[str, StepRecord]:
    """The steps of a run that is resumed by *plan*. One that was in doubt, or failed, and that the plan has no more (a
    namespace that is there by now) needs nothing: what it was to do is done."""
    done = StepResult(outcome=Outcome.CHANGED, reason="found done when the run was resumed", checked=1)
    planned = {step.name for step in plan.steps}
    return {
        name: entry if name in planned or _is_good(entry) else dataclasses.replace(entry, end=now, result=done)
        for name, entry in steps.items()
    }


def _is_good(entry: StepRecord) -> bool:
    return entry.result is not None and (entry.result.outcome.is_good or entry.result.is_left_out)


def cause_of(plan: Plan, results: Mapping[str, StepResult]) -> str:
    """The first failure, and how many more there are; empty for a good run."""
    failed = [step for step in plan.steps if results[step.name].outcome is Outcome.FAILED]
    if not failed:
        return ""
    more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
    return f"{failed[0].name}: {results[failed[0].name].reason}{more}"


def phase_results(
    plan: Plan, results: Mapping[str, StepResult], *, seconds: Mapping[Phase, float], environment: Environment
) -> tuple[PhaseResult, ...]:
    """One result per phase that has steps, in their order."""
    return tuple(
        phase_result(phase, plan, results, seconds=seconds.get(phase, 0.0), environment=environment)
        for phase in Phase
        if any(step.phase is phase for step in plan.steps)
    )


def phase_result(
    phase: Phase, plan: Plan, results: Mapping[str, StepResult], *, seconds: float, environment: Environment
) -> PhaseResult:
    """What *phase* came to; *results* has one for each of its steps."""
    of_phase = [results[step.name] for step in plan.steps if step.phase is phase]
    return PhaseResult(
        phase=phase,
        outcome=_phase_outcome(of_phase),
        seconds=round(seconds, 3),
        budget_seconds=environment.budget(phase),
        steps=len(of_phase),
        checked=sum(result.checked for result in of_phase),
        left_out=sum(result.is_left_out for result in of_phase),
    )


def _phase_outcome(results: Sequence[StepResult]) -> Outcome:
    outcomes = {result.outcome for result in results}
    for outcome in (Outcome.FAILED, Outcome.SKIPPED, Outcome.CHANGED, Outcome.PASSED):
        if outcome in outcomes:
            return outcome
    return Outcome.NOOP


def bundle_of(plan: Plan, results: Mapping[str, StepResult], records: Mapping[str, ComponentRecord]) -> Bundle:
    """The bundle that a good run deployed, with every reason why it may not be promoted."""
    components = {n: record.output_digest for n, record in sorted(records.items()) if not is_only_attempted(record)}
    reasons = [*plan.left_out]
    reasons += [f"step {name}: {result.reason}" for name, result in results.items() if result.is_left_out]
    if plan.dirty:
        reasons.append("the working tree differs from its commit")
    if not plan.commit:
        reasons.append("the project is in no Git commit")
    if plan.simulated:
        reasons.append("nodes and pods are simulated")
    return Bundle(digest=digest(components), components=components, commit=plan.commit, unpromotable=tuple(reasons))
