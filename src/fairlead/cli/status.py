"""`fairlead status`."""

from __future__ import annotations

import click
import orjson

from fairlead.actions.status import EnvironmentStatus, find_status
from fairlead.bootstrap import Opened, open_site
from fairlead.cli.options import choose_environment, environment_option, open_here, output_option, places, run_async
from fairlead.cli.terminal import say
from fairlead.formats.codec import to_json
from fairlead.formats.status_text import format_bundle_line, format_run_lines, format_table, format_unfinished
from fairlead.model.environment import Environment


@click.command()
@environment_option
@output_option
def status(environment: str | None, output: str) -> int:
    """Show what runs where, in which version, since when, and whether it is healthy."""
    opened = open_here()
    target = choose_environment(opened.project, environment)
    found = run_async(_find(opened, target))
    if output == "json":
        click.echo(orjson.dumps({"schema": "fairlead.dev/status/v1", **to_json(found)}))
    else:
        _show(found)
    return 0


async def _find(opened: Opened, target: Environment) -> EnvironmentStatus:
    async with open_site(places(), opened, target, tell=lambda _: None) as site:
        return await find_status(site)


def _show(found: EnvironmentStatus) -> None:
    simulated = " (simulated)" if found.simulated else ""
    nodes = f"{found.nodes_ready} of {found.nodes} nodes ready{simulated}"
    click.echo(f"{found.environment}: Kubernetes {found.kubernetes}, {nodes}")
    if found.lock is not None and found.lock.holder:
        click.echo(f"locked by {found.lock.holder}")
    if found.run is None:
        click.echo("nothing was deployed here yet")
        return
    say("\n".join(format_run_lines(found.run)))
    for line in format_unfinished(found.run):
        click.echo(line)
    if found.bundle is not None:
        say(format_bundle_line(found.bundle))
    rows = [
        (
            c.name,
            c.version,
            str(c.objects),
            f"{c.since:%Y-%m-%d %H:%M:%S}" if c.since else "",
            "healthy" if not c.problem else c.problem,
        )
        for c in found.components
    ]
    click.echo(format_table(rows, header=("COMPONENT", "VERSION", "OBJECTS", "SINCE (UTC)", "HEALTH")), nl=False)
