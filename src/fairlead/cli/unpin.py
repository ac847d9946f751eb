"""`fairlead unpin`."""

from __future__ import annotations

import click

from fairlead.actions.pinning import unpin as end_pin
from fairlead.cli.at_site import at_site, print_json, run_options
from fairlead.cli.options import colour_option, environment_option, output_option
from fairlead.formats.codec import to_json
from fairlead.formats.pin_text import format_pin


@click.command()
@environment_option
@output_option
@colour_option
def unpin(environment: str | None, output: str) -> int:
    """End the pin that a rollback left: the next deploy brings what the project says."""
    target, ended = at_site(environment, lambda site, tell: end_pin(site, run_options(), tell=tell))
    if output == "json":
        print_json("pin", {"environment": target.name, "ended": to_json(ended)})
    else:
        click.echo(f"{target.name} is pinned no more; it was {format_pin(ended)}")
    return 0
