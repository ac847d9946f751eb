"""`fairlead drift --revert`: shows what drifted, asks, puts it back, reports."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fairlead.actions.carrying_out import Audience
from fairlead.actions.drift import DriftOptions
from fairlead.actions.revert import Reverted, RevertOptions, revert
from fairlead.adapters.clock import SystemClock
from fairlead.adapters.event_log import EventFan, EventLog
from fairlead.bootstrap.places import Opened
from fairlead.bootstrap.settings import holder_name, lease_ttl, new_run_id, request_timeout
from fairlead.bootstrap.site import open_site
from fairlead.cli.asking import ask
from fairlead.cli.files import write_result
from fairlead.cli.options import places, run_async
from fairlead.cli.progress import Watcher, watching
from fairlead.cli.terminal import show
from fairlead.formats.drift_files import form_of, format_report, format_reverted_json
from fairlead.formats.drift_text import drift_lines, left_lines
from fairlead.formats.plan_text import plan_lines
from fairlead.formats.report_text import report_lines
from fairlead.model.environment import Environment
from fairlead.model.plan import Plan
from fairlead.ports import EventSink


def put_back(
    opened: Opened,
    target: Environment,
    options: DriftOptions,
    *,
    is_json: bool,
    file: Path | None,
    yes: bool,
    quiet: bool,
) -> int:
    wanted = RevertOptions(
        drift=options,
        run_id=new_run_id(),
        holder=holder_name(),
        lease_ttl=lease_ttl(),
        request_timeout=request_timeout(),
    )
    done = run_async(_revert(opened, target, wanted, yes=yes, quiet=quiet))
    if is_json:
        said = format_reverted_json(done.found, done.report, done.left, exit_code=done.exit_code)
        sys.stdout.buffer.write(said + b"\n")
        sys.stdout.buffer.flush()
    else:
        _show(done)
    if file is not None:
        write_result(file, format_report(done.found, form_of(file.suffix)))
    return done.exit_code


async def _revert(opened: Opened, target: Environment, options: RevertOptions, *, yes: bool, quiet: bool) -> Reverted:
    async with watching(target, SystemClock(), quiet=quiet, leave_state=not sys.stdout.isatty()) as watcher:
        with _events(opened, target, options.run_id, watcher) as events:
            audience = Audience(
                events=events,
                tell=watcher.tell,
                confirm=_asker(watcher, yes=yes),
                planned=watcher.follow_plan,
            )
            async with open_site(places(), opened, target, tell=watcher.tell) as site:
                return await revert(site, options, audience)


@contextlib.contextmanager
def _events(opened: Opened, target: Environment, run_id: str, watcher: Watcher) -> Iterator[EventSink]:
    folder: Path = places().state / "runs" / opened.project.name / target.name
    log = EventLog(folder / f"{run_id}.jsonl", tell=watcher.warn)
    try:
        yield EventFan([log, watcher])
    finally:
        log.close()


def _asker(watcher: Watcher, *, yes: bool) -> Any:
    async def confirm(plan: Plan) -> bool:
        if yes or not (sys.stdin.isatty() and sys.stderr.isatty()):
            return True
        with watcher.paused():
            show([*plan_lines(plan), ()], err=True)
            return await ask(f"Put this back in {plan.environment}?")

    return confirm


def _show(done: Reverted) -> None:
    if done.report is None:
        show(drift_lines(done.found))
    else:
        show(report_lines(done.report, is_folded=sys.stdout.isatty()))
    show(left_lines(done.left))
