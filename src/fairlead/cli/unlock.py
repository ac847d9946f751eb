"""`fairlead unlock`."""

from __future__ import annotations

import sys

import click

from fairlead.actions.locks import Look, UnlockOptions, lock_place
from fairlead.actions.locks import unlock as release
from fairlead.bootstrap.places import Tell
from fairlead.bootstrap.settings import is_dead_here, request_timeout
from fairlead.cli.asking import ask
from fairlead.cli.at_site import at_site, print_json
from fairlead.cli.options import colour_option, environment_option, output_option, quiet_option
from fairlead.cli.terminal import show
from fairlead.engine.site import Site
from fairlead.formats.codec import to_json
from fairlead.formats.lock_text import held_lines
from fairlead.model.lock import HeldLock


@click.command()
@environment_option
@click.option("--root", metavar="COMPONENT", default="", help="The Terraform root, where its backend hides its locks.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@output_option
@quiet_option
@colour_option
@click.argument("lock_id", required=False, default="", metavar="[ID]")
def unlock(environment: str | None, root: str, yes: bool, output: str, quiet: bool, lock_id: str) -> int:
    """Release the lock ID of an environment or of a Terraform state, as `fairlead locks` names it; without ID the only
    one that is held.

    Refuses where the holder is alive. Asks before it releases one; without a terminal, --yes is needed.
    """
    options = UnlockOptions(id=lock_id, root=root, is_agreed=yes)

    async def work(site: Site, tell: Tell) -> HeldLock | None:
        look = Look(is_dead_here=is_dead_here, request_timeout=request_timeout(), tell=tell)
        return await release(lock_place(site), options, look, _confirm)

    _, released = at_site(environment, work, quiet=quiet)
    if output == "json":
        print_json("unlock", {"released": to_json(released) if released else None})
    else:
        click.echo(f"released lock {released.id} of {released.guards}" if released else "no lock is held")
    return 0


async def _confirm(lock: HeldLock) -> bool:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    show(held_lines(lock), err=True)
    return await ask(f"Release lock {lock.id}?")
