"""The end of a run for people: what changed, what failed and why, what next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from fairlead.formats.durations import format_duration
from fairlead.formats.marks import OUTCOMES, STATES
from fairlead.formats.styled import Line, Span, Tone, cells, line, padded, span, text_of
from fairlead.model.change import ChangeAction
from fairlead.model.exit_codes import ExitCode
from fairlead.model.finding import Severity
from fairlead.model.plan import Plan, StepKind
from fairlead.model.report import Report
from fairlead.model.run import Outcome, PhaseResult, Run, RunState, StepRecord, StepResult

MOST_NAMED = 6
"""Names on one line; the rest is counted."""

DONE_TO: dict[ChangeAction, str] = {
    ChangeAction.CREATE: "created",
    ChangeAction.UPDATE: "updated",
    ChangeAction.REPLACE: "replaced",
    ChangeAction.DELETE: "deleted",
    ChangeAction.ADOPT: "adopted",
}


def format_report(report: Report) -> str:
    """Without colour; each fact on one line, however long."""
    return "".join(f"{text_of(one)}\n" for one in report_lines(report))


def report_lines(report: Report, *, is_folded: bool = False) -> Iterator[Line]:
    """A run that changed nothing is told in two lines. *is_folded*: each clause of a failure has a line of its own."""
    if report.before is not None:
        yield from _run_lines(report.before, is_folded=is_folded)
        yield ()
        yield line(span("rolled back", Tone.STRONG), f": {'; '.join(report.plan.notes[:1])}")
    yield from _run_lines(report, is_folded=is_folded)
    yield from _next(report)


def _run_lines(report: Report, *, is_folded: bool) -> Iterator[Line]:
    run = report.run
    if report.changed or run.state is not RunState.SUCCEEDED or any(phase.is_over_budget for phase in run.phases):
        yield ()
        yield from _changed(report)
        yield from (_phase(phase) for phase in run.phases)
        yield ()
        yield from _failed(run, is_folded=is_folded)
        yield from _skipped(run)
    yield from (line(span("note: ", Tone.DIM), note) for note in report.plan.notes)
    yield from (
        line(span("note: ", Tone.DIM), f"{step.name}: {note}") for step in report.plan.steps for note in step.notes
    )
    yield from (line(span("note: ", Tone.DIM), note) for note in report.notes)
    yield from _warnings(run)
    yield _verdict(report)
    yield _record(run)


def _phase(phase: PhaseResult) -> Line:
    took = padded(f"{format_duration(phase.seconds):>6} of {format_duration(phase.budget_seconds)}", 15)
    left_out = f", {phase.left_out} left out" if phase.left_out else ""
    over = span("over its budget: ", Tone.BAD) if phase.is_over_budget else ""
    counted = f"{_number(phase.steps, 'step')}, {phase.checked} checked{left_out}"
    tone = Tone.BAD if phase.is_over_budget else Tone.DIM
    name = span(padded(phase.phase.value, 10), Tone.STRONG)
    outcome = padded(phase.outcome.value, 9)
    return line(" ", OUTCOMES[phase.outcome], " ", name, outcome, span(took, tone), "  ", over, counted)


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _of(run: Run, outcome: Outcome) -> list[tuple[str, StepRecord, StepResult]]:
    return [
        (name, s, s.result) for name, s in run.steps.items() if s.result is not None and s.result.outcome is outcome
    ]


def _changed(report: Report) -> Iterator[Line]:
    """A line for each component, with its counts and versions; all namespaces are one."""
    steps = _of(report.run, Outcome.CHANGED)
    rows = [
        (name, _counts(name, result, report.plan), _versions(result))
        for name, step, result in steps
        if step.kind is not StepKind.NAMESPACE
    ]
    namespaces = sum(step.kind is StepKind.NAMESPACE for _, step, _ in steps)
    if namespaces:
        rows.insert(0, ("namespaces", f"{namespaces} created", ""))
    if not rows:
        return
    yield line(span("changed", Tone.STRONG))
    names, counts = (max(cells(row[n]) for row in rows) for n in (0, 1))
    for name, counted, version in rows:
        yield line("  ", padded(name, names), "  ", span(padded(counted, counts), Tone.GOOD), "  ", version)
    yield ()


def _counts(name: str, result: StepResult, plan: Plan) -> str:
    """By what the plan said; where it could not know, how much was written."""
    planned = next((step.changes for step in plan.steps if step.name == name), ())
    # A release is made of its objects: it is not one more.
    objects = [change for change in planned if change.target is not None] or planned
    counted = Counter(DONE_TO[change.action] for change in objects if change.action in DONE_TO)
    if not counted or any(change.action is ChangeAction.UNKNOWN for change in planned):
        return f"{result.written} written"
    return ", ".join(f"{counted[word]} {word}" for word in DONE_TO.values() if counted[word])


def _versions(result: StepResult) -> str:
    is_same = not result.before or result.before == result.after
    return result.after if is_same else f"{result.before} → {result.after}"


def _failed(run: Run, *, is_folded: bool) -> Iterator[Line]:
    for name, _, result in _of(run, Outcome.FAILED):
        said = f" {name} after {format_duration(result.seconds)}: {result.reason}"
        first, *clauses = said.split("; ") if is_folded else [said]
        yield line(span("failed:", Tone.WORST), span(first))
        yield from (line(f"  {clause}") for clause in clauses)
        if result.hint:
            yield line(span("hint: ", Tone.ACTIVE), result.hint)


def _skipped(run: Run) -> Iterator[Line]:
    """A line for each reason."""
    reasons: dict[str, list[str]] = {}
    for name, _, result in _of(run, Outcome.SKIPPED):
        reasons.setdefault(result.reason, []).append(name)
    for reason, names in reasons.items():
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        yield line(span("skipped:", Tone.CHANGED), f" {', '.join(names[:MOST_NAMED])}{more}: {reason}")


def _record(run: Run) -> Line:
    """Where this is kept: the run, and the bundle with what keeps it from being promoted."""
    said = f"run {run.id}"
    if run.bundle is not None:
        reasons = "; ".join(run.bundle.unpromotable)
        said += f", bundle {run.bundle.digest[:19]}, {f'not promotable: {reasons}' if reasons else 'promotable'}"
    return line(span(said, Tone.DIM))


def _warnings(run: Run) -> Iterator[Line]:
    """A line for each step that went well in spite of what it found; `secure` shows all of them."""
    for name, step in run.steps.items():
        result = step.result
        found = [f for f in result.findings if f.severity is Severity.WARNING] if result else []
        if result is not None and result.outcome.is_good and found:
            more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
            yield line(span("warning:", Tone.CHANGED), f" {name}: {found[0]}{more}")


def _verdict(report: Report) -> Line:
    run = report.run
    took = format_duration((run.ended - run.started).total_seconds()) if run.ended else ""
    checked = sum(phase.checked for phase in run.phases)
    simulated = " (simulated)" if run.simulated else ""
    state: Sequence[str | Span] = (f"{run.environment} ", span(run.state.value, STATES[run.state]), simulated)
    said = _told(report) if run.state is RunState.SUCCEEDED else _counted(run)
    return line(*state, f": {said}, {checked} checked, {took}")


def _told(report: Report) -> str:
    return "changed" if report.changed else "nothing to change"


def _counted(run: Run) -> str:
    counted = (
        (len(_of(run, Outcome.FAILED)), "failed"),
        (sum(not result.is_left_out for _, _, result in _of(run, Outcome.SKIPPED)), "skipped"),
        (len(_of(run, Outcome.CHANGED)), "changed"),
    )
    return ", ".join(f"{number} {word}" for number, word in counted if number)


def _next(report: Report) -> Iterator[Line]:
    """The commands that come next, ready to be copied."""
    name = report.run.environment
    if report.run.state is RunState.SUCCEEDED:
        if report.changed:
            yield _command(f"fairlead status -e {name}", "what runs now, and how it is")
        if report.before is not None:
            yield _command(f"fairlead deploy -e {name}", "after a change of the project")
        return
    if report.exit_code is not ExitCode.INVALID:
        yield _command(f"fairlead resume -e {name}", "once the cause is gone")
    yield _command(f"fairlead deploy -e {name}", "after a change of the project")


def _command(words: str, when: str) -> Line:
    return line(span("next: ", Tone.ACTIVE), span(words, Tone.STRONG), span(f"  {when}", Tone.DIM))
