"""`fairlead completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from fairlead.model.errors import InputError


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    """Print a completion script: eval "$(fairlead completion bash)"."""
    from fairlead.cli.main import cli

    found = get_completion_class(shell)
    if found is None:
        raise InputError(f"no completion for {shell}")
    click.echo(found(cli, {}, "fairlead", "_FAIRLEAD_COMPLETE").source())
    return 0
