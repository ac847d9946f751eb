"""Flags that several verbs share, and how they become what the actions take."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from fairlead.bootstrap.checkouts import find_checkouts
from fairlead.bootstrap.places import Opened, Places, open_project
from fairlead.cli.debugging import debug_option
from fairlead.cli.terminal import say
from fairlead.engine.plan_options import PlanOptions
from fairlead.model.environment import Environment
from fairlead.model.errors import InputError
from fairlead.model.plan import Phase
from fairlead.model.project import Project
from fairlead.model.removal import Removal
from fairlead.model.repository import Checkout
from fairlead.planning.graph import PhasesLeftOut
from fairlead.planning.selection import select
from fairlead.planning.values import parse_assignment
from fairlead.readers.project_fields import parse_duration
from fairlead.readers.project_paths import NoProject

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


def _chain(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


environment_option = click.option(
    "-e",
    "--environment",
    envvar="FAIRLEAD_ENVIRONMENT",
    metavar="NAME",
    help="The environment; may be left out where the project has only one.",
)
output_option = click.option(
    "-o", "--output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Form of the result."
)
chart_source_option = click.option(
    "--chart-source",
    "chart_sources",
    envvar="FAIRLEAD_CHART_SOURCE",
    multiple=True,
    metavar="SOURCE",
    help="Where charts of other tools' files are taken from: a folder with NAME/ or NAME-VERSION.tgz, the URL of a "
    "mirror, or `repositories` for their own. May be repeated; nothing is fetched without it.",
)


def _checkouts(_: click.Context, __: click.Parameter, flags: Sequence[str]) -> tuple[Checkout, ...]:
    return find_checkouts(flags)


repository_option = click.option(
    "--repository",
    "checkouts",
    callback=_checkouts,
    envvar="FAIRLEAD_REPOSITORY",
    multiple=True,
    metavar="URL=FOLDER",
    help="Where a checkout of another repository lies that a Flux source names, by its URL or by the name of the "
    "source. May be repeated.",
)
quiet_option = click.option("-q", "--quiet", is_flag=True, help="No progress on stderr.")


def _without_colour(ctx: click.Context, _: click.Parameter, is_wanted: bool) -> None:
    if is_wanted:
        ctx.color = False


colour_option = click.option(
    "--no-color",
    envvar="FAIRLEAD_NO_COLOR",
    is_flag=True,
    expose_value=False,
    callback=_without_colour,
    help="Output has no colour; NO_COLOR does the same.",
)

planning_options = _chain(
    environment_option,
    click.option("-l", "--selector", multiple=True, help="Components: NAME or KEY=VALUE,…; several mean or."),
    click.option("--skip-terraform", is_flag=True, help="Leave phase provision out."),
    click.option("--skip-helmfile", is_flag=True, help="Leave phase deploy out."),
    click.option("--skip-tests", is_flag=True, help="Leave phase test out."),
    click.option("--skip-crds", is_flag=True, help="Leave the components' CRDs as they are in the cluster."),
    click.option(
        "--incremental/--no-incremental",
        "incremental",
        default=True,
        help="Do only what is needed (the default), or everything anew.",
    ),
    click.option(
        "--set",
        "assignments",
        envvar="FAIRLEAD_SET",
        multiple=True,
        metavar="PATH=VALUE",
        help="A value, in `local` only.",
    ),
    click.option("--timeout", metavar="DURATION", help="Wait this long for each component, e.g. 90s or 10m."),
    debug_option,
    quiet_option,
    colour_option,
)

also_option = click.option(
    "--prune-also",
    "named",
    multiple=True,
    metavar="KIND/NAMESPACE/NAME",
    help="One object that holds something (a claim, a namespace, a definition) and goes all the same; may be repeated.",
)
removal_options = _chain(
    click.option("--prune", is_flag=True, help="Remove what is no longer wanted, after everything else."),
    also_option,
)


def places() -> Places:
    return Places.of_user(os.environ)


def open_here(*, only: str | None = None, checkouts: Sequence[Checkout] = ()) -> Opened:
    """The project of this folder, with all that it, or its environment *only*, is read from: other repositories'
    *checkouts*, too. Raises InputError."""
    with contextlib.suppress(NoProject):
        opened = open_project(Path.cwd())
        if not opened.project.is_read_elsewhere:
            return opened
    # What reads other tools' files is much to load, and few projects need it.
    from fairlead.bootstrap.reading import open_repository

    tell = tell_on_stderr(quiet=True)
    return run_async(open_repository(places(), Path.cwd(), tell=tell, only=only or "", checkouts=checkouts))


def choose_environment(project: Project, name: str | None) -> Environment:
    """The environment *name*, or the only one. Raises InputError, also where it could not be read."""
    if name or len(project.environments) == 1:
        chosen = project.environment(name) if name else next(iter(project.environments.values()))
        if chosen.unread:
            raise InputError(f"environment {chosen.name} cannot be read", findings=chosen.unread)
        return chosen
    known = ", ".join(project.environments)
    raise InputError("which environment?", hint=f"give -e or FAIRLEAD_ENVIRONMENT: {known}")


def with_timeout(opened: Opened, timeout: str | None) -> Opened:
    """The project with *timeout* for every component."""
    if not timeout:
        return opened
    import dataclasses

    seconds = parse_duration(timeout)
    components = tuple(dataclasses.replace(c, timeout_seconds=seconds) for c in opened.project.components)
    return dataclasses.replace(opened, project=dataclasses.replace(opened.project, components=components))


def plan_options(
    project: Project,
    environment: Environment,
    *,
    selector: Sequence[str],
    skip_terraform: bool,
    skip_helmfile: bool,
    skip_tests: bool,
    skip_crds: bool,
    assignments: Sequence[str],
    incremental: bool = True,
    prune: bool = False,
    named: Sequence[str] = (),
    extra_test: Sequence[str] = (),
) -> PlanOptions:
    if assignments and environment.name != "local":
        raise InputError("--set is for the local environment only", hint="write the value into the project")
    if named and not prune:
        raise InputError("--prune-also has no effect without --prune")
    if prune and environment.read_from:
        raise InputError(
            f"{environment.name} is read from {environment.read_from[0].path}: what was not read would be removed",
            hint="leave --prune out, and remove by hand what `fairlead plan` lists as kept",
        )
    flags = {
        Phase.PROVISION: "--skip-terraform" if skip_terraform else "",
        Phase.DEPLOY: "--skip-helmfile" if skip_helmfile else "",
        Phase.TEST: "--skip-tests" if skip_tests else "",
    }
    return PlanOptions(
        selected=_selected(project, environment, selector),
        left_out=PhasesLeftOut(reasons={phase: flag for phase, flag in flags.items() if flag}),
        skip_crds=skip_crds,
        overrides=dict(parse_assignment(text) for text in assignments),
        extra_test=tuple(extra_test),
        is_forced=not incremental,
        removal=Removal(prune=prune, named=tuple(named)),
    )


def _selected(project: Project, environment: Environment, selector: Sequence[str]) -> frozenset[str] | None:
    """Raises InputError, also where what is named is left out."""
    for gap in environment.left_out:
        if gap.component in selector:
            raise InputError(gap.message, hint=gap.hint, findings=[gap])
    return select(project.components_of(environment), selector)


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """The one event loop of a command. SIGTERM ends it as Ctrl-C does: children stop, the record says interrupted."""

    async def main() -> T:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        if task is not None:
            loop.add_signal_handler(signal.SIGTERM, task.cancel)
        return await work

    try:
        return asyncio.run(main())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


def tell_on_stderr(*, quiet: bool) -> Callable[[str], None]:
    return (lambda _: None) if quiet else (lambda text: say(text, err=True))
