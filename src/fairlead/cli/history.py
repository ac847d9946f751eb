"""`fairlead history`."""

from __future__ import annotations

import click

from fairlead.actions.history import find_history
from fairlead.cli.at_site import at_site, print_json
from fairlead.cli.options import colour_option, environment_option, output_option
from fairlead.cli.terminal import columns_of_stdout, show
from fairlead.formats.codec import to_json
from fairlead.formats.status_text import history_lines


@click.command()
@environment_option
@output_option
@colour_option
def history(environment: str | None, output: str) -> int:
    """List the runs of an environment, newest first."""
    _, found = at_site(environment, lambda site, _: find_history(site.state), quiet=True)
    if output == "json":
        print_json("history", {"runs": to_json(found)})
    else:
        show(history_lines(found, columns=columns_of_stdout()))
    return 0
