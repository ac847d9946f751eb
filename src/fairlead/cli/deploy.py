"""`fairlead deploy`: plan, ask, execute, report."""

from __future__ import annotations

import contextlib
import dataclasses
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from fairlead.actions.carrying_out import Audience, ConflictsFound
from fairlead.actions.deploy import DeployOptions
from fairlead.actions.deploy import deploy as deploy_environment
from fairlead.adapters.clock import SystemClock
from fairlead.adapters.event_log import EventFan, EventLog
from fairlead.bootstrap.places import Opened
from fairlead.bootstrap.settings import holder_name, lease_ttl, new_run_id, request_timeout
from fairlead.bootstrap.site import open_site
from fairlead.cli.asking import ask
from fairlead.cli.faults import show_fault
from fairlead.cli.files import read_result, require_folder, write_result
from fairlead.cli.options import (
    choose_environment,
    open_here,
    output_option,
    places,
    plan_options,
    planning_options,
    removal_options,
    run_async,
    with_timeout,
)
from fairlead.cli.plan import find_plan, show_plan
from fairlead.cli.progress import Watcher, watching
from fairlead.cli.terminal import show
from fairlead.engine.site import Site
from fairlead.formats.junit import format_junit
from fairlead.formats.plan_file import format_conflicts_json, parse_plan
from fairlead.formats.plan_text import plan_lines
from fairlead.formats.report_json import format_report_json
from fairlead.formats.report_text import report_lines
from fairlead.model.environment import Environment
from fairlead.model.errors import FairleadError, InputError
from fairlead.model.exit_codes import ExitCode, worst
from fairlead.model.plan import Plan
from fairlead.model.report import Report
from fairlead.ports import EventSink


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the flags say about how to run and what to show."""

    output: str
    report_file: Path | None
    events_file: Path | None
    yes: bool
    quiet: bool


Asked = Callable[[Plan], Awaitable[bool]]


@dataclass(frozen=True, kw_only=True)
class Work:
    """What is carried out as run *run_id*; *question* has a place for the environment's name. *confirm* asks in
    another way."""

    run_id: str
    question: str
    act: Callable[[Site, Audience], Awaitable[Report]]
    confirm: Callable[[Wishes, Watcher], Asked] | None = None


options_of_a_run = [
    click.option("--parallelism", type=click.IntRange(1, 64), default=8, show_default=True, help="Steps at once."),
    click.option("-y", "--yes", is_flag=True, help="Do not ask."),
    click.option(
        "--report-file", type=click.Path(path_type=Path), help="Write the report: JUnit if it ends in .xml, else JSON."
    ),
    click.option("--events-file", type=click.Path(path_type=Path), help="Append every event as a JSON line."),
    output_option,
]


def with_options_of_a_run(function: Any) -> Any:
    for option in reversed(options_of_a_run):
        function = option(function)
    return function


def with_running_options(function: Any) -> Any:
    force = click.option("--force-conflicts", is_flag=True, help="Take back fields that another manager owns.")
    return force(with_options_of_a_run(function))


@click.command(context_settings={"ignore_unknown_options": False, "allow_interspersed_args": False})
@planning_options
@removal_options
@with_running_options
@click.option(
    "--plan",
    "plan_file",
    envvar="FAIRLEAD_PLAN",
    type=click.Path(path_type=Path),
    help="Carry out a saved plan, if it still holds.",
)
@click.option("--cache-images", is_flag=True, help="Have the nodes fetch all images before the deploy phase.")
@click.option("--maintenance-mode", is_flag=True, help="Close the environment meanwhile, and scale as it says.")
@click.option("--dry-run", is_flag=True, help="Only show the plan; works with no cluster.")
@click.option("--require-cluster", is_flag=True, help="With --dry-run: fail where no cluster answers.")
@click.option("--parallel", is_flag=True, expose_value=False, help="The default; accepted for scripts.")
@click.argument("test_command", nargs=-1, type=click.UNPROCESSED)
def deploy(
    environment: str | None,
    timeout: str | None,
    plan_file: Path | None,
    cache_images: bool,
    maintenance_mode: bool,
    dry_run: bool,
    require_cluster: bool,
    parallelism: int,
    force_conflicts: bool,
    test_command: tuple[str, ...],
    **flags: Any,
) -> int:
    """Deploy an environment: validate, provision, deploy, secure, test.

    Words after the flags are one more test of phase test, e.g. `python3 scripts/testing/staging_validation.py`.
    """
    wishes, flags = take_wishes(flags)
    if dry_run:
        _refuse_files_of_a_run(wishes, plan_file)
    opened = with_timeout(open_here(only=environment), timeout)
    target = choose_environment(opened.project, environment)
    planning = plan_options(opened.project, target, extra_test=test_command, **flags)
    planning = dataclasses.replace(planning, cache_images=cache_images, maintenance=maintenance_mode)
    if dry_run:
        found = run_async(
            find_plan(opened, target, planning, is_saved=False, may_guess=not require_cluster, quiet=wishes.quiet)
        )
        show_plan(found, output=wishes.output)
        return ExitCode.DONE
    options = DeployOptions(
        plan=planning,
        run_id=new_run_id(),
        holder=holder_name(),
        parallelism=parallelism,
        force_conflicts=force_conflicts,
        saved=parse_plan(read_result(plan_file), file=str(plan_file)) if plan_file else None,
        lease_ttl=lease_ttl(),
        request_timeout=request_timeout(),
    )
    return run_and_report(opened, target, options, wishes)


def _refuse_files_of_a_run(wishes: Wishes, plan_file: Path | None) -> None:
    files = {"--report-file": wishes.report_file, "--events-file": wishes.events_file, "--plan": plan_file}
    if given := [flag for flag, file in files.items() if file is not None]:
        raise InputError(
            f"--dry-run carries nothing out, so {given[0]} has no effect",
            hint="`fairlead plan -o json` prints the plan, `fairlead plan --out FILE` saves it",
        )


def take_wishes(flags: dict[str, Any]) -> tuple[Wishes, dict[str, Any]]:
    """Split what is about showing from what is about planning."""
    names = ("output", "report_file", "events_file", "yes", "quiet")
    rest = {name: value for name, value in flags.items() if name not in names}
    return Wishes(**{name: flags[name] for name in names}), rest


def run_and_report(
    opened: Opened,
    target: Environment,
    options: DeployOptions,
    wishes: Wishes,
    *,
    confirm: Callable[[Wishes, Watcher], Asked] | None = None,
) -> int:
    def act(site: Site, audience: Audience) -> Awaitable[Report]:
        return deploy_environment(site, options, audience)

    work = Work(run_id=options.run_id, question="Deploy {}?", act=act, confirm=confirm)
    return report_on(opened, target, work, wishes)


def report_on(opened: Opened, target: Environment, work: Work, wishes: Wishes) -> int:
    """Carry out *work*, watched, and show what it came to; the exit code."""
    if wishes.report_file is not None:
        require_folder(wishes.report_file)
    try:
        report = run_async(_carry_out(opened, target, work, wishes))
    except ConflictsFound as err:
        if wishes.output == "json":
            sys.stdout.buffer.write(format_conflicts_json(err.plan, error=str(err)) + b"\n")
        raise
    if wishes.output == "json":
        sys.stdout.buffer.write(format_report_json(report) + b"\n")
        sys.stdout.buffer.flush()
    else:
        show(report_lines(report, is_folded=sys.stdout.isatty()))
    return worst([report.exit_code, _write_report(report, wishes.report_file)])


def _write_report(report: Report, file: Path | None) -> int:
    """The exit code of writing *file*: a report that cannot be written does not hide how the run went."""
    if file is None:
        return ExitCode.DONE
    try:
        write_result(file, format_junit(report) if file.suffix == ".xml" else format_report_json(report))
    except FairleadError as err:
        return show_fault(err)
    return ExitCode.DONE


async def _carry_out(opened: Opened, target: Environment, work: Work, wishes: Wishes) -> Report:
    is_reported_here = wishes.output == "text" and sys.stdout.isatty()
    async with watching(target, SystemClock(), quiet=wishes.quiet, leave_state=not is_reported_here) as watcher:
        with _events(opened, target, work, wishes, watcher) as events:
            asker = work.confirm(wishes, watcher) if work.confirm else _asker(wishes, watcher, question=work.question)
            audience = Audience(
                events=events,
                tell=watcher.tell,
                confirm=asker,
                planned=watcher.follow_plan,
                agree=_agreeing(watcher) if _may_ask(wishes) else None,
            )
            async with open_site(places(), opened, target, tell=watcher.tell) as site:
                return await work.act(site, audience)


@contextlib.contextmanager
def _events(opened: Opened, target: Environment, work: Work, wishes: Wishes, watcher: Watcher) -> Iterator[EventSink]:
    folder = places().state / "runs" / opened.project.name / target.name
    files = [folder / f"{work.run_id}.jsonl", *([wishes.events_file] if wishes.events_file else [])]
    logs: list[EventLog] = []
    try:
        logs += (EventLog(file, tell=watcher.warn) for file in files)
        yield EventFan([*logs, watcher])
    finally:
        for log in logs:
            log.close()


def _may_ask(wishes: Wishes) -> bool:
    return not wishes.yes and sys.stdin.isatty() and sys.stderr.isatty()


def _asker(wishes: Wishes, watcher: Watcher, *, question: str) -> Asked:
    """Ask on a terminal; elsewhere (CI, a pipe) running the command is the answer."""

    async def confirm(plan: Plan) -> bool:
        if not _may_ask(wishes):
            return True
        with watcher.paused():
            show([*plan_lines(plan), ()], err=True)
            return await ask(question.format(plan.environment))

    return confirm


def _agreeing(watcher: Watcher) -> Asked:
    async def agree(plan: Plan) -> bool:
        with watcher.paused():
            return await ask(f"{plan.environment} failed. Return to its last good bundle?")

    return agree
