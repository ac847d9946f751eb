"""`fairlead locks`."""

from __future__ import annotations

import click

from fairlead.actions.locks import Look, find_locks, lock_place
from fairlead.bootstrap.places import Tell
from fairlead.bootstrap.settings import is_dead_here, request_timeout
from fairlead.cli.at_site import at_site, print_json
from fairlead.cli.options import colour_option, environment_option, output_option, quiet_option
from fairlead.cli.terminal import show
from fairlead.engine.site import Site
from fairlead.formats.codec import to_json
from fairlead.formats.lock_text import lock_lines
from fairlead.model.lock import LockReport


@click.command()
@environment_option
@output_option
@quiet_option
@colour_option
def locks(environment: str | None, output: str, quiet: bool) -> int:
    """Show who holds the lock of an environment and of its Terraform states, since when, for what, and whether the
    holder is known to be dead. Changes nothing."""
    _, found = at_site(environment, _find, quiet=quiet)
    if output == "json":
        print_json("locks", to_json(found))
    else:
        show(lock_lines(found))
    return 0


async def _find(site: Site, tell: Tell) -> LockReport:
    look = Look(is_dead_here=is_dead_here, request_timeout=request_timeout(), tell=tell)
    return await find_locks(lock_place(site), look)
