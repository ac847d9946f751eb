"""`fairlead validate`."""

from __future__ import annotations

from pathlib import Path

import click

from fairlead.actions.validate import validate as validate_project
from fairlead.adapters.clock import SystemClock
from fairlead.adapters.helm.supply import ChartSources, parse_sources
from fairlead.adapters.schemas.validator import SchemaValidator
from fairlead.bootstrap.sources import open_offline
from fairlead.cli.checking_options import validating_options
from fairlead.cli.files import require_folder
from fairlead.cli.options import (
    chart_source_option,
    open_here,
    places,
    repository_option,
    run_async,
    tell_on_stderr,
)
from fairlead.cli.partial import scan_beside_faults
from fairlead.cli.validation import show_validation
from fairlead.model.errors import InputError
from fairlead.model.finding import Finding, Severity
from fairlead.model.repository import Checkout
from fairlead.model.validation import Validation
from fairlead.model.waiver import Waiver
from fairlead.readers.waiver_file import load_waivers


@click.command()
@validating_options
@click.option("-v", "--verbose", is_flag=True, help="Show each finding on its own, and those that are waived, too.")
@chart_source_option
@repository_option
@click.option("--pre-deployment", is_flag=True, help="Phase 1 of a deployment, against the environment's cluster.")
def validate(
    environment: str | None,
    output: str,
    report_file: Path | None,
    events_file: Path | None,
    fail_on: str,
    parallelism: int,
    quiet: bool,
    verbose: bool,
    pre_deployment: bool,
    chart_sources: tuple[str, ...],
    checkouts: tuple[Checkout, ...],
) -> int:
    """Build every environment and check it: files, charts, kustomizations, and the objects they give. Offline.

    All environments unless one is named. Ends with 4 when there is a finding of --fail-on or graver, with 1 when there
    was nothing to check, in every form of the result. Each finding has a rule, and each rule a page: docs/rules.

    With --pre-deployment: all that phase validate of a deployment checks, and more thoroughly: tools and versions,
    the state of each Terraform root, the cluster's health, the configuration, names that must resolve. Writes nothing.
    """
    if pre_deployment:
        if output in ("sarif", "markdown"):
            raise InputError(f"--pre-deployment has no report as {output}", hint="take text, json or junit")
        from fairlead.cli.validate_in_place import validate_in_place

        return validate_in_place(
            environment,
            output=output,
            report_file=report_file,
            events_file=events_file,
            fail_on=Severity(fail_on),
            parallelism=parallelism,
            quiet=quiet,
        )
    if events_file:
        raise InputError("--events-file is for --pre-deployment", hint="add --pre-deployment")
    if report_file:
        require_folder(report_file)
    charts = parse_sources(chart_sources, is_offline=True)
    found = _judge(environment, charts, checkouts, parallelism=parallelism, quiet=quiet)
    return show_validation(found, output=output, file=report_file, fail_on=Severity(fail_on), verbose=verbose)


def _judge(
    environment: str | None,
    charts: ChartSources,
    checkouts: tuple[Checkout, ...],
    *,
    parallelism: int,
    quiet: bool,
) -> Validation:
    try:
        opened = open_here(only=environment, checkouts=checkouts)
    except InputError as err:
        return scan_beside_faults(err, Path.cwd())
    chosen = opened.project.environments.values()
    targets = [opened.project.environment(environment)] if environment else [*chosen]
    sources = open_offline(places(), opened, charts=charts, tell=tell_on_stderr(quiet=quiet))
    waivers, faults = _waivers(opened.root)
    work = validate_project(
        opened.project,
        targets,
        sources,
        SchemaValidator(),
        seen=opened.reading.findings if opened.reading else (),
        waivers=waivers,
        today=SystemClock().now().date(),
        parallelism=parallelism,
    )
    found = run_async(work)
    found.findings = [*faults, *found.findings]
    found.settle()
    return found


def _waivers(root: Path) -> tuple[tuple[Waiver, ...], tuple[Finding, ...]]:
    """What the project waives, or why that cannot be read: then nothing is waived."""
    try:
        return load_waivers(root), ()
    except InputError as err:
        return (), err.as_findings()
