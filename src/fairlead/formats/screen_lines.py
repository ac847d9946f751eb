"""The live screen of a run as lines: phases with their budgets, and below them what runs, failed, waits and is done.

What does not fit is left out by kinds of line, the least telling first: what is done, what waits, long explanations.
What is left out is still counted, on the line of its tier and phase.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import IntEnum

from fairlead.formats.durations import format_duration
from fairlead.formats.marks import OUTCOMES
from fairlead.formats.styled import Line, Span, Tone, cells, cut, line, padded, span, wrapped_within
from fairlead.model.frozen import dataclass
from fairlead.model.plan import Phase
from fairlead.model.progress import NAMESPACES, PhaseProgress, Progress, StepProgress
from fairlead.model.run import Outcome

SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
FRAMES_PER_SECOND = 8

_WORDS = {Outcome.CHANGED: "changed", Outcome.PASSED: "passed", Outcome.NOOP: "unchanged"}
_WAITING = Span("·", Tone.DIM)
_TONES = {Outcome.FAILED: Tone.BAD, Outcome.SKIPPED: Tone.CHANGED}
_LONGEST_EXPLANATION = 6
_LONGEST_WAIT = 3


class Weight(IntEnum):
    """Which lines stay where there is no room for all: the lower, the longer."""

    HEAD = 0
    PHASE_AT_WORK = 1
    FAILED = 2
    RUNNING = 3
    PHASE = 4
    TIER = 5
    EXPLANATION = 6
    SKIPPED = 7
    WAITING = 8
    DONE = 9
    UNCHANGED = 10


_WEIGHTS = {
    Outcome.FAILED: Weight.FAILED,
    Outcome.SKIPPED: Weight.SKIPPED,
    Outcome.NOOP: Weight.UNCHANGED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """*short* is its line where there is no room for the explanation below it. Rows of one *block* come and go
    together, *urgent* ones before others."""

    weight: Weight
    content: Line
    short: Line = ()
    block: str = ""
    is_urgent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a picture depends on besides the run: the moment, and the columns of the terminal."""

    now: datetime
    columns: int
    is_stopping: bool = False
    is_final: bool = False

    @property
    def spinner(self) -> Span:
        if self.is_final:
            return Span("●", Tone.CHANGED)
        tick = int(self.now.timestamp() * FRAMES_PER_SECOND)
        return Span(SPINNER[tick % len(SPINNER)], Tone.ACTIVE)


def screen_lines(progress: Progress, blockers: Mapping[str, str], look: Look, *, rows: int) -> tuple[Line, ...]:
    """At most *rows* lines, none wider than the terminal. *blockers* says what a step that waits is waiting for."""
    found = list(_rows(progress, blockers, look))
    return tuple(cut(row.content, look.columns) for row in _fitting(found, rows))


def planning_lines(said: str, seconds: float, look: Look) -> tuple[Line, ...]:
    """The screen before there is a plan."""
    return (cut(line(look.spinner, " ", span(said), span(f"  {format_duration(seconds)}", Tone.DIM)), look.columns),)


def final_lines(progress: Progress, look: Look) -> tuple[Line, ...]:
    """What stays on the terminal of a run whose report goes elsewhere: all but what was left as it was."""
    rows = _rows(progress, {}, dataclasses.replace(look, is_final=True))
    hidden = (Weight.WAITING, Weight.UNCHANGED)
    return tuple(cut(row.content, look.columns) for row in rows if row.weight not in hidden)


def _fitting(rows: Sequence[Row], height: int) -> Sequence[Row]:
    for most in reversed(Weight):
        if most < Weight.RUNNING:
            break
        kept = [row for row in rows if row.weight <= most]
        if len(kept) <= height:
            return _filled(rows, most, height - len(kept))
    return _only_at_work(rows, height)


def _filled(rows: Sequence[Row], most: Weight, room: int) -> Sequence[Row]:
    """The rows up to weight *most*, and of the next weight the blocks that still fit: urgent ones first, then in
    order."""
    urgent = {row.block for row in rows if row.is_urgent}
    sizes = Counter(row.block for row in rows if row.weight == most + 1)
    blocks: set[str] = set()
    for block in sorted(sizes, key=lambda name: name not in urgent):
        if sizes[block] <= room:
            blocks.add(block)
            room -= sizes[block]
    kept = [row for row in rows if row.weight <= most or (row.weight == most + 1 and row.block in blocks)]
    is_told = most >= Weight.EXPLANATION
    return [row if is_told or row.block in blocks else _shortened(row) for row in kept]


