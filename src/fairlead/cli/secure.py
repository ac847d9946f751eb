"""`fairlead secure`: phase secure alone, on what is deployed."""

from __future__ import annotations

from pathlib import Path

import click

from fairlead.actions.check import CheckOptions
from fairlead.bootstrap.settings import holder_name, new_run_id
from fairlead.cli.checking import Showing, check_and_report
from fairlead.cli.checking_options import checking_options
from fairlead.cli.options import choose_environment, open_here
from fairlead.model.finding import Severity
from fairlead.model.plan import Phase, StepKind

CHECKS = {
    "policies": frozenset({StepKind.POD_SECURITY, StepKind.POLICIES}),
    "tls": frozenset({StepKind.TLS}),
    "certificates": frozenset({StepKind.CERTIFICATES}),
}
"""What `--check` can name."""


@click.command()
@checking_options
@click.option(
    "--check",
    "checks",
    type=click.Choice([*CHECKS, "all"]),
    multiple=True,
    default=["all"],
    show_default=True,
    help="What to look at; may be given several times.",
)
def secure(
    environment: str | None,
    output: str,
    report_file: Path | None,
    events_file: Path | None,
    fail_on: str,
    parallelism: int,
    quiet: bool,
    checks: tuple[str, ...],
) -> int:
    """Check the security of what is deployed in an environment. Writes nothing, and takes no lock."""
    opened = open_here(only=environment)
    target = choose_environment(opened.project, environment)
    kinds = None if "all" in checks else frozenset(kind for name in checks for kind in CHECKS[name])
    options = CheckOptions(
        phase=Phase.SECURE,
        run_id=new_run_id(),
        holder=holder_name(),
        kinds=kinds,
        fail_on=Severity(fail_on),
        parallelism=parallelism,
    )
    files = (report_file,) if report_file else ()
    return check_and_report(
        opened, target, options, Showing(output=output, files=files, events_file=events_file, quiet=quiet)
    )
