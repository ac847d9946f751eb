"""Status and history for people, at any width; 0 columns is a pipe or a file, which gets everything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from fairlead.formats.durations import format_duration
from fairlead.formats.marks import STATES
from fairlead.formats.pin_text import format_pin
from fairlead.formats.styled import Line, Span, Tone, line, padded, span
from fairlead.formats.tables import table_lines
from fairlead.model.health import HealthStatus
from fairlead.model.plan import Phase
from fairlead.model.run import Bundle, Run, RunState, RunSummary
from fairlead.model.status import ComponentStatus, EnvironmentStatus

WIDE = 120
"""Columns from which on a table shows all it has."""
LONGEST_CAUSE = 60
"""Characters of a cause in a wide table; `-o json` and `status` have all of it."""
_BESIDE_VERSION = 28
"""Columns that a narrow table takes for marks, ages, health, and the gaps between."""
_GOOD, _BAD = Span("✓", Tone.GOOD), Span("✗", Tone.WORST)


def status_lines(found: EnvironmentStatus, *, now: datetime, columns: int = 0) -> Iterator[Line]:
    """The answer first, then where, by which run, and each component."""
    missing = _missing(found)
    yield _verdict(found, missing=len(missing))
    yield line(f"  {_where(found)}")
    if found.maintenance is not None:
        yield line("  ", span(str(found.maintenance), Tone.ACTIVE))
    if found.lock is not None and found.lock.holder:
        yield line("  ", span(f"locked by {found.lock.holder}", Tone.ACTIVE))
    if found.pin is not None:
        yield line("  ", span(format_pin(found.pin), Tone.ACTIVE))
        yield line("  `fairlead unpin` ends that, and so does a project that says the same")
    yield from (line("  ", span(text, Tone.BAD)) for text in found.terminating)
    if found.run is None:
        return
    yield from run_lines(found.run, is_folded=bool(columns))
    yield from unfinished_lines(found.run)
    if found.bundle is not None:
        yield bundle_line(found.bundle)
    listed = (*found.components, *missing)
    if listed:
        yield ()
        yield from _component_lines(sorted(listed, key=lambda one: one.name), now=now, columns=columns)


def _missing(found: EnvironmentStatus) -> tuple[ComponentStatus, ...]:
    """Components that the last run failed to deploy, or did not come to, and that no run before it had deployed."""
    known = {one.name for one in found.components}
    steps = found.run.steps.values() if found.run else ()
    told: dict[str, str] = {}
    for step in steps:
        result = step.result
        if step.phase is not Phase.DEPLOY or step.component in known or result is None or result.is_left_out:
            continue
        if not result.outcome.is_good:
            told.setdefault(step.component, f"not deployed: {result.reason}")
    return tuple(
        ComponentStatus(
            name=name, version="", objects=0, since=None, health=HealthStatus.FAILED, problem=problem, problems=1
        )
        for name, problem in told.items()
        if name
    )


def _verdict(found: EnvironmentStatus, *, missing: int) -> Line:
    if found.run is None:
        return line(span(f"{found.environment}: ", Tone.STRONG), "nothing was deployed here yet")
    count = len(found.components) + missing
    ill = sum(bool(one.problem) for one in found.components) + missing
    said = f"{count - ill} of {_components(count)} healthy" if ill else f"{_components(count)}, all healthy"
    if not count:
        said = "no component is deployed"
    mark, tone = (_BAD, Tone.WORST) if ill else (_GOOD, Tone.GOOD) if count else (Span("·"), Tone.PLAIN)
    return line(mark, " ", span(f"{found.environment}: ", Tone.STRONG), span(said, tone))


def _components(count: int) -> str:
    return f"{count} component" if count == 1 else f"{count} components"


def _where(found: EnvironmentStatus) -> str:
    simulated = ", simulated" if found.simulated else ""
    return f"Kubernetes {found.kubernetes}, {found.nodes_ready} of {found.nodes} nodes ready{simulated}"


def _component_lines(components: Sequence[ComponentStatus], *, now: datetime, columns: int) -> Iterator[Line]:
    is_wide = not columns or columns >= WIDE
    header = (
        "COMPONENT",
        "VERSION",
        *(("OBJECTS",) if is_wide else ()),
        "SINCE (UTC)" if is_wide else "SINCE",
        "HEALTH",
    )
    room = columns - _BESIDE_VERSION - max(len(one.name) for one in components)
    rows = [_component_row(one, now=now, room=0 if is_wide else max(12, room)) for one in components]
    lines = list(table_lines([row for row, _ in rows], header=header))
    yield (Span("  "), *lines[0])
    for one, (_, mark), row in zip(components, rows, lines[1:], strict=True):
        yield (mark, Span(" "), *row)
        if one.problem:
            yield from _problem(one)


def _component_row(one: ComponentStatus, *, now: datetime, room: int) -> tuple[tuple[Span, ...], Span]:
    mark, health = (_BAD, span("not healthy", Tone.WORST)) if one.problem else (_GOOD, span("healthy", Tone.GOOD))
    is_wide = not room
    runs = one.runs if is_wide else padded(one.runs, room).rstrip()
    cells = (
        span(one.name),
        span(runs),
        *((span(str(one.objects)),) if is_wide else ()),
        _since(one, now, is_wide),
        health,
    )
    return cells, mark


def _since(one: ComponentStatus, now: datetime, is_wide: bool) -> Span:
    if one.since is None:
        return span("")
    ago = f"{_age((now - one.since).total_seconds())} ago"
    return span(f"{_time(one.since)}, {ago}" if is_wide else ago)


def _age(seconds: float) -> str:
    """In one unit: how old something is need not be exact."""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return f"{int(max(0.0, seconds))}s"


def _problem(one: ComponentStatus) -> Iterator[Line]:
    more = f" (and {one.problems - 1} more)" if one.problems > 1 else ""
    yield line("    ", span(f"{one.problem.partition('; ')[0]}{more}", Tone.BAD))
    if one.look:
        yield line("    ", span("look: ", Tone.ACTIVE), one.look)


def run_lines(run: Run, *, is_folded: bool = False) -> Iterator[Line]:
    """When, how long, of what and by whom; below it why it failed, with *is_folded* a line for each clause."""
    of = f" of commit {run.commit[:12]}{' (dirty)' if run.dirty else ''}" if run.commit else ""
    took = f", took {_took(run.started, run.ended)}" if run.ended else ""
    state = span(run.state.value, STATES[run.state])
    yield line(f"  run {run.id} ", state, f"{of}: started {_time(run.started)} UTC{took}, by {run.holder}")
    if run.cause:
        first, *clauses = run.cause.split("; ") if is_folded else [run.cause]
        yield line(span(f"  cause: {first}", Tone.BAD))
        yield from (line(span(f"    {clause}", Tone.BAD)) for clause in clauses)


def unfinished_lines(run: Run) -> Iterator[Line]:
    """What a run that did not end well was at, and the command that goes on."""
    if run.state not in (RunState.RUNNING, RunState.INTERRUPTED):
        return
    for name, step in run.steps.items():
        if step.is_in_doubt:
            yield line(f"  in doubt or at work: {name}")
    yield line("  `fairlead resume` continues it if it was cut off")


def bundle_line(bundle: Bundle) -> Line:
    reasons = f"; not promotable: {', '.join(bundle.unpromotable)}" if bundle.unpromotable else "; promotable"
    return line(span(f"  bundle {bundle.digest[:19]}, {_components(len(bundle.components))}{reasons}", Tone.DIM))


def history_lines(summaries: Iterable[RunSummary], *, columns: int = 0) -> Iterator[Line]:
    """Newest first. A narrow terminal gets the causes on lines of their own; a run's name says when it started."""
    runs = list(summaries)
    if not runs:
        yield line("nothing was deployed here yet")
        return
    if not columns or columns >= WIDE:
        header = ("RUN", "STATE", "STARTED (UTC)", "TOOK", "COMMIT", "BUNDLE", "RESULT", "CAUSE")
        yield from table_lines([_wide_row(run) for run in runs], header=header)
        return
    lines = table_lines([_narrow_row(run) for run in runs], header=("RUN (UTC)", "STATE", "TOOK", "COMMIT", "RESULT"))
    yield next(lines)
    for run, row in zip(runs, lines, strict=True):
        yield row
        if run.cause:
            yield line(span(f"  {run.cause}", Tone.BAD))


