"""`fairlead unpin`."""

from __future__ import annotations

import click
import orjson

from fairlead.actions.pinning import unpin as end_pin
from fairlead.actions.running import RunOptions
from fairlead.bootstrap.places import Opened
from fairlead.bootstrap.settings import holder_name, lease_ttl, new_run_id, request_timeout
from fairlead.bootstrap.site import open_site
from fairlead.cli.options import (
    choose_environment,
    colour_option,
    environment_option,
    open_here,
    output_option,
    places,
    run_async,
    tell_on_stderr,
)
from fairlead.formats.codec import to_json
from fairlead.formats.pin_text import format_pin
from fairlead.model.environment import Environment
from fairlead.model.record import Pin


@click.command()
@environment_option
@output_option
@colour_option
def unpin(environment: str | None, output: str) -> int:
    """End the pin that a rollback left: the next deploy brings what the project says."""
    opened = open_here()
    target = choose_environment(opened.project, environment)
    ended = run_async(_unpin(opened, target))
    if output == "json":
        click.echo(orjson.dumps({"schema": "fairlead.dev/pin/v1", "environment": target.name, "ended": to_json(ended)}))
    else:
        click.echo(f"{target.name} is pinned no more; it was {format_pin(ended)}")
    return 0


async def _unpin(opened: Opened, target: Environment) -> Pin:
    options = RunOptions(
        run_id=new_run_id(), holder=holder_name(), lease_ttl=lease_ttl(), request_timeout=request_timeout()
    )
    tell = tell_on_stderr(quiet=False)
    async with open_site(places(), opened, target, tell=tell) as site:
        return await end_pin(site, options, tell=tell)
