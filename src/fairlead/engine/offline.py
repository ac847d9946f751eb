"""The plan where no cluster answers: what would be deployed, every change marked "cluster not observed"."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping, Sequence

from fairlead.engine.at_hand import not_at_hand
from fairlead.engine.owners import Holder, settle_owners
from fairlead.engine.plan_options import PlanOptions
from fairlead.engine.planning_faults import gather_faults
from fairlead.engine.renderer import Renderer
from fairlead.engine.sources import Target
from fairlead.formats.codec import to_json
from fairlead.formats.digests import digest
from fairlead.model.change import Change, ChangeAction
from fairlead.model.component import Component, HelmSource
from fairlead.model.environment import Environment
from fairlead.model.errors import FairleadError, InputError, Unavailable
from fairlead.model.objects import ObjectRef
from fairlead.model.plan import Phase, Plan, Step
from fairlead.model.project import Project
from fairlead.model.rendering import Rendering
from fairlead.planning.desired import (
    AS_STATED,
    DesiredObjects,
    Scopes,
    defined_kind,
    desired_objects,
    is_crd,
    scopes_of,
)
from fairlead.planning.graph import PlannedComponent, build_steps, undefined_namespaces
from fairlead.planning.order import namespaces_of
from fairlead.planning.sharing import say_shared_with
from fairlead.planning.stand_ins import output_expressions, stand_ins
from fairlead.ports import Repository

NOT_OBSERVED = "cluster not observed"
DEFAULT_KUBERNETES = "1.34"
"""What is rendered for where neither a cluster nor the project says."""

_CHILDREN_AT_ONCE = 8

PASSING_KEY = b"no cluster, no record"
"""Keys the digests of secret values in a plan that is never saved nor compared."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RenderedComponent:
    """*unknown* are the outputs that only phase provision can say: in *desired* each stands for its own value, as text.
    *desired* is None where the chart cannot be rendered with a text in the place of one of them; *why_not* says why.
    *templates* as in Rendering."""

    component: Component
    desired: DesiredObjects | None
    unknown: tuple[str, ...] = ()
    why_not: str = ""
    templates: Mapping[str, str] = dataclasses.field(default_factory=dict)


def kubernetes_of(environment: Environment) -> str:
    """The version to render for, as helm takes it."""
    return f"v{environment.kubernetes or DEFAULT_KUBERNETES}.0"


def offline_target(project: Project, environment: Environment, options: PlanOptions) -> Target:
    return Target(
        project=project,
        environment=environment,
        kubernetes=kubernetes_of(environment),
        overrides=options.overrides,
    )


async def render_offline(renderer: Renderer, components: tuple[Component, ...]) -> tuple[RenderedComponent, ...]:
    """Every deployed component, in the given order. Raises InputError with the faults of all of them."""
    renderings = await gather_faults([_render(renderer, c, keeps_faults=False) for c in components])
    everything = [m for r in renderings if isinstance(r, Rendering) for m in (*r.objects, *r.crds)]
    scopes = scopes_of(everything, None)
    return tuple(_rendered(c, rendering, scopes) for c, rendering in zip(components, renderings, strict=True))


async def render_for_comparison(renderer: Renderer, components: tuple[Component, ...]) -> tuple[RenderedComponent, ...]:
    """As `render_offline`, but a fault is the `why_not` of its component, as is the silence of a chart's repository;
    custom kinds are where their manifests say (`AS_STATED`)."""
    free = asyncio.Semaphore(_CHILDREN_AT_ONCE)

    async def render(component: Component) -> Rendering | _NotRendered:
        async with free:
            return await _render(renderer, component, keeps_faults=True)

    renderings = await gather_faults([render(c) for c in components])
    found = []
    for component, rendering in zip(components, renderings, strict=True):
        try:
            found.append(_rendered(component, rendering, AS_STATED))
        except InputError as err:
            found.append(_rendered(component, _NotRendered(_reason(err)), AS_STATED))
    return tuple(found)


def _rendered(component: Component, rendering: Rendering | _NotRendered, scopes: Scopes) -> RenderedComponent:
    """Raises InputError where an object is rendered twice."""
    unknown = output_expressions(component)
    if isinstance(rendering, _NotRendered):
        return RenderedComponent(component=component, desired=None, unknown=unknown, why_not=rendering.why)
    desired = desired_objects(
        (*rendering.objects, *rendering.hooks),
        namespace=component.namespace,
        scopes=scopes,
        component=component.name,
        keep_crds_inline=isinstance(component.source, HelmSource),
    )
    crds = desired_objects(rendering.crds, namespace="", scopes=scopes, component=component.name).crds
    desired = dataclasses.replace(desired, crds={**crds, **desired.crds})
    return RenderedComponent(component=component, desired=desired, unknown=unknown, templates=rendering.templates)