def _wide_row(run: RunSummary) -> tuple[Span, ...]:
    return (
        span(run.id),
        _state(run),
        span(_time(run.started)),
        span(_took(run.started, run.ended)),
        span(_commit(run, 12)),
        span(run.bundle[7:19]),
        _result(run),
        span(_short(run.cause), Tone.BAD),
    )


def _narrow_row(run: RunSummary) -> tuple[Span, ...]:
    return span(run.id), _state(run), span(_took(run.started, run.ended)), span(_commit(run, 7)), _result(run)


def _state(run: RunSummary) -> Span:
    return span(run.state.value, STATES[run.state])


def _result(run: RunSummary) -> Span:
    if run.rollback:
        return span(f"rolled back to {run.rollback}", Tone.CHANGED)
    if run.is_revert and run.changed:
        return span("drift put back", Tone.CHANGED)
    return span("changed") if run.changed else span("no change", Tone.DIM)


def _commit(run: RunSummary, letters: int) -> str:
    return f"{run.commit[:letters]}{'*' if run.dirty else ''}"


def _took(started: datetime, ended: datetime | None) -> str:
    return format_duration((ended - started).total_seconds()) if ended else ""


def _short(cause: str) -> str:
    return cause if len(cause) <= LONGEST_CAUSE else f"{cause[: LONGEST_CAUSE - 1]}…"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"
