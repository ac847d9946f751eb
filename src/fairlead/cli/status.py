"""`fairlead status`."""

from __future__ import annotations

import click

from fairlead.actions.status import find_status
from fairlead.adapters.clock import SystemClock
from fairlead.cli.at_site import at_site, print_json
from fairlead.cli.options import colour_option, environment_option, output_option
from fairlead.cli.terminal import columns_of_stdout, show
from fairlead.formats.codec import to_json
from fairlead.formats.status_text import status_lines


@click.command()
@environment_option
@output_option
@colour_option
def status(environment: str | None, output: str) -> int:
    """Show what runs where, in which version, since when, and whether it is healthy."""
    _, found = at_site(environment, lambda site, _: find_status(site), quiet=True)
    if output == "json":
        print_json("status", to_json(found))
    else:
        show(status_lines(found, now=SystemClock().now(), columns=columns_of_stdout()))
    return 0
