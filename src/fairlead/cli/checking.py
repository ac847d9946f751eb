"""What `test`, `secure` and `validate --pre-deployment` share: their flags, and how one phase is run and shown."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from fairlead.actions.carrying_out import Audience
from fairlead.actions.check import CheckOptions, check
from fairlead.adapters.clock import SystemClock
from fairlead.adapters.event_log import EventFan, EventLog
from fairlead.bootstrap.places import Opened
from fairlead.bootstrap.site import open_site
from fairlead.cli.debugging import debug_option
from fairlead.cli.faults import show_fault
from fairlead.cli.files import require_folder, write_result
from fairlead.cli.options import environment_option, places, quiet_option, run_async
from fairlead.cli.progress import Watcher, watching
from fairlead.cli.terminal import say
from fairlead.formats.check_text import format_check
from fairlead.formats.junit import format_junit
from fairlead.formats.report_json import format_report_json
from fairlead.model.environment import Environment
from fairlead.model.errors import FairleadError
from fairlead.model.exit_codes import ExitCode, worst
from fairlead.model.finding import Severity
from fairlead.model.plan import Plan
from fairlead.model.report import Report
from fairlead.ports import EventSink

F = TypeVar("F", bound=Callable[..., Any])

report_option = click.option(
    "--report-file", type=click.Path(path_type=Path), help="Write the report too: JUnit if it ends in .xml, else JSON."
)


def _form_option(*forms: str) -> Callable[[F], F]:
    return click.option(
        "-o", "--output", type=click.Choice(forms), default="text", show_default=True, help="Form of the result."
    )


form_option = _form_option("text", "json", "junit")
_options = (
    click.option("--events-file", type=click.Path(path_type=Path), help="Append every event as a JSON line."),
    click.option(
        "--fail-on",
        type=click.Choice([severity.value for severity in Severity]),
        default=Severity.ERROR.value,
        show_default=True,
        help="The least grave finding that fails.",
    ),
    click.option("--parallelism", type=click.IntRange(1, 64), default=8, show_default=True, help="Steps at once."),
    quiet_option,
    debug_option,
)


def _checking(*options: Callable[[Any], Any]) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        for option in reversed((environment_option, *options, *_options)):
            function = option(function)
        return function

    return decorate


checking_options = _checking(form_option, report_option)
validating_options = _checking(
    _form_option("text", "json", "junit", "sarif", "markdown"),
    click.option(
        "--report-file",
        type=click.Path(path_type=Path),
        help="Write the report too: JUnit if it ends in .xml, SARIF in .sarif, Markdown in .md, else JSON.",
    ),
)


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
