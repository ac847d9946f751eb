"""`fairlead resume`: the run that was cut off, from any clone."""

from __future__ import annotations

from typing import Any

import click

from fairlead.actions.deploy import DeployOptions
from fairlead.bootstrap.settings import holder_name, lease_ttl, new_run_id, request_timeout
from fairlead.cli.deploy import run_and_report, take_wishes, with_running_options
from fairlead.cli.options import choose_environment, open_here, plan_options, planning_options, with_timeout


@click.command()
@planning_options
@with_running_options
def resume(environment: str | None, timeout: str | None, parallelism: int, force_conflicts: bool, **flags: Any) -> int:
    """Continue the last run of an environment where it was cut off; the same project and flags are needed."""
    wishes, flags = take_wishes(flags)
    opened = with_timeout(open_here(only=environment), timeout)
    target = choose_environment(opened.project, environment)
    options = DeployOptions(
        plan=plan_options(opened.project, target, **flags),
        run_id=new_run_id(),
        holder=holder_name(),
        parallelism=parallelism,
        force_conflicts=force_conflicts,
        is_resume=True,
        lease_ttl=lease_ttl(),
        request_timeout=request_timeout(),
    )
    return run_and_report(opened, target, options, wishes)
