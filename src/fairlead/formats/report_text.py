"""The end of a run for people: what changed, what failed and why, what next."""

from __future__ import annotations

from collections.abc import Iterator

from fairlead.formats.plain_text import plain
from fairlead.model.report import Report
from fairlead.model.run import Outcome, Run, RunState, StepRecord


def format_report(report: Report) -> str:
    return plain("\n".join(_lines(report)) + "\n")


def _lines(report: Report) -> Iterator[str]:
    run = report.run
    yield ""
    for phase in run.phases:
        over = f"  over its budget of {phase.budget_seconds:g} s" if phase.is_over_budget else ""
        left_out = f", {phase.left_out} left out" if phase.left_out else ""
        checked = f"{phase.steps} steps, {phase.checked} checked{left_out}"
        yield f"{phase.phase.value:<10} {phase.outcome.value:<8} {phase.seconds:>7.1f} s  {checked}{over}"
    yield ""
    yield from _changed(run)
    yield from _failed(run)
    yield from (f"note: {step.name}: {note}" for step in report.plan.steps for note in step.notes)
    yield from _bundle(run)
    yield _verdict(report)


def _of(run: Run, outcome: Outcome) -> list[tuple[str, StepRecord]]:
    return [(name, s) for name, s in run.steps.items() if s.result is not None and s.result.outcome is outcome]


def _changed(run: Run) -> Iterator[str]:
    changed = _of(run, Outcome.CHANGED)
    written = sum(step.result.written for _, step in changed if step.result)
    if changed:
        yield f"changed: {', '.join(name for name, _ in changed)} ({written} written)"


def _failed(run: Run) -> Iterator[str]:
    for name, step in _of(run, Outcome.FAILED):
        if step.result is not None:
            yield f"failed: {name} after {step.result.seconds:.1f} s: {step.result.reason}"
            if step.result.hint:
                yield f"hint: {step.result.hint}"
    for name, step in _of(run, Outcome.SKIPPED):
        if step.result is not None:
            yield f"skipped: {name}: {step.result.reason}"


def _bundle(run: Run) -> Iterator[str]:
    if run.bundle is None:
        return
    yield f"bundle {run.bundle.digest[:19]}"
    for reason in run.bundle.unpromotable:
        yield f"not promotable: {reason}"


def _verdict(report: Report) -> str:
    run = report.run
    seconds = (run.ended - run.started).total_seconds() if run.ended else 0.0
    simulated = " (simulated)" if run.simulated else ""
    if run.state is RunState.SUCCEEDED:
        said = "changed" if report.changed else "nothing to change"
        return f"{run.environment} succeeded{simulated}: {said}, {seconds:.1f} s, run {run.id}"
    return f"{run.environment} {run.state.value} after {seconds:.1f} s, run {run.id}; `fairlead resume` continues it"
