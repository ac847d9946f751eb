"""`fairlead maintenance`: start, end, status."""

from __future__ import annotations

import click
import orjson

from fairlead.actions.maintenance import end_maintenance, find_maintenance, start_maintenance
from fairlead.actions.running import RunOptions
from fairlead.bootstrap.places import Opened
from fairlead.bootstrap.settings import holder_name, lease_ttl, new_run_id, request_timeout
from fairlead.bootstrap.site import open_site
from fairlead.cli.options import (
    choose_environment,
    environment_option,
    open_here,
    output_option,
    places,
    run_async,
    tell_on_stderr,
)
from fairlead.formats.codec import to_json
from fairlead.model.environment import Environment
from fairlead.model.maintenance import Maintenance


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
    opened = open_here()
    target = choose_environment(opened.project, environment)
    closed = run_async(_start(opened, target, reason))
    click.echo(f"{target.name} is {closed}")
    return 0


@maintenance.command()
@environment_option
def end(environment: str | None) -> int:
    """Scale back what was scaled, and open the environment again; also after a run that failed or was cut off."""
    opened = open_here()
    target = choose_environment(opened.project, environment)
    closed = run_async(_end(opened, target))
    click.echo(f"{target.name} is open again; it was {closed}")
    return 0


@maintenance.command()
@environment_option
@output_option
def status(environment: str | None, output: str) -> int:
    """Say whether the environment is closed: since when, by whom, why, and what is scaled."""
    opened = open_here()
    target = choose_environment(opened.project, environment)
    found = run_async(_find(opened, target))
    if output == "json":
        said = {"schema": "fairlead.dev/maintenance/v1", "environment": target.name, "maintenance": to_json(found)}
        click.echo(orjson.dumps(said))
        return 0
    click.echo(f"{target.name} is {found or 'open'}")
    for each in found.scaled if found else ():
        click.echo(f"  {each.ref}: {each.before} replicas, {each.during} meanwhile")
    return 0


def _options() -> RunOptions:
    return RunOptions(
        run_id=new_run_id(), holder=holder_name(), lease_ttl=lease_ttl(), request_timeout=request_timeout()
    )


async def _start(opened: Opened, target: Environment, reason: str) -> Maintenance:
    tell = tell_on_stderr(quiet=False)
    async with open_site(places(), opened, target, tell=tell) as site:
        return await start_maintenance(site, _options(), reason=reason, tell=tell)


async def _end(opened: Opened, target: Environment) -> Maintenance:
    tell = tell_on_stderr(quiet=False)
    async with open_site(places(), opened, target, tell=tell) as site:
        return await end_maintenance(site, _options(), tell=tell)


async def _find(opened: Opened, target: Environment) -> Maintenance | None:
    async with open_site(places(), opened, target, tell=lambda _: None) as site:
        return await find_maintenance(site)
