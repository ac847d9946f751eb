"""`fairlead drift`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from fairlead.actions.drift import DriftOptions, find_drift
from fairlead.bootstrap.places import Opened
from fairlead.bootstrap.site import open_site
from fairlead.cli.files import require_folder, write_result
from fairlead.cli.options import (
    choose_environment,
    colour_option,
    environment_option,
    open_here,
    places,
    quiet_option,
    run_async,
    tell_on_stderr,
)
from fairlead.cli.terminal import show
from fairlead.formats.drift_files import form_of, format_report
from fairlead.formats.drift_text import drift_lines
from fairlead.model.drift import DriftReport
from fairlead.model.environment import Environment
from fairlead.model.errors import InputError
from fairlead.model.exit_codes import ExitCode
from fairlead.planning.selection import select

FORMS = ("text", "json", "markdown", "junit")


@click.command()
@environment_option
@click.option("-l", "--selector", multiple=True, help="Components: NAME or KEY=VALUE,…; several mean or.")
@click.option("-o", "--output", type=click.Choice(FORMS), default="text", show_default=True, help="Form of the result.")
@click.option(
    "--report-file",
    type=click.Path(path_type=Path),
    help="Also write the report: JUnit if it ends in .xml, markdown in .md, text in .txt, else JSON.",
)
@click.option("--revert", is_flag=True, help="Put it back, and record that: objects only, by whoever wrote them.")
@click.option("--adopt", is_flag=True, help="Write what was found into your files, where they give it.")
@click.option("--dry-run", is_flag=True, help="With --adopt: show what would be written.")
@click.option("-y", "--yes", is_flag=True, help="With --revert or --adopt: do not ask.")
@click.option("--watch", is_flag=True, help="Look again and again; puts drift back where the environment says so.")
@click.option("--interval", default="", metavar="DURATION", help="With --watch: between two looks, e.g. 30s.")
@click.option("--for", "duration", default="", metavar="DURATION", help="With --watch: end after this long.")
@click.option("--cycles", type=click.IntRange(min=0), default=0, help="With --watch: end after so many looks.")
@quiet_option
@colour_option
@click.argument("components", nargs=-1)
def drift(
    environment: str | None,
    selector: tuple[str, ...],
    output: str,
    report_file: Path | None,
    revert: bool,
    adopt: bool,
    dry_run: bool,
    yes: bool,
    watch: bool,
    interval: str,
    duration: str,
    cycles: int,
    quiet: bool,
    components: tuple[str, ...],
) -> int:
    """Show what differs between what was deployed and what is there. Ends with 2 if anything does.

    Takes no lock and writes nothing, but for --revert, for --adopt, and --watch where the environment allows it.
    COMPONENTS limits it to those.
    """
    given = {
        "--yes": yes,
        "--dry-run": dry_run,
        "--interval": interval,
        "--for": duration,
        "--cycles": cycles,
        "--report-file": report_file,
    }
    _refuse_two_purposes(watch=watch, revert=revert, adopt=adopt)
    _refuse_idle_flags(watch=watch, revert=revert, adopt=adopt, output=output, given=given)
    if report_file is not None:
        require_folder(report_file)
    opened = open_here(only=environment)
    target = choose_environment(opened.project, environment)
    options = DriftOptions(selected=_selected(opened, target, selector, components))
    if watch:
        from fairlead.cli.drift_watch import Watching, keep_watch

        wishes = Watching(interval=interval, duration=duration, cycles=cycles, output=output, quiet=quiet)
        return keep_watch(opened, target, options, wishes)
    if adopt:
        from fairlead.cli.write_back import AdoptFlags
        from fairlead.cli.write_back import adopt as take_into_files

        flags = AdoptFlags(is_trial=dry_run, yes=yes, is_json=output == "json", quiet=quiet)
        return take_into_files(opened, target, options, flags)
    if revert:
        from fairlead.cli.revert import put_back

        return put_back(opened, target, options, is_json=output == "json", file=report_file, yes=yes, quiet=quiet)
    report = run_async(_find(opened, target, options, quiet=quiet))
    _show(report, output)
    if report_file is not None:
        write_result(report_file, format_report(report, form_of(report_file.suffix)))
    return ExitCode.CHANGES if report.has_drift else ExitCode.DONE


def _refuse_two_purposes(*, watch: bool, revert: bool, adopt: bool) -> None:
    if watch and revert:
        raise InputError(
            "--watch and --revert do not go together",
            hint="`drift: {revert: true}` of the environment lets --watch put drift back",
        )
    if adopt and (watch or revert):
        other = "--watch" if watch else "--revert"
        raise InputError(f"--adopt and {other} do not go together", hint="run one after the other")


def _refuse_idle_flags(*, watch: bool, revert: bool, adopt: bool, output: str, given: Mapping[str, object]) -> None:
    """A flag that would do nothing is a mistake; so is a form of output that there is not."""
    own = ("--interval", "--for", "--cycles")
    idle = [flag for flag in own if given[flag] and not watch]
    if idle:
        raise InputError(f"{idle[0]} is for --watch", hint="add --watch, or leave it out")
    if given["--dry-run"] and not adopt:
        raise InputError("--dry-run is for --adopt", hint="`fairlead drift` alone writes nothing")
    if given["--yes"] and not revert and not adopt:
        raise InputError("--yes is for --revert and --adopt", hint="add one of them, or leave it out")
    if adopt and given["--report-file"]:
        raise InputError("--adopt writes no report", hint="its output can go to a file")
    if watch and given["--report-file"]:
        raise InputError(
            "--watch writes no report", hint="its output can go to a file; -o json gives a line for each news"
        )
    if (watch or revert or adopt) and output not in ("text", "json"):
        raise InputError(f"-o {output} is the form of a single check", hint="give -o text or json")


def _selected(
    opened: Opened, target: Environment, selector: Sequence[str], components: Sequence[str]
) -> frozenset[str] | None:
    picked = select(opened.project.components_of(target), selector) or frozenset()
    return picked | frozenset(components) or None


async def _find(opened: Opened, target: Environment, options: DriftOptions, *, quiet: bool) -> DriftReport:
    tell = tell_on_stderr(quiet=quiet)
    async with open_site(places(), opened, target, tell=tell) as site:
        return await find_drift(site, options, tell=tell)


def _show(report: DriftReport, output: str) -> None:
    if output == "text":
        show(drift_lines(report))
        return
    sys.stdout.buffer.write(format_report(report, output).rstrip(b"\n") + b"\n")
    sys.stdout.buffer.flush()
