"""Writes the run's record: `begin` before a step changes anything, `end` after it.

Steps that begin or end at the same time share one write of the head (group commit); each waits until its own entry
is in the cluster. The head is swapped by resourceVersion, so a run that lost its lock cannot write any more.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Mapping
from typing import Protocol

from fairlead.model.errors import FairleadError
from fairlead.model.maintenance import Maintenance
from fairlead.model.plan import Step
from fairlead.model.record import ComponentRecord, Evidence, Head
from fairlead.model.run import Bundle, Run, StepRecord, StepResult
from fairlead.planning.outcome import entry_after
from fairlead.ports import Clock


class RecordKeeper(Protocol):
    """What a journal writes to: the part of `EnvironmentState` that it needs."""

    async def swap_head(self, head: Head) -> None: ...

    async def store_component(self, record: ComponentRecord) -> str: ...

    async def collect_garbage(self, head: Head) -> None: ...


class Unrecorded:
    """Keeps nothing: for a run that only looks, and must not become the last one of its environment."""

    async def swap_head(self, head: Head) -> None: ...

    async def store_component(self, record: ComponentRecord) -> str:  # noqa: ARG002 - it is dropped
        return ""

    async def collect_garbage(self, head: Head) -> None: ...


class Journal:
    def __init__(self, state: RecordKeeper, clock: Clock, *, head: Head) -> None:
        self._state = state
        self._clock = clock
        self._head = head
        self._changes: list[Callable[[Head], Head]] = []
        self._one_at_a_time = asyncio.Lock()
        self._error: FairleadError | None = None

    @property
    def head(self) -> Head:
        """As last written."""
        return self._head

    @property
    def run(self) -> Run:
        if self._head.run is None:
            raise LookupError("the journal was opened without a run")
        return self._head.run

    async def begin(self, step: Step, *, record: ComponentRecord | None = None) -> None:
        """*record* says what the step is about to write; it is stored before the entry."""
        entry = StepRecord(kind=step.kind, phase=step.phase, component=step.component, begin=self._clock.now())
        stored = await self._state.store_component(record) if record else ""

        def change(head: Head) -> Head:
            components = {**head.components, step.component: stored} if stored else head.components
            run = _with_step(head.run, step.name, entry) if head.run else None
            return dataclasses.replace(head, run=run, components=components)

        await self._write(change)

    async def end(
        self,
        step: Step,
        result: StepResult,
        *,
        record: ComponentRecord | None = None,
        is_forgotten: bool = False,
    ) -> None:
        """*record* is what the step left of its component; it is stored before the entry that names it. *is_forgotten*:
        nothing is left of it."""
        stored = await self._state.store_component(record) if record else ""
        ended = self._clock.now()

        def change(head: Head) -> Head:
            components = {**head.components, step.component: stored} if stored else head.components
            if is_forgotten:
                components = {name: secret for name, secret in components.items() if name != step.component}
            run = head.run
            if run is not None:
                entry = entry_after(run.steps.get(step.name), step, result, ended=ended)
                run = _with_step(run, step.name, entry)
            return dataclasses.replace(head, run=run, components=components)

        await self._write(change)

    async def remember(self, component: str, record: ComponentRecord | None) -> None:
        """Keep *record* of a component outside any step of it, or nothing more."""
        stored = await self._state.store_component(record) if record else ""

        def change(head: Head) -> Head:
            others = {name: secret for name, secret in head.components.items() if name != component}
            return dataclasses.replace(head, components={**others, component: stored} if stored else others)

        await self._write(change)

    async def change_run(self, change: Callable[[Run], Run]) -> None:
        await self._write(lambda head: dataclasses.replace(head, run=change(head.run)) if head.run else head)

    async def change_maintenance(self, maintenance: Maintenance | None) -> None:
        await self._write(lambda head: dataclasses.replace(head, maintenance=maintenance))

    async def start(self, head: Head) -> None:
        """Write *head* with its new run, before anything else of the run happens."""
        await self._write(lambda _: head)

    async def finish(
        self, change: Callable[[Run], Run], *, bundle: Bundle | None, evidence: Mapping[str, Evidence]
    ) -> None:
        """Write the end of the run, and the bundle of a good one with what its tests showed and the names of the
        records that a rollback to it would need."""

        def finish(head: Head) -> Head:
            kept = dataclasses.replace(bundle, records=head.components) if bundle else None
            run = change(head.run) if head.run else None
            return dataclasses.replace(
                head,
                run=dataclasses.replace(run, bundle=kept) if run and kept else run,
                bundle=kept or head.bundle,
                evidence={**head.evidence, **evidence},
            )

        await self._write(finish)
        await self._state.collect_garbage(self._head)

    async def _write(self, change: Callable[[Head], Head]) -> None:
        # Who is cancelled stops waiting, but a request under way may be carried out all the same: it goes on to its
        # end, since the next swap must know what the last one came to.
        await asyncio.shield(asyncio.ensure_future(self._join(change)))

    async def _join(self, change: Callable[[Head], Head]) -> None:
        self._changes.append(change)
        async with self._one_at_a_time:
            if self._error is not None:
                raise self._error
            if change in self._changes:  # else it went out with the write that we waited for
                await self._write_all()

    async def _write_all(self) -> None:
        batch = tuple(self._changes)
        head = self._head
        for change in batch:
            head = change(head)
        head = dataclasses.replace(head, generation=head.generation + 1)
        try:
            await self._state.swap_head(head)
        except FairleadError as err:
            self._error = err  # nobody whose entry was in the batch may go on as if it were written
            raise
        self._head = head
        del self._changes[: len(batch)]


def _with_step(run: Run, name: str, entry: StepRecord) -> Run:
    return dataclasses.replace(run, steps={**run.steps, name: entry})
