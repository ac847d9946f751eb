"""Runs the steps of a plan as one ready-driven graph.

Validate, provision and deploy are barriers: a later phase starts when every step of the earlier ones ended well.
Within deploy, tiers and `after` decide. A step that fails skips what depends on it; the rest goes on. Nothing here
knows Kubernetes: it takes steps and a function that performs one.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Mapping, Sequence

from fairlead.engine.lease_keeper import LockLost
from fairlead.engine.places import Places
from fairlead.engine.ready_graph import ReadyGraph
from fairlead.model.errors import FairleadError, Unavailable
from fairlead.model.plan import Step
from fairlead.model.run import Outcome, StepResult
from fairlead.ports import Clock

RETRY_DELAYS = (1.0, 4.0)
"""Seconds before a step is tried again when an outside system did not answer."""

Perform = Callable[[Step], Awaitable[StepResult]]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Observer:
    """Told when a step starts and ends; both may write the record, and are waited for."""

    started: Callable[[Step], Awaitable[None]]
    ended: Callable[[Step, StepResult], Awaitable[None]]


class Executor:
    def __init__(self, *, clock: Clock, places: Places, perform: Perform, observer: Observer) -> None:
        self._clock = clock
        self._places = places
        self._perform = perform
        self._observer = observer

    async def run(self, steps: Sequence[Step]) -> Mapping[str, StepResult]:
        """The result of each step, by name. An error that is no StepResult (a bug, a lost lock) ends the others."""
        graph = ReadyGraph(steps)
        async with asyncio.TaskGroup() as group:
            self._start_ready(graph, group)
        graph.require_complete()
        return graph.results

    def _start_ready(self, graph: ReadyGraph, group: asyncio.TaskGroup) -> None:
        for step, blocker in graph.take_ready():
            group.create_task(self._run_one(step, blocker, graph, group), name=step.name)

    async def _run_one(self, step: Step, blocker: str, graph: ReadyGraph, group: asyncio.TaskGroup) -> None:
        if step.left_out:
            result = StepResult(outcome=Outcome.SKIPPED, reason=step.left_out, is_left_out=True)
        elif blocker:
            result = StepResult(outcome=Outcome.SKIPPED, reason=f"{blocker} did not end well")
        else:
            async with self._places.taken():
                await self._observer.started(step)
                result = await self._timed(step)
        await self._observer.ended(step, result)
        graph.end(step, result)
        self._start_ready(graph, group)

    async def _timed(self, step: Step) -> StepResult:
        started = self._clock.monotonic()
        result = await self._tried(step)
        return dataclasses.replace(result, seconds=round(self._clock.monotonic() - started, 3))

    async def _tried(self, step: Step) -> StepResult:
        for delay in (*RETRY_DELAYS, None):
            try:
                await self._places.take()  # the try before may have failed while it waited without
                return await self._perform(step)
            except LockLost:
                raise
            except Unavailable as err:
                if delay is None:
                    return _failed(err)
                await self._clock.sleep(delay)
            except FairleadError as err:
                return _failed(err)
        raise AssertionError("the loop above returns or raises")


def _failed(err: FairleadError) -> StepResult:
    return StepResult(
        outcome=Outcome.FAILED,
        reason=str(err),
        hint=err.hint,
        exit_code=err.exit_code,
        findings=getattr(err, "findings", ()),
    )
