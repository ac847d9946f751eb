"""Which steps may start now, and which never may because of one that failed.

Steps wait for single others (`after`), and for crowds: a whole phase, all earlier tiers. Who waits for a crowd is
looked at again only when the crowd is through or has its first failure: a thousand steps cost a thousand looks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from fairlead.model.plan import Phase, Step, Waits
from fairlead.model.run import StepResult
from fairlead.model.tier import Tier

BARRIERS = tuple(phase for phase in Phase if phase.is_barrier)
"""Phases that must have gone well before any later one starts."""


@dataclass(slots=True, kw_only=True)
class _Crowd:
    """Steps that others wait for together: how many have not ended, the first in their order that went wrong, and who
    waits for them."""

    open: int = 0
    blocker: int | None = None
    waiting: list[str] = field(default_factory=list)


_Key = Phase | tuple[Phase, Tier]


class ReadyGraph:
    """Each step is taken once, with the name of what blocks it for good (empty: nothing)."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.results: dict[str, StepResult] = {}
        self._steps = tuple(steps)
        self._position = {step.name: at for at, step in enumerate(steps)}
        self._waiting = {step.name: step for step in steps}
        self._crowds: dict[_Key, _Crowd] = defaultdict(_Crowd)
        self._members = {step.name: tuple(_memberships(step)) for step in steps}
        for key in (key for keys in self._members.values() for key in keys):
            self._crowds[key].open += 1
        self._awaited = {step.name: tuple(key for key in _awaited(step) if key in self._crowds) for step in steps}
        self._followers: dict[str, list[str]] = defaultdict(list)
        for step in steps:
            for key in self._awaited[step.name]:
                self._crowds[key].waiting.append(step.name)
            for other in step.after:
                self._followers[other].append(step.name)
        self._stirred = dict.fromkeys(self._position)

    def require_complete(self) -> None:
        """Raises ValueError where steps wait for each other: planning must not make such a graph."""
        if self._waiting:
            raise ValueError(f"steps wait for each other: {', '.join(sorted(self._waiting))}")

    def end(self, step: Step, result: StepResult) -> None:
        """Note how *step* ended; whom that concerns is looked at by the next `take_ready`."""
        self.results[step.name] = result
        self._stirred |= dict.fromkeys(self._followers[step.name])
        position = self._position[step.name]
        for crowd in (self._crowds[key] for key in self._members[step.name]):
            crowd.open -= 1
            is_first_fault = crowd.blocker is None and not _is_passed(result)
            if not _is_passed(result):
                crowd.blocker = position if crowd.blocker is None else min(crowd.blocker, position)
            if not crowd.open or is_first_fault:
                self._stirred |= dict.fromkeys(crowd.waiting)

    def take_ready(self) -> list[tuple[Step, str]]:
        """In the order of the steps."""
        stirred = sorted((name for name in self._stirred if name in self._waiting), key=self._position.__getitem__)
        self._stirred = {}
        ready = []
        for name in stirred:
            state = self._state_of(self._waiting[name])
            if state is not None:
                ready.append((self._waiting.pop(name), state))
        return ready

    def _state_of(self, step: Step) -> str | None:
        """None while *step* must wait, the name of a failed step that it depends on, or empty when it may start."""
        blockers = [*self._blocking_crowds(step), *self._blocking_steps(step)]
        if blockers:
            return self._steps[min(blockers)].name
        is_waiting = any(self._crowds[key].open for key in self._awaited[step.name])
        return None if is_waiting or any(self._is_open(name) for name in step.after) else ""

    def _is_open(self, name: str) -> bool:
        return name in self._position and name not in self.results

    def _blocking_crowds(self, step: Step) -> Iterator[int]:
        for key in self._awaited[step.name]:
            blocker = self._crowds[key].blocker
            if blocker is not None and not _is_tolerated(step, self._steps[blocker]):
                yield blocker

    def _blocking_steps(self, step: Step) -> Iterator[int]:
        for name in step.after:
            result = self.results.get(name)
            if result is None or _is_passed(result):
                continue
            position = self._position[name]
            if not _is_tolerated(step, self._steps[position]):
                yield position


def _memberships(step: Step) -> Iterator[_Key]:
    if step.phase in BARRIERS or step.phase is Phase.DEPLOY:
        yield step.phase
    if step.tier is not None:
        yield step.phase, step.tier


def _awaited(step: Step) -> Iterator[_Key]:
    """Every barrier before it; all that is deployed, or what is deployed in earlier tiers, if it waits for that."""
    yield from (phase for phase in BARRIERS if phase.rank < step.phase.rank)
    if step.waits is Waits.ALL and step.phase.rank > Phase.DEPLOY.rank:
        yield Phase.DEPLOY
    if step.waits is Waits.TIERS and step.tier is not None:
        yield from ((step.phase, tier) for tier in Tier if tier.rank < step.tier.rank)


def _is_passed(result: StepResult) -> bool:
    return result.outcome.is_good or result.is_left_out


def _is_tolerated(step: Step, failed: Step) -> bool:
    """What waits for the whole environment looks at it however the deployment went."""
    return step.waits is Waits.ALL and failed.phase is Phase.DEPLOY
