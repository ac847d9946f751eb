"""Status and history for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from fairlead.formats.plain_text import one_line
from fairlead.model.run import Bundle, Run, RunState, RunSummary


def format_table(rows: Sequence[Sequence[str]], *, header: Sequence[str]) -> str:
    """Columns as wide as their widest cell; the last one is not padded."""
    everything = [header, *([one_line(cell) for cell in row] for row in rows)]
    widths = [max(len(row[n]) for row in everything) for n in range(len(header))]
    return "".join(f"{_row(row, widths)}\n" for row in everything)


def _row(row: Sequence[str], widths: Sequence[int]) -> str:
    padded = [cell.ljust(width) for cell, width in zip(row[:-1], widths[:-1], strict=True)]
    return "  ".join([*padded, row[-1]]).rstrip()


def format_run_line(run: Run) -> str:
    ended = f", ended {_time(run.ended)}" if run.ended else ""
    of = f" of commit {run.commit[:12]}" if run.commit else ""
    dirty = " (dirty)" if run.dirty else ""
    cause = f": {run.cause}" if run.cause else ""
    return one_line(
        f"run {run.id} {run.state.value}{cause}{of}{dirty}, started {_time(run.started)}{ended} by {run.holder}"
    )


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
            f"{(s.ended - s.started).total_seconds():.1f} s" if s.ended else "",
            f"{s.commit[:12]}{'*' if s.dirty else ''}",
            s.bundle[7:19],
            "changed" if s.changed else "no change",
            s.cause,
        )
        for s in summaries
    ]
    header = ("RUN", "STATE", "STARTED", "TOOK", "COMMIT", "BUNDLE", "RESULT", "CAUSE")
    return format_table(rows, header=header)


def _time(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else ""
