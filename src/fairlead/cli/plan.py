"""`fairlead plan`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from fairlead.actions.plan import make_plan, make_plan_without_cluster
from fairlead.adapters.git.repository import GitRepository
from fairlead.adapters.helm.supply import NOTHING_FETCHED, ChartSources, parse_sources
from fairlead.bootstrap.places import Opened
from fairlead.bootstrap.site import open_site
from fairlead.bootstrap.sources import open_offline
from fairlead.cli.files import require_folder, write_result
from fairlead.cli.options import (
    chart_source_option,
    choose_environment,
    open_here,
    output_option,
    places,
    plan_options,
    planning_options,
    removal_options,
    repository_option,
    run_async,
    tell_on_stderr,
    with_timeout,
)
from fairlead.cli.terminal import show
from fairlead.engine.plan_options import PlanOptions
from fairlead.formats.plan_file import format_plan_json
from fairlead.formats.plan_text import plan_lines
from fairlead.model.environment import Environment
from fairlead.model.errors import NoWayIn, Unavailable
from fairlead.model.exit_codes import ExitCode
from fairlead.model.plan import Plan
from fairlead.model.repository import Checkout


@click.command()
@planning_options
@removal_options
@output_option
@click.option("--out", type=click.Path(path_type=Path), help="Save the plan for `deploy --plan FILE`.")
@click.option("--detailed-exitcode", is_flag=True, help="End with 2 when there are changes.")
@click.option("--dry-run", is_flag=True, help="Also works with no cluster.")
@chart_source_option
@repository_option
@click.option("--require-cluster", is_flag=True, help="With --dry-run: fail where no cluster answers.")
def plan(
    environment: str | None,
    timeout: str | None,
    output: str,
    out: Path | None,
    detailed_exitcode: bool,
    dry_run: bool,
    require_cluster: bool,
    chart_sources: tuple[str, ...],
    checkouts: tuple[Checkout, ...],
    quiet: bool,
    **flags: Any,
) -> int:
    """Show what a deployment would change, and why. Changes nothing."""
    if out is not None:
        require_folder(out)
    opened = with_timeout(open_here(only=environment, checkouts=checkouts), timeout)
    target = choose_environment(opened.project, environment)
    options = plan_options(opened.project, target, **flags)
    may_guess = dry_run and not require_cluster
    charts = parse_sources(chart_sources)
    work = find_plan(opened, target, options, is_saved=out is not None, may_guess=may_guess, charts=charts, quiet=quiet)
    found = run_async(work)
    if out is not None:
        write_result(out, format_plan_json(found))
    show_plan(found, output=output)
    return ExitCode.CHANGES if detailed_exitcode and found.has_changes else ExitCode.DONE


def show_plan(plan: Plan, *, output: str) -> None:
    if output == "json":
        sys.stdout.buffer.write(format_plan_json(plan) + b"\n")
    else:
        show(plan_lines(plan))


async def find_plan(
    opened: Opened,
    target: Environment,
    options: PlanOptions,
    *,
    is_saved: bool,
    may_guess: bool,
    quiet: bool,
    charts: ChartSources = NOTHING_FETCHED,
) -> Plan:
    """The plan; where no cluster answers and *may_guess*, one that says so on every change."""
    tell = tell_on_stderr(quiet=quiet)
    try:
        async with open_site(places(), opened, target, tell=tell) as site:
            return await make_plan(site, options, is_saved=is_saved, tell=tell)
    except (Unavailable, NoWayIn) as err:
        if not may_guess:
            raise
        tell(f"cluster not observed: {err}")
    sources = open_offline(places(), opened, charts=charts, tell=tell)
    return await make_plan_without_cluster(opened.project, target, sources, GitRepository(opened.root), options)
