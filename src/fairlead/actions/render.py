"""Renders components without a cluster, and says where a value comes from."""

from __future__ import annotations

from collections.abc import Mapping

from fairlead.engine.at_hand import not_at_hand
from fairlead.engine.offline import PASSING_KEY, RenderedComponent, offline_target, render_offline
from fairlead.engine.plan_options import PlanOptions
from fairlead.engine.renderer import Renderer
from fairlead.engine.sources import Sources
from fairlead.model.component import Component, HelmSource
from fairlead.model.environment import Environment
from fairlead.model.errors import InputError
from fairlead.model.plan import Phase
from fairlead.model.project import Project
from fairlead.planning.values import Origin, explain


async def render(
    project: Project, environment: Environment, sources: Sources, options: PlanOptions
) -> tuple[RenderedComponent, ...]:
    """Every selected component of phase deploy; outputs are not known, and stand as texts for themselves."""
    renderer = Renderer(offline_target(project, environment, options), sources, key=PASSING_KEY)
    chosen = _selected(project, environment, options)
    missing = await not_at_hand(renderer, chosen)
    rendered = {r.component.name: r for r in await render_offline(renderer, _without(chosen, missing))}
    return tuple(
        rendered.get(c.name) or RenderedComponent(component=c, desired=None, why_not=missing[c.name]) for c in chosen
    )


def _without(components: tuple[Component, ...], missing: Mapping[str, str]) -> tuple[Component, ...]:
    return tuple(c for c in components if c.name not in missing)


async def explain_value(
    project: Project, environment: Environment, sources: Sources, options: PlanOptions, *, path: str
) -> tuple[tuple[Component, tuple[Origin, ...]], ...]:
    """Per selected Helm release, all that was said about the value at *path*. Raises InputError if nobody did."""
    renderer = Renderer(offline_target(project, environment, options), sources, key=PASSING_KEY)
    found = []
    for component in _selected(project, environment, options):
        if isinstance(component.source, HelmSource):
            origins = explain(await renderer.layers(component, {}), path)
            if origins:
                found.append((component, origins))
    if not found:
        raise InputError(f"no layer sets {path}", hint="what is not set is the chart's own default")
    return tuple(found)


def _selected(project: Project, environment: Environment, options: PlanOptions) -> tuple[Component, ...]:
    return tuple(
        c
        for c in project.components_of(environment)
        if c.phase is Phase.DEPLOY and (options.selected is None or c.name in options.selected)
    )
