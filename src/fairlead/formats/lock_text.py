"""Locks for people: what is guarded, by whom, since when, for what, and whether the holder lives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fairlead.formats.styled import Line, Tone, line, span
from fairlead.model.lock import HeldLock, Liveness, LockReport

_TONES: Mapping[Liveness, Tone] = {
    Liveness.ALIVE: Tone.ACTIVE,
    Liveness.DEAD: Tone.WORST,
    Liveness.UNKNOWN: Tone.CHANGED,
}


def lock_lines(report: LockReport) -> Iterator[Line]:
    """Each lock with what can be done, then how many were looked at."""
    for lock in report.locks:
        yield from held_lines(lock)
        yield line("  ", span(_advice(lock, report.environment), Tone.DIM))
    for name in report.unseen:
        yield line(
            f"the state of {name}: its backend gives no way to look; Terraform names the holder when it is refused"
        )
    seen = report.checked - len(report.unseen)
    yield line(f"{report.environment}: looked at {seen} locks, {len(report.locks)} held")


def held_lines(lock: HeldLock) -> Iterator[Line]:
    since = f" since {lock.since}" if lock.since else ""
    yield line(span(lock.guards, Tone.STRONG), f" is locked by {lock.holder}{since}, for {lock.purpose}")
    yield line(f"  lock {lock.id}; its holder is ", span(lock.liveness.value, _TONES[lock.liveness]), f": {lock.why}")


def _advice(lock: HeldLock, environment: str) -> str:
    match lock.liveness:
        case Liveness.ALIVE:
            return "wait for it"
        case Liveness.DEAD:
            unlock = f"`fairlead unlock -e {environment} {lock.id}` releases it"
            return f"the next deploy or resume takes it over; {unlock}"
        case Liveness.UNKNOWN:
            return f"if you know that it is dead, `fairlead unlock -e {environment} {lock.id}` releases it"
