"""`fairlead local open`."""

from __future__ import annotations

import asyncio

import click

from fairlead.actions.open_service import opened_service
from fairlead.bootstrap.trial import open_forwarding
from fairlead.cli.options import choose_environment, environment_option, open_here, places, run_async
from fairlead.cli.terminal import say
from fairlead.model.errors import InputError


@click.command("open")
@click.argument("service", metavar="NAMESPACE/SERVICE[:PORT]")
@environment_option
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="The port of 127.0.0.1; any free one if left out."
)
def open_service(service: str, environment: str | None, port: int) -> int:
    """Give a Service a port of this machine until Ctrl-C. PORT is a number or a name."""
    place, _, wanted = service.partition(":")
    namespace, slash, name = place.partition("/")
    if not (slash and namespace and name):
        raise InputError(f"not a Service: {service}", hint="write NAMESPACE/SERVICE:PORT, e.g. shop/web:80")
    opened = open_here()
    target = choose_environment(opened.project, environment)

    async def work() -> None:
        async with (
            open_forwarding(places(), opened, target, tell=lambda text: say(text, err=True)) as (cluster, forwarding),
            opened_service(namespace, name, wanted, cluster=cluster, forwarding=forwarding, listen=port) as (
                number,
                pod,
            ),
        ):
            say(f"http://127.0.0.1:{number}")
            say(f"leads to {pod}; Ctrl-C ends it", err=True)
            await asyncio.Event().wait()

    try:
        run_async(work())
    except KeyboardInterrupt:
        # The end that was asked for.
        return 0
    return 0
