"""`fairlead validate`."""

from __future__ import annotations

from pathlib import Path

import click
import orjson

from fairlead.actions.check import CheckOptions
from fairlead.actions.validate import Validation
from fairlead.actions.validate import validate as validate_project
from fairlead.adapters.schemas.validator import SchemaValidator
from fairlead.bootstrap.settings import holder_name, new_run_id, request_timeout
from fairlead.bootstrap.site import open_sources
from fairlead.cli.checking import Showing, check_and_report, checking_options
from fairlead.cli.faults import show_finding
from fairlead.cli.options import (
    choose_environment,
    open_here,
    places,
    run_async,
    tell_on_stderr,
)
from fairlead.cli.partial import scan_beside_faults
from fairlead.formats.codec import to_json
from fairlead.model.errors import InputError, StepFailed
from fairlead.model.exit_codes import ExitCode
from fairlead.model.finding import Severity
from fairlead.model.plan import Phase


@click.command()
@checking_options
@click.option("--pre-deployment", is_flag=True, help="Phase 1 of a deployment, against the environment's cluster.")
def validate(
    environment: str | None,
    output: str,
    report_file: Path | None,
    events_file: Path | None,
    fail_on: str,
    parallelism: int,
    quiet: bool,
    pre_deployment: bool,
) -> int:
    """Check the project and its manifests against the schemas of their Kubernetes version, offline.

    All environments unless one is named. Ends with 4 when anything is wrong, with 1 when there was nothing to check.

    With --pre-deployment: all that phase validate of a deployment checks, and more thoroughly: tools and versions,
    the state of each Terraform root, the cluster's health, the configuration, names that must resolve. Writes nothing.
    """
    if pre_deployment:
        files = (report_file,) if report_file else ()
        showing = Showing(output=output, files=files, events_file=events_file, quiet=quiet)
        return _validate_in_place(environment, showing, fail_on=Severity(fail_on), parallelism=parallelism)
    if output == "junit" or report_file or events_file:
        raise InputError(
            "-o junit, --report-file and --events-file are for --pre-deployment", hint="add --pre-deployment"
        )
    try:
        opened = open_here()
    except InputError as err:
        return _show(scan_beside_faults(err, Path.cwd()), output=output)
    chosen = opened.project.environments.values()
    targets = [choose_environment(opened.project, environment)] if environment else [*chosen]
    sources = open_sources(places(), opened, access=None, cluster=None, tell=tell_on_stderr(quiet=quiet))
    return _show(run_async(validate_project(opened.project, targets, sources, SchemaValidator())), output=output)


def _validate_in_place(environment: str | None, showing: Showing, *, fail_on: Severity, parallelism: int) -> int:
    opened = open_here()
    target = choose_environment(opened.project, environment)
    options = CheckOptions(
        phase=Phase.VALIDATE,
        run_id=new_run_id(),
        holder=holder_name(),
        fail_on=fail_on,
        parallelism=parallelism,
        request_timeout=request_timeout(),
    )
    return check_and_report(opened, target, options, showing)


def _show(found: Validation, *, output: str) -> int:
    if output == "json":
        click.echo(orjson.dumps({"schema": "fairlead.dev/validation/v1", **to_json(found)}))
    else:
        for finding in found.findings:
            show_finding(finding)
        unknown = f", {found.unknown} of kinds without a schema" if found.unknown else ""
        of = "" if found.checked else f" of {found.components} component{'s' * (found.components != 1)}"
        said = f"checked {found.checked} objects{of}{unknown}"
        click.echo(f"{said}: {found.errors} faults, {len(found.findings) - found.errors} warnings")
        if found.is_partial:
            click.echo("charts and kustomizations were not rendered: mend fairlead.yaml first")
    if found.errors:
        return ExitCode.INVALID
    if found.is_empty:
        raise StepFailed("nothing was checked: the components have no objects", hint="see `fairlead render`")
    return ExitCode.DONE
