"""`fairlead schema`."""

from __future__ import annotations

import click
import orjson

from fairlead.readers.project_schema import project_json_schema


@click.command()
def schema() -> int:
    """Print the JSON Schema of fairlead.yaml, for editors."""
    click.echo(orjson.dumps(project_json_schema(), option=orjson.OPT_INDENT_2))
    return 0
