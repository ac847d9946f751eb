"""The record of an environment in memory, for tests of what stands on the port EnvironmentState."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable, Collection

from fairlead.formats.codec import from_json, to_json
from fairlead.formats.digests import digest
from fairlead.model.errors import FairleadError, Refused
from fairlead.model.neighbours import Neighbours
from fairlead.model.plan import Plan
from fairlead.model.record import ComponentRecord, Head, records_of, runs_of_kept_bundles, runs_to_keep
from fairlead.model.run import Run, RunSummary, summary_of


class Shelf:
    """What the cluster keeps; shared by the states of several processes. Everything is kept as JSON, as the real one
    does, so that nothing survives here which would not survive there."""

    def __init__(self) -> None:
        self.head: object = None
        self.version = 0
        self.components: dict[str, object] = {}
        self.runs: dict[str, Run] = {}
        self.plans: dict[str, object] = {}
        self.key: bytes = b""
        self.has_place = False
        self.neighbours = Neighbours()


class MemoryState:
    """`EnvironmentState` with compare-and-swap. *before_swap* is called with each head before it is written: a test
    looks at it, counts, or raises."""

    def __init__(self, shelf: Shelf | None = None) -> None:
        self.shelf = shelf or Shelf()
        self.before_swap: Callable[[Head], None] = lambda _: None
        self._version = 0
        self._faults: deque[FairleadError] = deque()

    def fail_next(self, *faults: FairleadError) -> None:
        """Raise *faults*, one per swap to come; the head stays as it is."""
        self._faults.extend(faults)

    async def prepare(self) -> None:
        self.shelf.has_place = True

    async def has_place(self) -> bool:
        return self.shelf.has_place

    async def head(self) -> Head | None:
        self._version = self.shelf.version
        return from_json(Head, self.shelf.head) if self.shelf.head is not None else None

    async def swap_head(self, head: Head) -> None:
        self.before_swap(head)
        if self._faults:
            raise self._faults.popleft()
        if self._version != self.shelf.version:
            raise Refused(f"the record of {head.environment} was changed by another run")
        self.shelf.head = to_json(head)
        self.shelf.version += 1
        self._version = self.shelf.version

    async def components(self, secrets: Collection[str]) -> dict[str, ComponentRecord]:
        found = self.shelf.components
        return {secret: from_json(ComponentRecord, found[secret]) for secret in secrets if secret in found}

    async def store_component(self, record: ComponentRecord) -> str:
        data = to_json(record)
        name = f"{record.component}-{digest(data)[7:23]}"
        self.shelf.components[name] = data
        return name

    async def store_plan(self, run_id: str, plan: Plan) -> None:
        self.shelf.plans.setdefault(run_id, to_json(plan))

    async def archive_run(self, run: Run) -> None:
        self.shelf.runs[run.id] = from_json(Run, to_json(run))

    async def runs(self) -> tuple[RunSummary, ...]:
        found = (summary_of(run) for run in self.shelf.runs.values())
        return tuple(sorted(found, key=lambda summary: summary.started, reverse=True))

    async def run(self, run_id: str) -> Run | None:
        return self.shelf.runs.get(run_id)

    async def collect_garbage(self, head: Head) -> None:
        runs = await self.runs()
        good = runs_of_kept_bundles(runs)
        bundles = (self.shelf.runs[run_id].bundle for run_id in good)
        used = records_of(head).union(*(bundle.records.values() for bundle in bundles if bundle))
        self.shelf.components = {name: data for name, data in self.shelf.components.items() if name in used}
        listed = runs_to_keep(runs)
        self.shelf.runs = {run_id: run for run_id, run in self.shelf.runs.items() if run_id in listed}
        kept = self.shelf.runs.keys() | ({head.run.id} if head.run else set())
        self.shelf.plans = {run_id: data for run_id, data in self.shelf.plans.items() if run_id in kept}

    async def neighbours(self) -> Neighbours:
        return self.shelf.neighbours

    async def key(self, *, make: bool) -> bytes:
        if not self.shelf.key and not make:
            return secrets.token_bytes(32)
        self.shelf.key = self.shelf.key or secrets.token_bytes(32)
        return self.shelf.key
