"""Status and history for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from fairlead.formats.plain_text import one_line
from fairlead.model.run import Bundle, Run, RunState, RunSummary

LONGEST_CAUSE = 60
"""Characters of a cause in a table; `-o json` and `status` have all of it."""


def format_table(rows: Sequence[Sequence[str]], *, header: Sequence[str]) -> str:
    """Columns as wide as their widest cell; the last one is not padded."""
    everything = [header, *([one_line(cell) for cell in row] for row in rows)]
    widths = [max(len(row[n]) for row in everything) for n in range(len(header))]
    return "".join(f"{_row(row, widths)}\n" for row in everything)


def _row(row: Sequence[str], widths: Sequence[int]) -> str:
    padded = [cell.ljust(width) for cell, width in zip(row[:-1], widths[:-1], strict=True)]
    return "  ".join([*padded, row[-1]]).rstrip()


def format_run_lines(run: Run) -> Iterator[str]:
    """When, how long, of what and by whom; below it why it failed."""
    of = f" of commit {run.commit[:12]}{' (dirty)' if run.dirty else ''}" if run.commit else ""
    took = f", took {_took(run.started, run.ended)}" if run.ended else ""
    said = f"run {run.id} {run.state.value}{of}: started {_time(run.started)} UTC{took}, by {run.holder}"
    yield one_line(said)
    if run.cause:
        yield one_line(f"  cause: {run.cause}")


def format_unfinished(run: Run) -> Iterator[str]:
    """What an unfinished run was at."""
    if run.state not in (RunState.RUNNING, RunState.INTERRUPTED):
        return
    for name, step in run.steps.items():
        if step.is_in_doubt:
            yield f"  in doubt or at work: {name}"
    yield "  `fairlead resume` continues it if it was cut off"


def format_bundle_line(bundle: Bundle) -> str:
    reasons = f"; not promotable: {', '.join(bundle.unpromotable)}" if bundle.unpromotable else "; promotable"
    return f"bundle {bundle.digest[:19]}, {len(bundle.components)} components{reasons}"


def format_history(summaries: Iterable[RunSummary]) -> str:
    rows = [
        (
            s.id,
            s.state.value,
            _time(s.started),
            _took(s.started, s.ended) if s.ended else "",
            f"{s.commit[:12]}{'*' if s.dirty else ''}",
            s.bundle[7:19],
            "changed" if s.changed else "no change",
            _short(s.cause),
        )
        for s in summaries
    ]
    if not rows:
        return "nothing was deployed here yet\n"
    header = ("RUN", "STATE", "STARTED (UTC)", "TOOK", "COMMIT", "BUNDLE", "RESULT", "CAUSE")
    return format_table(rows, header=header)


def _took(started: datetime, ended: datetime) -> str:
    return f"{(ended - started).total_seconds():.1f} s"


def _short(cause: str) -> str:
    return cause if len(cause) <= LONGEST_CAUSE else f"{cause[: LONGEST_CAUSE - 1]}…"


def _time(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else ""
