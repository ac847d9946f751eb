"""How `test`, `secure` and `validate --pre-deployment` run one phase and show it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fairlead.actions.carrying_out import Audience
from fairlead.actions.check import CheckOptions, check
from fairlead.adapters.clock import SystemClock
from fairlead.adapters.event_log import EventFan, EventLog
from fairlead.bootstrap.places import Opened
from fairlead.bootstrap.site import open_site
from fairlead.cli.faults import show_fault
from fairlead.cli.files import require_folder, write_result
from fairlead.cli.options import places, run_async
from fairlead.cli.progress import Watcher, watching
from fairlead.cli.terminal import say
from fairlead.formats.check_text import format_check
from fairlead.formats.junit import format_junit
from fairlead.formats.report_json import format_report_json
from fairlead.model.environment import Environment
from fairlead.model.errors import FairleadError
from fairlead.model.exit_codes import ExitCode, worst
from fairlead.model.plan import Plan
from fairlead.model.report import Report
from fairlead.ports import EventSink


@dataclass(frozen=True, kw_only=True)
class Showing:
    """*files* get the report besides stdout."""

    output: str
    files: tuple[Path, ...] = ()
    events_file: Path | None = None
    quiet: bool = False


def check_and_report(opened: Opened, target: Environment, options: CheckOptions, showing: Showing) -> int:
    for file in showing.files:
        require_folder(file)
    report = run_async(_check(opened, target, options, showing))
    show_report(report, showing.output)
    return worst([report.exit_code, *(_write(report, file) for file in showing.files)])


def show_report(report: Report, output: str) -> None:
    if output == "text":
        say(format_check(report).removesuffix("\n"))
        return
    sys.stdout.buffer.write((format_junit(report) if output == "junit" else format_report_json(report)) + b"\n")
    sys.stdout.buffer.flush()


def _write(report: Report, file: Path) -> int:
    """A report that cannot be written does not hide how the checks went."""
    try:
        write_result(file, format_junit(report) if file.suffix == ".xml" else format_report_json(report))
    except FairleadError as err:
        return show_fault(err)
    return ExitCode.DONE


async def _check(opened: Opened, target: Environment, options: CheckOptions, showing: Showing) -> Report:
    is_reported_here = showing.output == "text" and sys.stdout.isatty()
    async with watching(target, SystemClock(), quiet=showing.quiet, leave_state=not is_reported_here) as watcher:
        with _events(showing, watcher) as events:
            audience = Audience(events=events, tell=watcher.tell, confirm=_never_asked, planned=watcher.follow_plan)
            async with open_site(places(), opened, target, tell=watcher.tell) as site:
                return await check(site, options, audience)


@contextlib.contextmanager
def _events(showing: Showing, watcher: Watcher) -> Iterator[EventSink]:
    log = EventLog(showing.events_file, tell=watcher.warn) if showing.events_file else None
    try:
        yield EventFan([*([log] if log else []), watcher])
    finally:
        if log is not None:
            log.close()


async def _never_asked(_: Plan) -> bool:
    return True