def _reason(err: FairleadError) -> str:
    """The first of several faults, and how many more there are."""
    findings = err.findings if isinstance(err, InputError) else ()
    more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
    return f"{findings[0]}{more}" if findings else str(err)


@dataclasses.dataclass(frozen=True, slots=True)
class _NotRendered:
    """A fault as data: an exception among results would be raised with the others."""

    why: str


async def _render(renderer: Renderer, component: Component, *, keeps_faults: bool) -> Rendering | _NotRendered:
    """The fault is returned where a text in the place of an output may be its cause, and raised elsewhere."""
    try:
        crds = await renderer.crds(component)
        return dataclasses.replace(await renderer.render(component, stand_ins(component)), crds=crds)
    except (InputError, Unavailable) as err:
        if keeps_faults or (isinstance(err, InputError) and output_expressions(component)):
            return _NotRendered(_reason(err))
        raise


async def plan_offline(renderer: Renderer, repository: Repository, options: PlanOptions) -> Plan:
    project, environment = renderer.target.project, renderer.target.environment
    components = tuple(
        c for c in project.components_of(environment) if options.selected is None or c.name in options.selected
    )
    deployed = tuple(c for c in components if c.phase is Phase.DEPLOY)
    missing = await not_at_hand(renderer, deployed)
    rendered = await render_offline(renderer, tuple(c for c in deployed if c.name not in missing))
    shared = settle_owners(
        [Holder(component=r.component, desired=r.desired) for r in rendered],
        renderer.sources.files,
        environment,
        key=PASSING_KEY,
    )
    by_name = {r.component.name: _without(r, shared.get(r.component.name, {})) for r in rendered}
    planned = [
        _not_rendered(c, missing[c.name])
        if c.name in missing
        else _planned(c, by_name.get(c.name), await renderer.source_digest(c))
        for c in components
    ]
    steps = _not_observed(
        build_steps(
            sorted(planned, key=lambda p: p.component.tier.rank),
            environment=environment,
            missing_namespaces=undefined_namespaces(planned),
            left_out=options.left_out,
            extra_test=options.extra_test,
            cache_images=options.cache_images,
        )
    )
    return Plan(
        project=project.name,
        environment=environment.name,
        intent=digest({"environment": to_json(environment), "components": _sources(planned)}),
        steps=steps,
        commit=await repository.commit(),
        dirty=await repository.is_dirty(),
        cluster_observed=False,
        left_out=options.why_left_out(project.components_of(environment), environment=environment),
    )


def _without(one: RenderedComponent, shared: Mapping[ObjectRef, str]) -> RenderedComponent:
    return dataclasses.replace(one, desired=one.desired.without(shared)) if one.desired else one


def _not_observed(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps that the graph added too (namespaces): nobody looked whether they are needed."""
    return tuple(
        dataclasses.replace(step, changes=tuple(_as_unknown(change) for change in step.changes)) for step in steps
    )


def _as_unknown(change: Change) -> Change:
    if not change.action.is_change or change.action is ChangeAction.UNKNOWN:
        return change
    return dataclasses.replace(change, action=ChangeAction.UNKNOWN, reason=NOT_OBSERVED)


def _not_rendered(component: Component, why: str) -> PlannedComponent:
    lone = Change(action=ChangeAction.UNKNOWN, name=component.name, reason=f"not rendered: {why}")
    return PlannedComponent(
        component=component,
        changes=(lone,),
        namespaces=frozenset({component.namespace}),
        source_digest=digest(to_json(component.source)),
    )


def _sources(planned: list[PlannedComponent]) -> Mapping[str, str]:
    return {p.component.name: p.source_digest for p in planned}


def _planned(component: Component, rendered: RenderedComponent | None, source: str) -> PlannedComponent:
    desired = rendered.desired if rendered else None
    objects, crds = (desired.objects, desired.crds) if desired else ({}, {})
    lone = Change(action=ChangeAction.UNKNOWN, name=component.name, reason=NOT_OBSERVED)
    return PlannedComponent(
        component=component,
        changes=tuple(_unknown(ref) for ref in objects) or (lone,),
        crd_changes=tuple(_unknown(ref) for ref in crds),
        namespaces=frozenset({ref.namespace for ref in objects} | {component.namespace}) - {""},
        defines=namespaces_of(objects.values()).defined,
        kinds=frozenset((ref.group, ref.kind) for ref in objects),
        brings=frozenset(defined_kind(m) for m in (*crds.values(), *filter(is_crd, objects.values()))),
        source_digest=source,
        notes=tuple(say_shared_with(desired.shared)) if desired else (),
    )


def _unknown(ref: ObjectRef) -> Change:
    return Change(target=ref, action=ChangeAction.UNKNOWN, reason=NOT_OBSERVED)