def _only_at_work(rows: Sequence[Row], height: int) -> Sequence[Row]:
    kept = sorted((row for row in rows if row.weight <= Weight.RUNNING), key=lambda row: row.weight)
    shown = [_shortened(row) for row in kept[: max(0, height - 1)]]
    lost = sum(row.weight >= Weight.FAILED for row in kept[len(shown) :])
    more = Row(weight=Weight.HEAD, content=line(span(f"  … {lost} more at work or failed", Tone.DIM)))
    return [*shown, more][:height]


def _shortened(row: Row) -> Row:
    return Row(weight=row.weight, content=row.short or row.content)


def _rows(progress: Progress, blockers: Mapping[str, str], look: Look) -> Iterator[Row]:
    yield Row(weight=Weight.HEAD, content=_head(progress, look))
    steps = list(progress.steps.values())
    for phase in Phase:
        of_phase = [step for step in steps if step.phase is phase]
        if of_phase or phase in progress.phases:
            yield from _phase_rows(_phase_of(progress, phase), of_phase, blockers, look)


def _phase_of(progress: Progress, phase: Phase) -> PhaseProgress:
    return progress.phases.get(phase) or PhaseProgress(phase=phase, budget_seconds=phase.default_budget)


def _head(progress: Progress, look: Look) -> Line:
    run = span(f"  run {progress.run}", Tone.DIM) if progress.run else ""
    since = f"  {format_duration((look.now - progress.started).total_seconds())}" if progress.started else ""
    said = "  interrupted" if look.is_final else "  interrupted: ending what runs"
    stopping = span(said if look.is_stopping else "", Tone.CHANGED)
    return line(span(progress.title, Tone.STRONG), run, since, stopping)


def _phase_rows(
    phase: PhaseProgress, steps: Sequence[StepProgress], blockers: Mapping[str, str], look: Look
) -> Iterator[Row]:
    is_open = any(step.outcome is None for step in steps)
    has_begun = any(not step.is_waiting for step in steps)
    has_failed = any(step.outcome is Outcome.FAILED for step in steps)
    weight = Weight.PHASE_AT_WORK if is_open and has_begun else Weight.PHASE
    yield Row(weight=weight, content=_phase_line(phase, steps, look))
    if (is_open and has_begun) or has_failed:
        yield from _group_rows(steps, blockers, look)


def _phase_line(phase: PhaseProgress, steps: Sequence[StepProgress], look: Look) -> Line:
    seconds = _seconds_of(phase, steps, look)
    budget = f"of {format_duration(phase.budget_seconds)}"
    is_over = seconds is not None and seconds > phase.budget_seconds
    took = padded(f"{format_duration(seconds) if seconds is not None else '':>6} {budget}", 15)
    over = span("over budget: ", Tone.BAD) if is_over else ""
    name = span(padded(phase.phase.value, 10), Tone.STRONG if seconds is not None else Tone.DIM)
    mark = _phase_mark(steps, look)
    return line(" ", mark, " ", name, span(took, Tone.BAD if is_over else Tone.DIM), "  ", over, *_counts(steps))


def _phase_mark(steps: Sequence[StepProgress], look: Look) -> Span:
    outcomes = {step.outcome for step in steps}
    if Outcome.FAILED in outcomes:
        return OUTCOMES[Outcome.FAILED]
    if None in outcomes:
        return look.spinner if any(not step.is_waiting for step in steps) else _WAITING
    order = (Outcome.SKIPPED, Outcome.CHANGED, Outcome.PASSED, Outcome.NOOP)
    return next((OUTCOMES[outcome] for outcome in order if outcome in outcomes), _WAITING)


def _seconds_of(phase: PhaseProgress, steps: Sequence[StepProgress], look: Look) -> float | None:
    """How long the phase has taken; until it is told, as long as its steps have been at work."""
    if phase.seconds is not None:
        return phase.seconds
    if phase.started is None or not any(not step.is_waiting for step in steps):
        return None
    return max(0.0, (look.now - phase.started).total_seconds())


