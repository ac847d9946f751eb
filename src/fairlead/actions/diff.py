"""Compares what two environments render to, without asking any cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairlead.engine.offline import PASSING_KEY, RenderedComponent, offline_target, render_offline
from fairlead.engine.plan_options import PlanOptions
from fairlead.engine.renderer import Renderer, Sources
from fairlead.model.comparison import ComparedComponent, Comparison, Side
from fairlead.model.component import Component, HelmSource
from fairlead.model.environment import Environment
from fairlead.model.plan import Phase
from fairlead.model.project import Project
from fairlead.planning.comparison import compare_sides
from fairlead.planning.selection import select
from fairlead.planning.stand_ins import stand_ins


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A project as it is somewhere, and the ports that read it there."""

    project: Project
    sources: Sources


async def diff_environments(
    state: State, first: Environment, second: Environment, *, selector: Sequence[str] = ()
) -> Comparison:
    """What *second* has otherwise than *first*."""
    sides = [await _side(state, each, name=each.name, selector=selector) for each in (first, second)]
    return compare_sides(sides[0], sides[1])


async def _side(state: State, environment: Environment, *, name: str, selector: Sequence[str]) -> Side:
    renderer = Renderer(offline_target(state.project, environment, PlanOptions()), state.sources, key=PASSING_KEY)
    rendered = await render_offline(renderer, _selected(state, environment, selector), keeps_faults=True)
    return Side(
        name=name,
        names=tuple(dict.fromkeys((environment.name, *environment.names.values()))),
        components=tuple([await _compared(renderer, one) for one in rendered]),
    )


def _selected(state: State, environment: Environment, selector: Sequence[str]) -> tuple[Component, ...]:
    components = tuple(c for c in state.project.components_of(environment) if c.phase is Phase.DEPLOY)
    chosen = select(components, selector) if selector else None
    return components if chosen is None else tuple(c for c in components if c.name in chosen)


async def _compared(renderer: Renderer, rendered: RenderedComponent) -> ComparedComponent:
    component, desired = rendered.component, rendered.desired
    if desired is None:
        return ComparedComponent(name=component.name, why_not=rendered.why_not)
    is_helm = isinstance(component.source, HelmSource)
    return ComparedComponent(
        name=component.name,
        objects=(*desired.crds.values(), *desired.objects.values(), *(desired.hooks if is_helm else ())),
        chart=(await renderer.chart(component)).version if is_helm else "",
        secrets=await renderer.secret_texts(component, stand_ins(component)) if is_helm else frozenset(),
    )
