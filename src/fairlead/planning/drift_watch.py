"""Decides what a watch of drift tells and puts back: pure, from what each look found and a clock.

Who changes an object again and again is not fought for ever: each time it is put back, the next time waits twice as
long; after a few times it is left as it is, and the other party is named. An object that stays as wanted for long
enough is forgotten, and may be put back again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from fairlead.model.drift import Drift
from fairlead.model.drift_watch import Decision, Key, Patience, Struggle, Watched


def decide(watched: Watched, drifts: Iterable[Drift], *, now: float, patience: Patience) -> Decision:
    """What one look means. Whoever puts *reverting* back says so with `put_back`."""
    found = {drift.key: drift for drift in drifts}
    struggles = _remembered(watched.struggles, found, now=now, patience=patience)
    given_up, reverting, waiting = [], [], []
    for key, drift in found.items() if patience.may_revert else ():
        struggle = struggles.get(key)
        if not drift.is_revertible or (struggle is not None and struggle.is_given_up):
            continue
        if struggle is None:
            reverting.append(drift)
        elif struggle.reverts >= patience.most_reverts:
            struggles[key] = replace(struggle, is_given_up=True)
            given_up.append((drift, struggle))
        elif (left := struggle.at + patience.pause(struggle.reverts) - now) > 0:
            waiting.append((drift, left))
        else:
            reverting.append(drift)
    before = watched.drifts
    return Decision(
        watched=Watched(drifts=found, struggles=struggles),
        appeared=tuple(drift for key, drift in found.items() if before.get(key) != drift),
        mended=tuple(drift for key, drift in before.items() if key not in found),
        reverting=tuple(reverting),
        waiting=tuple(waiting),
        given_up=tuple(given_up),
    )


def put_back(watched: Watched, keys: Collection[Key], *, now: float, today: datetime) -> Watched:
    """After the objects *keys* were put back at *now*: as wanted, until a look says otherwise."""
    struggles = dict(watched.struggles)
    for key in keys:
        before = struggles.get(key)
        since = before.since if before else today
        struggles[key] = Struggle(reverts=(before.reverts if before else 0) + 1, at=now, since=since)
    drifts = {key: drift for key, drift in watched.drifts.items() if key not in keys}
    return Watched(drifts=drifts, struggles=struggles)


def _remembered(
    struggles: Mapping[Key, Struggle], found: Mapping[Key, Drift], *, now: float, patience: Patience
) -> dict[Key, Struggle]:
    """Without those that have been as wanted for long enough. One that was given up and drifts counts from now on."""
    kept: dict[Key, Struggle] = {}
    for key, struggle in struggles.items():
        if key in found and struggle.is_given_up:
            kept[key] = replace(struggle, at=now)
        elif key in found or now - struggle.at < patience.calm:
            kept[key] = struggle
    return kept
