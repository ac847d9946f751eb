"""`fairlead test`: phase test alone, on what is deployed."""

from __future__ import annotations

import os
from pathlib import Path

import click

from fairlead.actions.check import CheckOptions
from fairlead.bootstrap.settings import holder_name, lease_ttl, new_run_id, request_timeout
from fairlead.cli.checking import Showing, check_and_report
from fairlead.cli.checking_options import checking_options
from fairlead.cli.options import choose_environment, open_here, with_timeout
from fairlead.model.errors import InputError
from fairlead.model.finding import Severity
from fairlead.model.plan import Phase, StepKind
from fairlead.model.report import RESULTS_FILE
from fairlead.planning.selection import select

READ_ONLY = frozenset({StepKind.TEST_ROLLOUTS, StepKind.TEST_HTTP, StepKind.TEST_DNS})


@click.command(context_settings={"allow_interspersed_args": False})
@checking_options
@click.option("-l", "--selector", multiple=True, help="Tests: NAME or KEY=VALUE,…; several mean or.")
@click.option(
    "--read-only", is_flag=True, help="Only tests that write nothing and run no command: rollouts, http, dns."
)
@click.option("--timeout", metavar="DURATION", help="Wait this long for each test, e.g. 90s or 10m.")
@click.option(
    "--results-file",
    type=click.Path(path_type=Path),
    help=f"Where the JUnit file goes that is always written. Default: {RESULTS_FILE} in the project.",
)
@click.argument("test_command", nargs=-1, type=click.UNPROCESSED)
def test(
    environment: str | None,
    output: str,
    report_file: Path | None,
    events_file: Path | None,
    fail_on: str,
    parallelism: int,
    quiet: bool,
    selector: tuple[str, ...],
    read_only: bool,
    timeout: str | None,
    results_file: Path | None,
    test_command: tuple[str, ...],
) -> int:
    """Run the tests of an environment on what is deployed there, however fresh earlier results are.

    Words after the flags are one more test. Deploys nothing, and leaves the record of the last deployment as it is.
    """
    _refuse_command(test_command, read_only=read_only)
    refuse_inside_a_run(read_only=read_only)
    opened = with_timeout(open_here(only=environment), timeout)
    target = choose_environment(opened.project, environment)
    options = CheckOptions(
        phase=Phase.TEST,
        run_id=new_run_id(),
        holder=holder_name(),
        kinds=READ_ONLY if read_only else None,
        selected=select(opened.project.components_of(target), selector),
        extra_test=test_command,
        fail_on=Severity(fail_on),
        parallelism=parallelism,
        lease_ttl=lease_ttl(),
        request_timeout=request_timeout(),
    )
    files = (results_file or opened.root / RESULTS_FILE, *([report_file] if report_file else []))
    return check_and_report(
        opened, target, options, Showing(output=output, files=files, events_file=events_file, quiet=quiet)
    )


def _refuse_command(command: tuple[str, ...], *, read_only: bool) -> None:
    if read_only and command:
        raise InputError(
            f"--read-only runs no command, so {command[0]} would not run",
            hint="leave out either --read-only or the command",
        )


def refuse_inside_a_run(*, read_only: bool) -> None:
    """A command of a run's own tests that ran all tests would start itself again, and wait for its own lock."""
    run = os.environ.get("FAIRLEAD_RUN")
    if run and not read_only:
        raise InputError(f"this is a command of run {run}: it cannot run all tests", hint="add --read-only")
