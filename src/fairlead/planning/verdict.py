"""Whether what is seen counts as unrecoverable by now. Time and earlier looks come in, a verdict goes out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from fairlead.model.frozen import dataclass, field
from fairlead.planning.symptoms import Symptom

Key = tuple[str, str, str]
"""uid of the object that shows a symptom, container, family of states."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """When a symptom was seen first (monotonic seconds), and how often the cluster had tried by then.

    *is_old*: it is from before the step, so that what it says may be out of date."""

    since: float
    tries: int
    is_old: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the looks before have seen. *before* has the uids of what was there before the step wrote anything."""

    before: frozenset[str] = frozenset()
    seen: Mapping[Key, Sighting] = field(default_factory=lambda: MappingProxyType({}))
    is_first: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """*symptom* counts as unrecoverable; it has been seen for *seconds*."""

    symptom: Symptom
    seconds: float


def judge(symptoms: Iterable[Symptom], memory: Memory, *, now: float) -> tuple[Memory, Verdict | None]:
    """The memory for the next look, and the first symptom that counts by *now*.

    *symptoms* are all that is seen now: what is not among them has healed, and starts anew when it comes back.
    """
    seen: dict[Key, Sighting] = {}
    verdict = None
    for symptom in symptoms:
        key = (symptom.uid, symptom.container, symptom.state.family or symptom.state.name)
        sighting = _sighting(symptom, memory, memory.seen.get(key), now=now)
        seen[key] = sighting
        if verdict is None and _counts(symptom, sighting, now=now):
            verdict = Verdict(symptom=symptom, seconds=now - sighting.since)
    return Memory(before=memory.before, seen=seen, is_first=False), verdict


def _sighting(symptom: Symptom, memory: Memory, first: Sighting | None, *, now: float) -> Sighting:
    if first is None:
        # Within a second of the write no condition of a controller is about it yet.
        is_before = symptom.uid in memory.before or symptom.shown_by.kind != "Pod"
        is_old = memory.is_first and is_before and not symptom.is_fresh
        return Sighting(since=now, tries=symptom.tries, is_old=is_old)
    is_old = first.is_old and not symptom.is_fresh and symptom.tries <= first.tries
    return Sighting(since=first.since, tries=first.tries, is_old=is_old)


def _counts(symptom: Symptom, sighting: Sighting, *, now: float) -> bool:
    state, lasted = symptom.state, now - sighting.since
    patience = max(state.grace_seconds, state.retry_seconds if sighting.is_old else 0)
    return symptom.tries >= state.restarts and lasted >= patience
