"""`fairlead history`."""

from __future__ import annotations

import click
import orjson

from fairlead.actions.history import find_history
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
from fairlead.formats.status_text import history_lines
from fairlead.model.environment import Environment
from fairlead.model.run import RunSummary


@click.command()
@environment_option
@output_option
@colour_option
def history(environment: str | None, output: str) -> int:
    """List the runs of an environment, newest first."""
    opened = open_here()
    target = choose_environment(opened.project, environment)
    found = run_async(_find(opened, target))
    if output == "json":
        click.echo(orjson.dumps({"schema": "fairlead.dev/history/v1", "runs": to_json(found)}))
    else:
        show(history_lines(found, columns=columns_of_stdout()))
    return 0


async def _find(opened: Opened, target: Environment) -> tuple[RunSummary, ...]:
    async with open_site(places(), opened, target, tell=lambda _: None) as site:
        return await find_history(site.state)
