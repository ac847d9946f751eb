"""`fairlead import`."""

from __future__ import annotations

from pathlib import Path

import click
import orjson

from fairlead.bootstrap.reading import infer_project
from fairlead.cli.faults import show_finding
from fairlead.cli.files import write_result
from fairlead.cli.options import output_option, places, quiet_option, repository_option, run_async, tell_on_stderr
from fairlead.formats.codec import to_json
from fairlead.formats.project_text import format_project
from fairlead.formats.reading_text import format_reading
from fairlead.model.errors import InputError
from fairlead.model.exit_codes import ExitCode
from fairlead.model.repository import Checkout
from fairlead.readers.project_paths import FILE_NAME


@click.command(name="import")
@click.option("--dry-run", is_flag=True, help="Write nothing; print the file.")
@repository_option
@output_option
@quiet_option
def import_project(dry_run: bool, checkouts: tuple[Checkout, ...], output: str, quiet: bool) -> int:
    """Read the repository in this folder as it is, and write fairlead.yaml for it. Touches no other file.

    Says what it inferred and what it is not sure of. What it found wrong is told too; `fairlead validate` says more.
    """
    root = Path.cwd()
    file = root / FILE_NAME
    if file.exists() and not dry_run:
        raise InputError(f"{FILE_NAME} is here already", hint="remove it first, or look with --dry-run")
    nothing = InputError(f"nothing in {root} is known to deploy anything", hint="see `fairlead schema` to write one")
    tell = tell_on_stderr(quiet=quiet)
    opened = run_async(infer_project(places(), root, tell=tell, otherwise=nothing, checkouts=checkouts))
    if opened.reading is None:
        raise nothing
    text = format_project(opened.project, stated=opened.reading.stated)
    if not dry_run:
        write_result(file, text.encode(), mode=0o644)
    if output == "json":
        click.echo(orjson.dumps({"schema": "fairlead.dev/reading/v1", "file": text, **to_json(opened.reading)}))
        return ExitCode.DONE
    for finding in opened.reading.findings:
        show_finding(finding)
    click.echo(format_reading(opened.reading), nl=False)
    click.echo(text if dry_run else f"wrote {FILE_NAME}")
    return ExitCode.DONE
