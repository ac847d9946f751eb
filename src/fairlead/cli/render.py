"""`fairlead render`."""

from __future__ import annotations

import click

from fairlead.actions.render import explain_value
from fairlead.actions.render import render as render_components
from fairlead.adapters.helm.supply import parse_sources
from fairlead.bootstrap.sources import open_offline
from fairlead.cli.options import (
    chart_source_option,
    choose_environment,
    environment_option,
    open_here,
    places,
    plan_options,
    quiet_option,
    repository_option,
    run_async,
    tell_on_stderr,
)
from fairlead.engine.offline import RenderedComponent
from fairlead.formats.rendered_text import (
    format_hooks_left_out,
    format_origin,
    format_rendered,
    format_stand_ins,
    format_unknown,
)
from fairlead.model.component import HelmSource
from fairlead.model.repository import Checkout


@click.command()
@environment_option
@click.option("-l", "--selector", multiple=True, help="Components: NAME or KEY=VALUE,…; several mean or.")
@click.option(
    "--set", "assignments", envvar="FAIRLEAD_SET", multiple=True, metavar="PATH=VALUE", help="A value, in `local` only."
)
@click.option("--explain", "path", metavar="PATH", help="Say which file sets the value at PATH, and whom it overrides.")
@click.option("--show-secrets", is_flag=True, help="Do not mask the values of Secrets.")
@chart_source_option
@repository_option
@quiet_option
def render(
    environment: str | None,
    selector: tuple[str, ...],
    assignments: tuple[str, ...],
    path: str | None,
    show_secrets: bool,
    chart_sources: tuple[str, ...],
    checkouts: tuple[Checkout, ...],
    quiet: bool,
) -> int:
    """Show what would be applied, as YAML, without asking any cluster. Values of Secrets are masked."""
    opened = open_here(only=environment, checkouts=checkouts)
    target = choose_environment(opened.project, environment)
    options = plan_options(
        opened.project,
        target,
        selector=selector,
        assignments=assignments,
        skip_terraform=False,
        skip_helmfile=False,
        skip_tests=False,
        skip_crds=False,
    )
    sources = open_offline(places(), opened, charts=parse_sources(chart_sources), tell=tell_on_stderr(quiet=quiet))
    if path:
        for component, origins in run_async(explain_value(opened.project, target, sources, options, path=path)):
            click.echo(component.name)
            for o in origins:
                click.echo(format_origin(path=o.path, value=o.value, layer=o.layer, overridden_by=o.overridden_by))
        return 0
    for gap in target.left_out:
        click.echo(format_unknown(gap.component, (), why_not=gap.message), nl=False)
    for one in run_async(render_components(opened.project, target, sources, options)):
        _show(one, show_secrets=show_secrets)
    return 0


def _show(rendered: RenderedComponent, *, show_secrets: bool) -> None:
    name, desired = rendered.component.name, rendered.desired
    if desired is None:
        click.echo(format_unknown(name, rendered.unknown, why_not=rendered.why_not), nl=False)
        return
    if rendered.unknown:
        click.echo(format_stand_ins(name, rendered.unknown), nl=False)
    is_helm = isinstance(rendered.component.source, HelmSource)
    applied = [*desired.crds.values(), *desired.objects.values(), *(desired.hooks if is_helm else ())]
    for text in format_rendered(name, applied, show_secrets=show_secrets):
        click.echo(text, nl=False)
    if desired.hooks and not is_helm:
        click.echo(format_hooks_left_out(name, desired.hooks), nl=False)
