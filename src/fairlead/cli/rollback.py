"""`fairlead rollback`: back to a bundle that ran well, and pinned to it."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import click

from fairlead.actions.carrying_out import Audience
from fairlead.actions.rollback import RollbackOptions, plan_rollback
from fairlead.actions.rollback import rollback as roll_back
from fairlead.bootstrap.places import Opened
from fairlead.bootstrap.settings import holder_name, lease_ttl, new_run_id, request_timeout
from fairlead.bootstrap.site import open_site
from fairlead.cli.debugging import debug_option
from fairlead.cli.deploy import Work, report_on, take_wishes, with_running_options
from fairlead.cli.options import (
    choose_environment,
    colour_option,
    environment_option,
    open_here,
    places,
    quiet_option,
    run_async,
    tell_on_stderr,
)
from fairlead.cli.plan import show_plan
from fairlead.engine.site import Site
from fairlead.model.environment import Environment
from fairlead.model.exit_codes import ExitCode
from fairlead.model.plan import Plan
from fairlead.model.report import Report


@click.command()
@environment_option
@click.option(
    "--to", default="", metavar="RUN", help="The run whose bundle is wanted. Default: the last good one before."
)
@click.option("--now", is_flag=True, help="Write to the cluster now, and pin the environment to that bundle.")
@click.option("--dry-run", is_flag=True, help="Only show the plan; changes nothing.")
@click.option("--reason", default="", metavar="TEXT", help="Why; `status` and `history` show it.")
@click.option("--with-terraform", is_flag=True, help="Also Terraform roots: refused, with what to do instead.")
@with_running_options
@debug_option
@quiet_option
@colour_option
@click.argument("components", nargs=-1)
def rollback(
    environment: str | None,
    to: str,
    now: bool,
    dry_run: bool,
    reason: str,
    with_terraform: bool,
    parallelism: int,
    force_conflicts: bool,
    components: tuple[str, ...],
    **flags: Any,
) -> int:
    """Return to the last good bundle before the present one, or to that of a run; COMPONENTS alone, if some are named.

    Releases return by `helm rollback`, other objects as they were recorded. Volumes, namespaces, CRDs and Terraform are
    left as they are.
    """
    wishes, _ = take_wishes(flags)
    opened = open_here()
    target = choose_environment(opened.project, environment)
    options = RollbackOptions(
        run_id=new_run_id(),
        holder=holder_name(),
        parallelism=parallelism,
        is_now=now,
        to=to,
        components=components,
        why=reason,
        force_conflicts=force_conflicts,
        with_terraform=with_terraform,
        lease_ttl=lease_ttl(),
        request_timeout=request_timeout(),
    )

    if dry_run:
        show_plan(run_async(_plan(opened, target, options, quiet=wishes.quiet)), output=wishes.output)
        return ExitCode.DONE

    def act(site: Site, audience: Audience) -> Awaitable[Report]:
        return roll_back(site, options, audience)

    return report_on(opened, target, Work(run_id=options.run_id, question="Roll {} back?", act=act), wishes)


async def _plan(opened: Opened, target: Environment, options: RollbackOptions, *, quiet: bool) -> Plan:
    tell = tell_on_stderr(quiet=quiet)
    async with open_site(places(), opened, target, tell=tell) as site:
        return await plan_rollback(site, options, tell=tell)
