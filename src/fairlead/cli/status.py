"""`fairlead status`."""

from __future__ import annotations

import click
import orjson

from fairlead.actions.status import find_status
from fairlead.adapters.clock import SystemClock
from fairlead.bootstrap.places import Opened
from fairlead.bootstrap.site import open_site
from fairlead.cli.options import (
    choose_environment,
    colour_option,
    environment_option,
    open_here,
    output_option,
    places,
    run_async,
)
from fairlead.cli.terminal import columns_of_stdout, show
from fairlead.formats.codec import to_json
from fairlead.formats.status_text import status_lines
from fairlead.model.environment import Environment
from fairlead.model.status import EnvironmentStatus


@click.command()
@environment_option
@output_option
@colour_option
def status(environment: str | None, output: str) -> int:
    """Show what runs where, in which version, since when, and whether it is healthy."""
    opened = open_here()
    target = choose_environment(opened.project, environment)
    found = run_async(_find(opened, target))
    if output == "json":
        click.echo(orjson.dumps({"schema": "fairlead.dev/status/v1", **to_json(found)}))
    else:
        show(status_lines(found, now=SystemClock().now(), columns=columns_of_stdout()))
    return 0


async def _find(opened: Opened, target: Environment) -> EnvironmentStatus:
    async with open_site(places(), opened, target, tell=lambda _: None) as site:
        return await find_status(site)
