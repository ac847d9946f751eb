"""What a verb does that looks at one environment: find the project and the environment, ask there, print the answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import click
import orjson

from fairlead.actions.running import RunOptions
from fairlead.bootstrap.places import Tell
from fairlead.bootstrap.settings import holder_name, lease_ttl, new_run_id, request_timeout
from fairlead.bootstrap.site import open_site
from fairlead.cli.options import choose_environment, open_here, places, run_async, tell_on_stderr
from fairlead.engine.site import Site
from fairlead.model.environment import Environment

T = TypeVar("T")


def at_site(
    environment: str | None, work: Callable[[Site, Tell], Awaitable[T]], *, quiet: bool = False
) -> tuple[Environment, T]:
    """The environment that is meant, and what *work* found there. Raises InputError where none is meant."""
    opened = open_here()
    target = choose_environment(opened.project, environment)
    tell = tell_on_stderr(quiet=quiet)

    async def main() -> T:
        async with open_site(places(), opened, target, tell=tell) as site:
            return await work(site, tell)

    return target, run_async(main())


def print_json(schema: str, said: Mapping[str, Any]) -> None:
    click.echo(orjson.dumps({"schema": f"fairlead.dev/{schema}/v1", **said}))


def run_options() -> RunOptions:
    """For a verb that takes the lock and asks for nothing else."""
    return RunOptions(
        run_id=new_run_id(), holder=holder_name(), lease_ttl=lease_ttl(), request_timeout=request_timeout()
    )
