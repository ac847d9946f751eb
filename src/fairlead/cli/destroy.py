"""`fairlead destroy`: plan, have the environment's name typed, remove, report."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from typing import Any

import click

from fairlead.actions.deploy import DeployOptions
from fairlead.bootstrap.settings import holder_name, lease_ttl, new_run_id, request_timeout
from fairlead.cli.asking import ask_for
from fairlead.cli.debugging import debug_option
from fairlead.cli.deploy import Wishes, run_and_report, take_wishes, with_options_of_a_run
from fairlead.cli.options import (
    also_option,
    choose_environment,
    colour_option,
    environment_option,
    open_here,
    quiet_option,
    with_timeout,
)
from fairlead.cli.progress import Watcher
from fairlead.cli.terminal import show
from fairlead.engine.plan_options import PlanOptions
from fairlead.formats.plan_text import plan_lines
from fairlead.model.errors import Refused
from fairlead.model.plan import Plan
from fairlead.model.removal import Removal


@click.command()
@environment_option
@also_option
@click.option("--with-terraform", is_flag=True, help="Destroy what Terraform made as well.")
@click.option("--timeout", metavar="DURATION", help="Wait this long for each component, e.g. 90s or 10m.")
@debug_option
@quiet_option
@colour_option
@with_options_of_a_run
@click.argument("components", nargs=-1, metavar="[COMPONENT]...")
def destroy(
    environment: str | None,
    named: tuple[str, ...],
    with_terraform: bool,
    timeout: str | None,
    parallelism: int,
    components: tuple[str, ...],
    **flags: Any,
) -> int:
    """Remove what was deployed to an environment, or only some COMPONENTs of it, users before what they use.

    Claims, volumes, namespaces, and definitions with objects stay unless they are named with --prune-also.
    """
    wishes, _ = take_wishes(flags)
    opened = with_timeout(open_here(), timeout)
    target = choose_environment(opened.project, environment)
    removal = Removal(destroy=True, with_terraform=with_terraform, components=components, named=named)
    options = DeployOptions(
        plan=PlanOptions(removal=removal),
        run_id=new_run_id(),
        holder=holder_name(),
        parallelism=parallelism,
        lease_ttl=lease_ttl(),
        request_timeout=request_timeout(),
    )
    return run_and_report(opened, target, options, wishes, confirm=_typed)


def _typed(wishes: Wishes, watcher: Watcher) -> Callable[[Plan], Awaitable[bool]]:
    """Have the environment's name typed: yes is said too easily."""

    async def confirm(plan: Plan) -> bool:
        if wishes.yes:
            return True
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise Refused("nobody is there to confirm: nothing was removed", hint="pass --yes to destroy it unasked")
        with watcher.paused():
            show([*plan_lines(plan), ()], err=True)
            return await ask_for(plan.environment, f"This removes it. Type {plan.environment} to go on:")

    return confirm
