"""`fairlead validate`."""

from __future__ import annotations

from pathlib import Path

import click
import orjson

from fairlead.actions.validate import Validation
from fairlead.actions.validate import validate as validate_project
from fairlead.adapters.schemas.validator import SchemaValidator
from fairlead.bootstrap import open_sources
from fairlead.cli.faults import show_finding
from fairlead.cli.options import (
    choose_environment,
    environment_option,
    open_here,
    output_option,
    places,
    quiet_option,
    run_async,
    tell_on_stderr,
)
from fairlead.cli.partial import scan_beside_faults
from fairlead.formats.codec import to_json
from fairlead.model.errors import InputError
from fairlead.model.exit_codes import ExitCode


@click.command()
@environment_option
@output_option
@quiet_option
def validate(environment: str | None, output: str, quiet: bool) -> int:
    """Check the project and its manifests against the schemas of their Kubernetes version, offline.

    All environments unless one is named. Ends with 4 when anything is wrong.
    """
    try:
        opened = open_here()
    except InputError as err:
        return _show(scan_beside_faults(err, Path.cwd()), output=output)
    chosen = opened.project.environments.values()
    targets = [choose_environment(opened.project, environment)] if environment else [*chosen]
    sources = open_sources(places(), opened, access=None, cluster=None, tell=tell_on_stderr(quiet=quiet))
    return _show(run_async(validate_project(opened.project, targets, sources, SchemaValidator())), output=output)


def _show(found: Validation, *, output: str) -> int:
    if output == "json":
        click.echo(orjson.dumps({"schema": "fairlead.dev/validation/v1", **to_json(found)}))
    else:
        for finding in found.findings:
            show_finding(finding)
        unknown = f", {found.unknown} of kinds without a schema" if found.unknown else ""
        said = f"checked {found.checked} objects{unknown}"
        click.echo(f"{said}: {found.errors} faults, {len(found.findings) - found.errors} warnings")
        if found.is_partial:
            click.echo("charts and kustomizations were not rendered: mend fairlead.yaml first")
    return ExitCode.INVALID if found.errors else ExitCode.DONE
