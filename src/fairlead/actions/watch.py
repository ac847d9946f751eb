"""Looks for drift again and again: tells what changes, puts back what the environment allows, with patience."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from fairlead.actions.drift import DriftOptions, Inspector
from fairlead.actions.revert import Reverted
from fairlead.engine.site import Remembered, Site, remember
from fairlead.model.drift import Drift, DriftReport
from fairlead.model.drift_watch import Decision, Patience, Struggle, Watched
from fairlead.model.errors import InputError, Refused, StepFailed, Unavailable
from fairlead.model.frozen import dataclass
from fairlead.planning.drift_watch import decide, put_back
from fairlead.planning.ignoring import Ignores

LONGEST_PAUSE = 600.0
"""Seconds between two looks at a cluster that does not answer; a shorter interval doubles up to this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchOptions:
    """*interval* seconds between two looks; it ends after *cycles* looks or *seconds* (0: neither)."""

    drift: DriftOptions
    patience: Patience
    interval: float
    cycles: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """Who hears of it. *revert* puts drifts back, those with the given keys only. *ignores* reads the ignore file as it
    is now; it raises InputError."""

    looked: Callable[[DriftReport, Decision, datetime], None]
    reverted: Callable[[Sequence[Drift], str, datetime], None]
    troubled: Callable[[str, datetime], None]
    revert: Callable[[Site, frozenset[tuple[str, str]]], Awaitable[Reverted]]
    ignores: Callable[[], Ignores]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSummary:
    """What was seen: *looks*, objects put back, and who was left alone. *drifts* are what is not as wanted at the end;
    None where no look succeeded."""

    looks: int = 0
    put_back: int = 0
    drifts: tuple[Drift, ...] | None = None
    given_up: tuple[tuple[Drift, Struggle], ...] = ()


class DriftWatch:
    def __init__(self, site: Site, options: WatchOptions, watcher: Watcher, *, key: bytes) -> None:
        self._site = site
        self._options = options
        self._watcher = watcher
        self._key = key
        self._inspector = self._inspector_of(site)
        self._fault = ""
        self._remembered: Remembered | None = None
        self._watched = Watched()
        self._summary = WatchSummary()

    def _inspector_of(self, site: Site) -> Inspector:
        # Terraform is asked by `drift` itself: a child for each root is too much for each look.
        drift = dataclasses.replace(self._options.drift, with_terraform=False)
        return Inspector(site, drift, key=self._key, tell=lambda _: None)

    async def run(self) -> WatchSummary:
        """Until it is over, or cancelled: then what was seen up to then. Raises NothingChecked, InputError."""
        clock, failures = self._site.clock, 0
        deadline = clock.monotonic() + self._options.seconds if self._options.seconds else 0.0
        try:
            while True:
                failures = 0 if await self._cycle() else failures + 1
                if self._options.cycles and self._summary.looks >= self._options.cycles:
                    return self._summary
                pause = min(
                    max(self._options.interval, LONGEST_PAUSE), self._options.interval * 2.0 ** min(failures, 10)
                )
                if deadline and clock.monotonic() + pause > deadline:
                    await clock.sleep(max(0.0, deadline - clock.monotonic()))
                    return self._summary
                await clock.sleep(pause)
        except asyncio.CancelledError:
            return self._summary

    async def _cycle(self) -> bool:
        """One look; whether the cluster answered."""
        clock = self._site.clock
        self._summary = dataclasses.replace(self._summary, looks=self._summary.looks + 1)
        self._heed_ignores()
        try:
            report = await self._inspector.look(await self._recollect())
            decision = decide(self._watched, report.drifts, now=clock.monotonic(), patience=self._options.patience)
            self._watched = decision.watched
            self._note(report, decision)
            if decision.reverting:
                await self._revert(decision.reverting)
        except Unavailable as err:
            self._watcher.troubled(str(err), clock.now())
            return False
        return True

    def _heed_ignores(self) -> None:
        """The ignore file as it is now; where it cannot be read, as it was, which is told once."""
        try:
            ignores, fault = self._watcher.ignores(), ""
        except InputError as err:
            ignores, fault = self._site.ignores, str(err)
        if fault and fault != self._fault:
            self._watcher.troubled(f"the ignore file is left as it was: {fault}", self._site.clock.now())
        self._fault = fault
        if ignores != self._site.ignores:
            self._site = dataclasses.replace(self._site, ignores=ignores)
            self._inspector = self._inspector_of(self._site)

    def _note(self, report: DriftReport, decision: Decision) -> None:
        given_up = (*self._summary.given_up, *decision.given_up)
        self._summary = dataclasses.replace(self._summary, drifts=report.drifts, given_up=given_up)
        self._watcher.looked(report, decision, self._site.clock.now())

    async def _recollect(self) -> Remembered:
        """The record, read again only where the head names other parts of it."""
        before = self._remembered
        head = await self._site.state.head()
        known = before.head.components if before and before.head else None
        if before is not None and head is not None and head.components == known:
            self._remembered = dataclasses.replace(before, head=head)
            return self._remembered
        self._remembered = await remember(self._site.state, environment=self._site.environment.name)
        return self._remembered

    async def _revert(self, drifts: Sequence[Drift]) -> None:
        keys = frozenset(drift.key for drift in drifts)
        clock = self._site.clock
        try:
            done = await self._watcher.revert(self._site, keys)
        # A deployment is at work, the API server says no, or a file is being edited: the next look tells.
        except (Refused, StepFailed, InputError) as err:
            self._tried(drifts, f"not put back: {err}", count=0)
            return
        left = {drift.key for drift, _ in done.left}
        run = done.report.run if done.report else None
        if run is not None and done.report is not None and done.report.exit_code:
            self._tried(drifts, f"not all put back: {run.cause}", count=0)
            return
        back = [drift for drift in drifts if drift.key not in left]
        said = f"put back by run {run.id}" if run else "as wanted again before it was put back"
        self._tried(back, said, count=len(back) if run else 0)
        for drift, reason in done.left:
            self._watcher.troubled(f"{drift.component}: {drift.subject}: {reason}", clock.now())

    def _tried(self, drifts: Sequence[Drift], said: str, *, count: int) -> None:
        """A try that failed counts as one: it is not repeated at each look."""
        clock = self._site.clock
        now, today = clock.monotonic(), clock.now()
        watched = put_back(self._watched, [drift.key for drift in drifts], now=now, today=today)
        # What was not put back is still there: it must not be told again as if it were new.
        self._watched = watched if count else dataclasses.replace(watched, drifts=self._watched.drifts)
        keys = {drift.key for drift in drifts} if count else set()
        rest = tuple(drift for drift in self._summary.drifts or () if drift.key not in keys)
        self._summary = dataclasses.replace(self._summary, put_back=self._summary.put_back + count, drifts=rest)
        if drifts:
            self._watcher.reverted(drifts, said, today)