def _counts(steps: Sequence[StepProgress]) -> Iterator[Span]:
    counted = [
        (_number(steps, Outcome.FAILED), "failed", Tone.BAD),
        (sum(step.is_running for step in steps), "running", Tone.ACTIVE),
        (sum(step.is_waiting for step in steps), "waiting", Tone.DIM),
        (_number(steps, Outcome.SKIPPED), "skipped", Tone.CHANGED),
    ]
    good = (Outcome.CHANGED, Outcome.PASSED, Outcome.NOOP)
    done = [(_number(steps, outcome), _WORDS[outcome], OUTCOMES[outcome].tone) for outcome in good]
    if any(step.outcome is None for step in steps):
        done = [(sum(number for number, _, _ in done), f"of {len(steps)} done", Tone.GOOD)]
    said = [Span(f"{number} {word}", tone) for number, word, tone in (*done, *counted) if number]
    for index, one in enumerate(said):
        yield Span(", " if index else "", Tone.DIM)
        yield one


def _number(steps: Sequence[StepProgress], outcome: Outcome) -> int:
    return sum(step.outcome is outcome for step in steps)


def _group_rows(steps: Sequence[StepProgress], blockers: Mapping[str, str], look: Look) -> Iterator[Row]:
    groups = list(dict.fromkeys(step.group for step in steps))
    width = _name_width(steps, look)
    for group in groups:
        of_group = [step for step in steps if step.group == group]
        if group and len(groups) > 1:
            heading = line("   ", span(padded(group, 16), Tone.STRONG), *_counts(of_group))
            is_urgent = any(step.is_running or step.outcome is Outcome.FAILED for step in of_group)
            yield Row(weight=Weight.TIER, content=heading, block=f"heading {group}", is_urgent=is_urgent)
        for step in of_group:
            if step.group == NAMESPACES and step.outcome is not None and step.outcome.is_good:
                continue  # nobody asks for them once they are there
            yield from _step_rows(step, blockers.get(step.name, ""), look, width=width)


def _title(step: StepProgress) -> str:
    """The name, without the phase or group that it is listed under."""
    return step.name.removeprefix(f"{step.phase.value}/").removeprefix("namespace/")


def _name_width(steps: Sequence[StepProgress], look: Look) -> int:
    longest = max((len(_title(step)) for step in steps), default=0)
    return min(longest, max(8, look.columns // 3))


def _step_rows(step: StepProgress, blocker: str, look: Look, *, width: int) -> Iterator[Row]:
    weight, mark, took, said, most = _step_parts(step, blocker, look)
    name = span(padded(_title(step), width), _TONES.get(step.outcome, Tone.PLAIN) if step.outcome else Tone.PLAIN)
    head = line("     ", mark, " ", name, span(f"{took:>6}  ", Tone.DIM))
    short = cut((*head, _first_clause(said)), look.columns)
    if weight > Weight.RUNNING:
        yield Row(weight=weight, content=short, block=f"tier {step.group}")
        return
    first, *rest = _explained(head, said, look.columns, most=most)
    yield Row(weight=weight, content=first, short=short, block=step.name, is_urgent=weight is Weight.FAILED)
    yield from (Row(weight=Weight.EXPLANATION, content=one, block=step.name) for one in rest)


def _first_clause(said: Span) -> Span:
    first, more, _ = said.text.partition("; ")
    return Span(f"{first} …" if more else first, said.tone)


def _explained(head: Line, said: Span, columns: int, *, most: int) -> Sequence[Line]:
    """*said* behind *head* in at most *most* lines: each of its clauses begins one, and may take two."""
    indent = min(sum(cells(part.text) for part in head), columns // 2)
    clauses = said.text.split("; ")
    lines = list(wrapped_within((*head, Span(clauses[0], said.tone)), columns, indent=indent, most=2))
    for clause in clauses[1:]:
        behind = (Span(" " * indent), Span(clause, said.tone))
        lines += wrapped_within(behind, columns, indent=indent, most=2)
    return lines[:most]


def _step_parts(step: StepProgress, blocker: str, look: Look) -> tuple[Weight, Span, str, Span, int]:
    """The weight, the mark, the duration, what is said, and in how many lines at most."""
    if step.is_running:
        said = span(step.said.removeprefix("waiting for "))
        return Weight.RUNNING, look.spinner, format_duration(step.running_for(look.now)), said, _LONGEST_WAIT
    if step.outcome is None:
        return Weight.WAITING, _WAITING, "", span(f"waits for {blocker}" if blocker else "", Tone.DIM), 1
    took = format_duration(step.seconds) if step.seconds and step.seconds >= 0.05 else ""
    tone = Tone.BAD if step.outcome is Outcome.FAILED else Tone.DIM
    weight = _WEIGHTS.get(step.outcome, Weight.DONE)
    return weight, OUTCOMES[step.outcome], took, span(step.said, tone), _LONGEST_EXPLANATION
