"""A watch goes on: over files that cannot be read, and with the ignore file as it is by now."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from fairlead.actions.drift import DriftOptions
from fairlead.actions.revert import Reverted
from fairlead.actions.watch import DriftWatch, Watcher, WatchOptions, WatchSummary
from fairlead.engine.site import Site
from fairlead.model.drift import DriftReport
from fairlead.model.drift_watch import Decision, Patience
from fairlead.model.environment import Environment
from fairlead.model.errors import InputError
from fairlead.model.ignore import IgnoreEntry
from fairlead.model.project import Project
from fairlead.model.record import Head
from fairlead.planning.ignoring import NO_IGNORES, Ignores
from fairlead.testing.clock import FakeClock
from fairlead.testing.state import MemoryState
from unit.engine.test_drift_check import KEY, LookedAt, applied, record_of

WEB = applied("web", {"a": "1"})
ENTRY = IgnoreEntry(
    component="web", kind="*", name="*", fields=(), reason="theirs", owner="us", expires=date(2100, 1, 1)
)


@dataclass(kw_only=True)
class Stage:
    """An environment whose only object is gone, watched for *cycles* looks."""

    cycles: int = 2
    ignores: list[Ignores | InputError] = field(default_factory=list)
    revert_fault: InputError | None = None
    said: list[str] = field(default_factory=list)
    drifts: list[int] = field(default_factory=list)
    reverting: list[Ignores] = field(default_factory=list)
    clock: FakeClock = field(default_factory=FakeClock)

    async def watch(self, *, may_revert: bool = True) -> WatchSummary:
        nothing: Any = None
        given: Any = LookedAt(live={})
        state = MemoryState()
        await state.head()
        (record,) = record_of(WEB).values()
        await state.swap_head(Head(environment="local", components={"web": await state.store_component(record)}))
        environment = Environment(name="local")
        site = Site(
            project=Project(name="p", environments={"local": environment}, components=()),
            environment=environment,
            clock=self.clock,
            cluster=given,
            state=state,
            lock=nothing,
            sources=nothing,
            infrastructure=nothing,
            schemas=nothing,
            repository=nothing,
            commands=nothing,
            names=nothing,
            probes=nothing,
        )
        patience = Patience(may_revert=may_revert, first_pause=1.0)
        options = WatchOptions(drift=DriftOptions(), patience=patience, interval=10.0, cycles=self.cycles)
        watcher = Watcher(
            looked=self.looked,
            reverted=lambda _, said, __: self.said.append(said),
            troubled=lambda said, _: self.said.append(said),
            revert=self.revert,
            ignores=self.read_ignores,
        )
        return await DriftWatch(site, options, watcher, key=KEY).run()

    def looked(self, report: DriftReport, _: Decision, __: datetime) -> None:
        self.drifts.append(len(report.drifts))

    def read_ignores(self) -> Ignores:
        found = self.ignores.pop(0) if self.ignores else NO_IGNORES
        if isinstance(found, InputError):
            raise found
        return found

    async def revert(self, site: Site, _: frozenset[tuple[str, str]]) -> Reverted:
        self.reverting.append(site.ignores)
        if self.revert_fault is not None:
            raise self.revert_fault
        raise AssertionError("nobody said what putting back comes to")


async def test_a_file_that_cannot_be_read_while_putting_back_is_told_and_the_watch_goes_on() -> None:
    stage = Stage(revert_fault=InputError("values.yaml: line 3 is no YAML"))
    summary = await stage.watch()
    assert summary.looks == 2
    assert stage.said == ["not put back: values.yaml: line 3 is no YAML"] * 2
    assert summary.put_back == 0
    assert summary.drifts
    assert len(summary.drifts) == 1


async def test_the_ignore_file_counts_as_it_is_at_each_look() -> None:
    stage = Stage(ignores=[NO_IGNORES, Ignores(active=(ENTRY,)), NO_IGNORES], cycles=3)
    await stage.watch(may_revert=False)
    assert stage.drifts == [1, 0, 1]


async def test_what_is_put_back_heeds_the_ignore_file_as_it_is_then() -> None:
    other = IgnoreEntry(
        component="other", kind="*", name="*", fields=(), reason="theirs", owner="us", expires=date(2100, 1, 1)
    )
    stage = Stage(ignores=[Ignores(active=(other,))], revert_fault=InputError("broken"), cycles=1)
    await stage.watch()
    assert stage.reverting == [Ignores(active=(other,))]


async def test_an_ignore_file_that_is_broken_is_told_once_and_the_last_good_one_holds() -> None:
    broken = InputError("fairlead.ignore.yaml: no YAML")
    stage = Stage(ignores=[Ignores(active=(ENTRY,)), broken, broken, NO_IGNORES, broken], cycles=5)
    await stage.watch(may_revert=False)
    assert stage.drifts == [0, 0, 0, 1, 1]
    assert stage.said == ["the ignore file is left as it was: fairlead.ignore.yaml: no YAML"] * 2
