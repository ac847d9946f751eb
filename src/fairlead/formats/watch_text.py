"""What a watch of drift says, a line or a few for each piece of news, and as JSON lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import orjson

from fairlead.formats.codec import to_json
from fairlead.formats.drift_text import object_lines
from fairlead.formats.durations import format_duration
from fairlead.formats.styled import Line, Span, Tone, line, span
from fairlead.model.drift import Drift
from fairlead.model.drift_watch import Decision, Struggle

SCHEMA = "fairlead.dev/drift-watch/v1"


def looked_lines(decision: Decision, now: datetime) -> Iterator[Line]:
    """Nothing where nothing is new."""
    for drift in decision.appeared:
        head, *fields = object_lines(drift)
        yield (*_at(now), Span(f"{drift.component} "), *head[1:])
        yield from fields
    for drift in decision.mended:
        yield (*_at(now), Span("✓", Tone.GOOD), Span(f" {drift.component} {drift.subject}: as wanted again"))
    for drift, struggle in decision.given_up:
        yield (*_at(now), Span("✗", Tone.WORST), Span(f" {given_up_text(drift, struggle)}"))


def given_up_text(drift: Drift, struggle: Struggle) -> str:
    """Who keeps changing it, since when, and how often it was put back."""
    who = (
        f"{drift.owner} keeps changing it" if drift.owner else "it keeps changing, and the cluster does not say by whom"
    )
    since = f"since {struggle.since:%Y-%m-%d %H:%M:%S} UTC"
    return f"{drift.component} {drift.subject}: {who} {since}; put back {struggle.reverts} times, left as it is now"


def reverted_lines(drifts: Sequence[Drift], said: str, now: datetime) -> Iterator[Line]:
    names = ", ".join(f"{drift.component} {drift.subject}" for drift in drifts[:3])
    more = f" and {len(drifts) - 3} more" if len(drifts) > 3 else ""
    yield (*_at(now), Span("<", Tone.ACTIVE), span(f" {names}{more}: {said}"))


def summary_lines(*, looks: int, put_back: int, drifts: Sequence[Drift] | None, given_up: int) -> Iterator[Line]:
    left = (
        "no look succeeded"
        if drifts is None
        else f"{len(drifts)} drifted at the end"
        if drifts
        else "no drift at the end"
    )
    parts = [f"{looks} looks", f"{put_back} objects put back", left]
    parts += [f"{given_up} given up"] if given_up else []
    yield line(span(f"Watched: {', '.join(parts)}.", Tone.STRONG))


def troubled_line(said: str, now: datetime) -> Line:
    return (*_at(now), Span("!", Tone.CHANGED), span(f" {said}"))


def waiting_text(decision: Decision) -> str:
    """How long until the next try, for a line of progress."""
    return ", ".join(f"{drift.subject} in {format_duration(left)}" for drift, left in decision.waiting[:3])


def news_json(kind: str, now: datetime, **said: Any) -> bytes:
    """One piece of news as a JSON line."""
    return orjson.dumps({"schema": SCHEMA, "time": now.isoformat(), "kind": kind, **to_json(said)}) + b"\n"


def _at(now: datetime) -> Line:
    return (Span(f"{now:%H:%M:%S} ", Tone.DIM),)
