"""`fairlead drift --watch`: a line for each piece of news, until it is over or Ctrl-C."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from fairlead.actions.carrying_out import Audience
from fairlead.actions.drift import DriftOptions
from fairlead.actions.revert import Reverted, RevertOptions, revert
from fairlead.actions.watch import DriftWatch, Watcher, WatchOptions, WatchSummary
from fairlead.adapters.event_log import EventFan
from fairlead.bootstrap.places import Opened
from fairlead.bootstrap.settings import holder_name, lease_ttl, new_run_id, request_timeout
from fairlead.bootstrap.site import ignores_today, open_site
from fairlead.cli.options import places, run_async, tell_on_stderr
from fairlead.cli.terminal import show
from fairlead.engine.site import Site
from fairlead.formats.watch_text import (
    looked_lines,
    news_json,
    reverted_lines,
    summary_lines,
    troubled_line,
    waiting_text,
)
from fairlead.model.drift import Drift, DriftReport
from fairlead.model.drift_watch import Decision, Patience
from fairlead.model.environment import Environment
from fairlead.model.errors import InputError
from fairlead.model.exit_codes import ExitCode
from fairlead.model.frozen import dataclass
from fairlead.model.plan import Plan
from fairlead.readers.project_fields import parse_duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """What the flags say about watching."""

    interval: str
    duration: str
    cycles: int
    output: str
    quiet: bool


def keep_watch(opened: Opened, target: Environment, options: DriftOptions, wishes: Watching) -> int:
    interval = parse_duration(wishes.interval) if wishes.interval else target.drift.interval_seconds
    if interval <= 0:
        raise InputError("--interval must be longer than nothing")
    patience = Patience(may_revert=target.drift.revert, first_pause=interval, longest_pause=max(300.0, 8 * interval))
    wanted = WatchOptions(
        drift=options,
        patience=patience,
        interval=interval,
        cycles=wishes.cycles,
        seconds=parse_duration(wishes.duration) if wishes.duration else 0.0,
    )
    tell = tell_on_stderr(quiet=wishes.quiet)
    may = "puts back what drifts" if patience.may_revert else "only tells: `drift: {revert: true}` lets it put back"
    tell(f"watching {target.name} every {interval:g} s; {may}")
    summary = run_async(watch_drift(opened, target, wanted, is_json=wishes.output == "json", tell=tell))
    if summary.drifts is None:
        return ExitCode.FAILED
    return ExitCode.CHANGES if summary.drifts else ExitCode.DONE


async def watch_drift(
    opened: Opened, target: Environment, options: WatchOptions, *, is_json: bool, tell: Callable[[str], None]
) -> WatchSummary:
    async with open_site(places(), opened, target, tell=tell) as site:
        key = await site.state.key(make=False)
        teller = JsonTeller() if is_json else TextTeller(tell)
        watcher = Watcher(
            looked=teller.looked,
            reverted=teller.reverted,
            troubled=teller.troubled,
            revert=_reverter(options),
            ignores=lambda: ignores_today(opened, site.clock),
        )
        summary = await DriftWatch(site, options, watcher, key=key).run()
        teller.ended(summary, site.clock.now())
        return summary


def _reverter(options: WatchOptions) -> Callable[[Site, frozenset[tuple[str, str]]], Awaitable[Reverted]]:
    async def confirm(_: Plan) -> bool:
        return True  # the environment says so: `drift: {revert: true}`

    # The news of the watch itself says what came of it; the record has the run.
    audience = Audience(events=EventFan([]), tell=lambda _: None, confirm=confirm)

    async def put_back(site: Site, keys: frozenset[tuple[str, str]]) -> Reverted:
        wanted = RevertOptions(
            drift=dataclasses.replace(options.drift, with_terraform=False),
            only=keys,
            run_id=new_run_id(),
            holder=holder_name(),
            lease_ttl=lease_ttl(),
            request_timeout=request_timeout(),
        )
        return await revert(site, wanted, audience)

    return put_back


class TextTeller:
    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell

    def looked(self, _: DriftReport, decision: Decision, now: datetime) -> None:
        show(looked_lines(decision, now))
        sys.stdout.flush()
        if decision.waiting and decision.has_news:
            self._tell(f"next try: {waiting_text(decision)}")

    def reverted(self, drifts: Sequence[Drift], said: str, now: datetime) -> None:
        show(reverted_lines(drifts, said, now))
        sys.stdout.flush()

    def troubled(self, said: str, now: datetime) -> None:
        show([troubled_line(said, now)], err=True)

    def ended(self, summary: WatchSummary, _: datetime) -> None:
        show(
            summary_lines(
                looks=summary.looks,
                put_back=summary.put_back,
                drifts=summary.drifts,
                given_up=len(summary.given_up),
            )
        )


class JsonTeller:
    """A JSON line for each look that found news, each try, each trouble, and the end."""

    def looked(self, report: DriftReport, decision: Decision, now: datetime) -> None:
        if decision.has_news:
            self._write(
                "looked",
                now,
                objects=report.objects,
                appeared=decision.appeared,
                mended=decision.mended,
                waiting=[{"subject": drift.subject, "seconds": round(left, 1)} for drift, left in decision.waiting],
                given_up=[_given_up(drift, struggle.since, struggle.reverts) for drift, struggle in decision.given_up],
            )

    def reverted(self, drifts: Sequence[Drift], said: str, now: datetime) -> None:
        self._write("reverted", now, subjects=[drift.subject for drift in drifts], said=said)

    def troubled(self, said: str, now: datetime) -> None:
        self._write("troubled", now, said=said)

    def ended(self, summary: WatchSummary, now: datetime) -> None:
        self._write(
            "ended",
            now,
            looks=summary.looks,
            put_back=summary.put_back,
            drifts=summary.drifts or (),
            is_known=summary.drifts is not None,
        )

    def _write(self, kind: str, now: datetime, **said: object) -> None:
        sys.stdout.buffer.write(news_json(kind, now, **said))
        sys.stdout.buffer.flush()


def _given_up(drift: Drift, since: datetime, reverts: int) -> dict[str, object]:
    return {"subject": drift.subject, "owner": drift.owner, "since": since, "reverts": reverts}
