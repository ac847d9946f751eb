"""`fairlead diff`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from fairlead.actions.diff import State, diff_environments, diff_revisions
from fairlead.adapters.git.revisions import GitRevisions
from fairlead.adapters.helm.supply import ChartSources, parse_sources
from fairlead.bootstrap.places import Opened, Tell
from fairlead.bootstrap.reading import open_revision
from fairlead.bootstrap.sources import open_offline
from fairlead.cli.files import require_folder, write_result
from fairlead.cli.options import (
    chart_source_option,
    choose_environment,
    colour_option,
    open_here,
    places,
    quiet_option,
    repository_option,
    run_async,
    tell_on_stderr,
)
from fairlead.cli.terminal import show
from fairlead.formats.comparison.files import FORMS, form_of, format_diff
from fairlead.formats.comparison.text import report_lines
from fairlead.model.comparison import DiffReport
from fairlead.model.errors import InputError
from fairlead.model.exit_codes import ExitCode
from fairlead.model.frozen import dataclass
from fairlead.model.repository import Checkout
from fairlead.planning.revision_range import parse_range
from fairlead.readers.expected_file import load_expected


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What the flags ask for: two *environments*, or those of *limits* (all where empty) at the revisions *rev*."""

    environments: tuple[str, ...]
    rev: str | None
    limits: tuple[str, ...]
    selector: tuple[str, ...]
    charts: ChartSources


@click.command()
@click.argument("environments", nargs=-1, metavar="[FIRST SECOND]")
@click.option(
    "--rev",
    metavar="RANGE",
    help="Compare each environment at two revisions: main..HEAD, main...HEAD (since they parted), or main (with the "
    "working tree).",
)
@click.option("-e", "--environment", "limits", multiple=True, metavar="NAME", help="With --rev: only this one.")
@click.option("-l", "--selector", multiple=True, help="Components: NAME or KEY=VALUE,…; several mean or.")
@click.option("-o", "--output", type=click.Choice(FORMS), default="text", show_default=True, help="Form of the result.")
@click.option(
    "--report-file",
    type=click.Path(path_type=Path),
    help="Also write the result: markdown if it ends in .md, HTML in .html, text in .txt, else JSON.",
)
@click.option("--detailed-exitcode", is_flag=True, help="End with 2 when anything differs.")
@chart_source_option
@repository_option
@quiet_option
@colour_option
def diff(
    environments: tuple[str, ...],
    rev: str | None,
    limits: tuple[str, ...],
    selector: tuple[str, ...],
    output: str,
    report_file: Path | None,
    detailed_exitcode: bool,
    chart_sources: tuple[str, ...],
    checkouts: tuple[Checkout, ...],
    quiet: bool,
) -> int:
    """Show what environment SECOND has otherwise than FIRST, offline; or each one otherwise than at another revision.

    Both are rendered as a deployment would, and matched object by object. Values of Secrets are masked. Differences
    that fairlead.differences.yaml expects between two environments are counted only. Ends with 4 where a component does
    not render. What cannot be judged, or is not at hand, is named: with --detailed-exitcode that ends with 4 as well.
    """
    wish = _Wish(
        environments=environments,
        rev=rev,
        limits=limits,
        selector=selector,
        charts=parse_sources(chart_sources, is_offline=True),
    )
    _refuse_idle_flags(wish)
    if report_file is not None:
        require_folder(report_file)
    opened, tell = open_here(checkouts=checkouts), tell_on_stderr(quiet=quiet)
    report = _between_revisions(opened, wish, tell) if rev is not None else _between_two(opened, wish, tell)
    return _show(report, output=output, file=report_file, is_detailed=detailed_exitcode)


def _refuse_idle_flags(wish: _Wish) -> None:
    if wish.rev is None:
        if wish.limits:
            raise InputError("-e is for --rev", hint="name two environments: `fairlead diff staging production`")
        if len(wish.environments) != 2:
            raise InputError("diff compares two environments", hint="name them, or give --rev main..HEAD")
    elif wish.environments:
        raise InputError("--rev compares an environment with itself", hint="limit it with -e NAME")


def _between_two(opened: Opened, wish: _Wish, tell: Tell) -> DiffReport:
    project = opened.project
    first, second = (choose_environment(project, name) for name in wish.environments)
    if first.name == second.name:
        raise InputError(
            f"{wish.environments[0]} and {wish.environments[1]} are the same environment",
            hint="name two, or compare it with another revision: --rev main",
        )
    expected = load_expected(
        opened.root, components=[c.name for c in project.components], environments=[*project.environments]
    )
    state = _state(opened, wish, tell)
    return run_async(diff_environments(state, first, second, selector=wish.selector, expected=expected))


def _between_revisions(opened: Opened, wish: _Wish, tell: Tell) -> DiffReport:
    async def open_at(folder: Path) -> State:
        return _state(await open_revision(places(), folder, tell=tell, checkouts=opened.checkouts), wish, tell)

    return run_async(
        diff_revisions(
            _state(opened, wish, tell),
            GitRevisions(opened.root, cache=places().cache),
            parse_range(wish.rev or ""),
            environments=wish.limits,
            selector=wish.selector,
            open_at=open_at,
        )
    )


def _state(opened: Opened, wish: _Wish, tell: Tell) -> State:
    return State(project=opened.project, sources=open_offline(places(), opened, charts=wish.charts, tell=tell))


def _show(report: DiffReport, *, output: str, file: Path | None, is_detailed: bool) -> int:
    code = _exit_code(report, is_detailed=is_detailed)
    if output == "text":
        show(report_lines(report))
    else:
        sys.stdout.buffer.write(format_diff(report, output, exit_code=code).rstrip(b"\n") + b"\n")
        sys.stdout.buffer.flush()
    if file is not None:
        write_result(file, format_diff(report, form_of(file.suffix), exit_code=code))
    return code


def _exit_code(report: DiffReport, *, is_detailed: bool) -> ExitCode:
    if report.has_faults or (is_detailed and not report.is_whole):
        return ExitCode.INVALID  # only with this flag 0 would say that nothing differs
    return ExitCode.CHANGES if is_detailed and report.has_differences else ExitCode.DONE
