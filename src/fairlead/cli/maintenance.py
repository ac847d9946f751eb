"""`fairlead maintenance`: start, end, status."""

from __future__ import annotations

import click

from fairlead.actions.maintenance import end_maintenance, find_maintenance, start_maintenance
from fairlead.cli.at_site import at_site, print_json, run_options
from fairlead.cli.options import environment_option, output_option
from fairlead.formats.codec import to_json


@click.group()
def maintenance() -> None:
    """Close an environment to deployments, and open it again.

    `fairlead deploy --maintenance-mode` does both round a deployment. What is scaled and where it is announced is in
    `maintenance:` of the environment.
    """


@maintenance.command()
@environment_option
@click.option("--reason", required=True, help="Why, for those who are refused.")
def start(environment: str | None, reason: str) -> int:
    """Close the environment: deployments are refused until somebody ends it."""
    target, closed = at_site(
        environment, lambda site, tell: start_maintenance(site, run_options(), reason=reason, tell=tell)
    )
    click.echo(f"{target.name} is {closed}")
    return 0


@maintenance.command()
@environment_option
def end(environment: str | None) -> int:
    """Scale back what was scaled, and open the environment again; also after a run that failed or was cut off."""
    target, closed = at_site(environment, lambda site, tell: end_maintenance(site, run_options(), tell=tell))
    click.echo(f"{target.name} is open again; it was {closed}")
    return 0


@maintenance.command()
@environment_option
@output_option
def status(environment: str | None, output: str) -> int:
    """Say whether the environment is closed: since when, by whom, why, and what is scaled."""
    target, found = at_site(environment, lambda site, _: find_maintenance(site), quiet=True)
    if output == "json":
        print_json("maintenance", {"environment": target.name, "maintenance": to_json(found)})
        return 0
    click.echo(f"{target.name} is {found or 'open'}")
    for each in found.scaled if found else ():
        click.echo(f"  {each.ref}: {each.before} replicas, {each.during} meanwhile")
    return 0
