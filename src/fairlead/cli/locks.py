"""`fairlead locks`."""

from __future__ import annotations

import click
import orjson

from fairlead.actions.locks import Look, find_locks, lock_place
from fairlead.bootstrap.places import Opened
from fairlead.bootstrap.settings import is_dead_here, request_timeout
from fairlead.bootstrap.site import open_site
from fairlead.cli.options import (
    choose_environment,
    colour_option,
    environment_option,
    open_here,
    output_option,
    places,
    quiet_option,
    run_async,
    tell_on_stderr,
)
from fairlead.cli.terminal import show
from fairlead.formats.codec import to_json
from fairlead.formats.lock_text import lock_lines
from fairlead.model.environment import Environment
from fairlead.model.lock import LockReport


@click.command()
@environment_option
@output_option
@quiet_option
@colour_option
def locks(environment: str | None, output: str, quiet: bool) -> int:
    """Show who holds the lock of an environment and of its Terraform states, since when, for what, and whether the
    holder is known to be dead. Changes nothing."""
    opened = open_here()
    target = choose_environment(opened.project, environment)
    found = run_async(_find(opened, target, quiet=quiet))
    if output == "json":
        click.echo(orjson.dumps({"schema": "fairlead.dev/locks/v1", **to_json(found)}))
    else:
        show(lock_lines(found))
    return 0


async def _find(opened: Opened, target: Environment, *, quiet: bool) -> LockReport:
    tell = tell_on_stderr(quiet=quiet)
    async with open_site(places(), opened, target, tell=tell) as site:
        return await find_locks(
            lock_place(site), Look(is_dead_here=is_dead_here, request_timeout=request_timeout(), tell=tell)
        )
