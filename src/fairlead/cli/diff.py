"""`fairlead diff`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from fairlead.actions.diff import State, diff_environments
from fairlead.bootstrap.sources import open_sources
from fairlead.cli.files import require_folder, write_result
from fairlead.cli.options import colour_option, open_here, places, quiet_option, run_async, tell_on_stderr
from fairlead.cli.terminal import show
from fairlead.formats.comparison_files import format_comparison_report
from fairlead.formats.comparison_text import comparison_lines
from fairlead.model.comparison import Comparison
from fairlead.model.errors import InputError
from fairlead.model.exit_codes import ExitCode


@click.command()
@click.argument("first")
@click.argument("second")
@click.option("-l", "--selector", multiple=True, help="Components: NAME or KEY=VALUE,…; several mean or.")
@click.option(
    "-o", "--output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Form of the result."
)
@click.option(
    "--report-file",
    type=click.Path(path_type=Path),
    help="Also write the result: text if it ends in .txt, else JSON.",
)
@click.option("--detailed-exitcode", is_flag=True, help="End with 2 when anything differs.")
@quiet_option
@colour_option
def diff(
    first: str,
    second: str,
    selector: tuple[str, ...],
    output: str,
    report_file: Path | None,
    detailed_exitcode: bool,
    quiet: bool,
) -> int:
    """Show what environment SECOND has otherwise than FIRST, offline. Values of Secrets are masked.

    Both are rendered as a deployment would, and matched object by object. Ends with 4 where a component does not
    render: what it would be cannot be compared.
    """
    if report_file is not None:
        require_folder(report_file)
    opened = open_here()
    before, after = opened.project.environment(first), opened.project.environment(second)
    if before.name == after.name:
        raise InputError(f"{first} and {second} are the same environment", hint="name two environments")
    sources = open_sources(places(), opened, access=None, cluster=None, tell=tell_on_stderr(quiet=quiet))
    state = State(project=opened.project, sources=sources)
    found = run_async(diff_environments(state, before, after, selector=selector))
    return _show(found, output=output, file=report_file, is_detailed=detailed_exitcode)


def _show(found: Comparison, *, output: str, file: Path | None, is_detailed: bool) -> int:
    code = _exit_code(found, is_detailed=is_detailed)
    if output == "text":
        show(comparison_lines(found))
    else:
        sys.stdout.buffer.write(format_comparison_report(found, output, exit_code=code) + b"\n")
        sys.stdout.buffer.flush()
    if file is not None:
        form = "text" if file.suffix == ".txt" else "json"
        write_result(file, format_comparison_report(found, form, exit_code=code))
    return code


def _exit_code(found: Comparison, *, is_detailed: bool) -> ExitCode:
    if found.not_compared:
        return ExitCode.INVALID
    return ExitCode.CHANGES if is_detailed and found.has_differences else ExitCode.DONE
