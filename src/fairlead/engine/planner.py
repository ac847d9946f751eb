"""Makes the plan of one environment: every component looked at, every change with its reason.

Terraform roots first, since their outputs are input of others. Then what the record and the cluster's metadata show to
be unchanged is set aside; the rest is rendered, all of it before any of it is compared, because one component may
define the kind or the namespace that another uses.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from fairlead.engine.compare import Comparer
from fairlead.engine.foreseen import foresee
from fairlead.engine.image_planning import plan_image
from fairlead.engine.known_outputs import outputs_of_others, waits_for_outputs
from fairlead.engine.planning_faults import gather_faults, refuse_shared
from fairlead.engine.preparing import Memory, Prepared, Preparer
from fairlead.engine.releases import Releases, read_releases
from fairlead.engine.renderer import Renderer, Target
from fairlead.engine.site import Ground, Remembered, Site
from fairlead.engine.terraform_planning import plan_terraform
from fairlead.engine.unserved import mark_unserved
from fairlead.formats.codec import to_json
from fairlead.formats.digests import digest
from fairlead.model.change import Change, ChangeAction
from fairlead.model.component import CheckSource, Component, HelmSource, TerraformSource, TestSource
from fairlead.model.image import ImageSource
from fairlead.model.infrastructure import Output, TerraformPlan
from fairlead.model.objects import ObjectRef, ref_of
from fairlead.model.plan import Phase, Plan
from fairlead.model.record import ComponentRecord
from fairlead.model.rendering import Rendering
from fairlead.planning.changes import mark_random
from fairlead.planning.desired import DesiredObjects, defined_kind, is_crd, scopes_of
from fairlead.planning.graph import PhasesLeftOut, PlannedComponent, build_steps, undefined_namespaces
from fairlead.planning.order import namespaces_of

CHILDREN_AT_ONCE = 4
"""Helm and kustomize processes that render at the same time."""

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
    """*selected* component names (None: all), phases left out and why, values from `--set`, one more test command.
    *rerun*: tests run however fresh their evidence is."""

    selected: frozenset[str] | None = None
    left_out: PhasesLeftOut = field(default_factory=PhasesLeftOut)
    skip_crds: bool = False
    overrides: Mapping[str, object] = field(default_factory=dict)
    extra_test: tuple[str, ...] = ()
    cache_images: bool = False
    rerun: bool = False

    def why_left_out(self, components: Sequence[Component]) -> tuple[str, ...]:
        """A reason for each phase and each of *components* that is left out."""
        reasons = [f"phase {phase.value}: {reason}" for phase, reason in self.left_out.reasons.items()]
        if self.selected is not None:
            names = {component.name for component in components}
            reasons += [f"component {name}: not selected" for name in sorted(names - self.selected)]
        return tuple(reasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan, and what was prepared for it in memory."""

    plan: Plan
    prepared: Mapping[str, Prepared]
    terraform: Mapping[str, TerraformPlan]
    outputs: dict[str, Mapping[str, Output]]
    preparer: Preparer
    renderer: Renderer
    memory: Memory


class Planner:
    def __init__(
        self,
        site: Site,
        *,
        ground: Ground,
        remembered: Remembered,
        key: bytes,
        options: PlanOptions,
        tell: Callable[[str], None],
    ) -> None:
        self._site = site
        self._ground = ground
        self._remembered = remembered
        self._key = key
        self._options = options
        self._tell = tell
        self._children = asyncio.Semaphore(CHILDREN_AT_ONCE)
        self._terraform: dict[str, TerraformPlan] = {}
        self._outputs: dict[str, Mapping[str, Output]] = {}

    async def plan(self) -> Planned:
        """Raises InputError for what cannot be rendered or is refused for good; Unavailable when something is away."""
        components = self._selected()
        renderer = self._renderer()
        memory, releases = await self._recollect(components)
        preparer = self._preparer(renderer, releases)
        names = {component.name for component in components}
        self._outputs |= outputs_of_others(self._remembered.records, project=self._site.project, selected=names)
        terraform = [await self._plan_terraform(c, renderer) for c in _in_need_order(components, TerraformSource)]
        images = [await self._plan_image(c, renderer) for c in components if isinstance(c.source, ImageSource)]
        prepared = await self._prepare(_deployed(components), preparer, renderer, memory)
        deployed = [*terraform, *images, *[await self._planned(p, memory, renderer) for p in prepared.values()]]
        is_calm = not any(change.action.is_change for p in deployed for change in (*p.changes, *p.crd_changes))
        others = [
            await self._plan_other(c, renderer, is_calm=is_calm)
            for c in components
            if isinstance(c.source, CheckSource | TestSource)
        ]
        planned = [*deployed, *others]
        plan = await self._assemble(components, planned, prepared)
        return Planned(
            plan=plan,
            prepared=prepared,
            terraform=self._terraform,
            outputs=self._outputs,
            preparer=preparer,
            renderer=renderer,
            memory=memory,
        )

    def _selected(self) -> tuple[Component, ...]:
        components = self._site.project.components_of(self._site.environment)
        selected = self._options.selected
        return components if selected is None else tuple(c for c in components if c.name in selected)

    def _renderer(self) -> Renderer:
        target = Target(
            project=self._site.project,
            environment=self._site.environment,
            kubernetes=self._ground.version,
            kinds=self._ground.kinds,
            overrides=self._options.overrides,
        )
        return Renderer(target, self._site.sources, key=self._key)

    def _preparer(self, renderer: Renderer, releases: Releases) -> Preparer:
        return Preparer(
            cluster=self._site.cluster,
            charts=self._site.sources.charts,
            renderer=renderer,
            comparer=Comparer(self._site.cluster, key=self._key),
            releases=releases,
            key=self._key,
            skip_crds=self._options.skip_crds,
        )

    async def _recollect(self, components: Sequence[Component]) -> tuple[Memory, Releases]:
        names = {c.name for c in components}
        records = {name: record for name, record in self._remembered.records.items() if name in names}
        baselines = {ref: b for record in records.values() for ref, b in record.baselines.items()}
        cluster = self._site.cluster
        metadata = await cluster.observe_metadata(baselines)
        moved = [ref for ref, found in metadata.items() if found.resource_version != baselines[ref].resource_version]
        has_releases = any(isinstance(c.source, HelmSource) for c in components)
        memory = Memory(
            records=records,
            metadata=metadata,
            moved=await cluster.observe(moved) if moved else {},
            autoscalers=tuple(await cluster.list_objects(group="autoscaling", kind="HorizontalPodAutoscaler")),
        )
        return memory, await read_releases(cluster) if has_releases else Releases({})

    async def _plan_terraform(self, component: Component, renderer: Renderer) -> PlannedComponent:
        found = await plan_terraform(
            component,
            self._site,
            remembered=self._remembered,
            renderer=renderer,
            left_out=self._options.left_out.of(Phase.PROVISION),
            tell=self._tell,
        )
        if found.plan is not None:
            self._terraform[component.name] = found.plan
        if found.outputs is not None:
            self._outputs[component.name] = found.outputs
        return found.planned

    async def _plan_image(self, component: Component, renderer: Renderer) -> PlannedComponent:
        found = await plan_image(
            component,
            self._site,
            ground=self._ground,
            remembered=self._remembered,
            renderer=renderer,
            left_out=self._options.left_out.of(Phase.PROVISION),
        )
        if found.outputs is not None:
            self._outputs[component.name] = found.outputs
        return found.planned

    async def _prepare(
        self, components: Sequence[Component], preparer: Preparer, renderer: Renderer, memory: Memory
    ) -> dict[str, Prepared]:
        recalled = await self._each(components, lambda c: self._recall(c, preparer, renderer, memory))
        fresh = [c for c, found in zip(components, recalled, strict=True) if found is None]
        prepared = {p.component.name: p for p in recalled if p is not None}
        # One that moved by hand is not rendered now, but when it is mended.
        await self._unseal([c for c in components if c.name not in prepared or not prepared[c.name].is_noop])
        renderings = dict(
            zip((c.name for c in fresh), await self._each(fresh, lambda c: self._render(c, preparer)), strict=True)
        )
        everything = [m for r in renderings.values() for m in (*r.objects, *r.crds)]
        scopes = scopes_of(everything, self._ground.kinds)
        desired = {
            c.name: await preparer.arrange(c, renderings[c.name], scopes, memory, outputs=self._outputs) for c in fresh
        }
        owned = {name: [*d.objects, *d.crds] for name, d in desired.items()}
        owned |= {name: list(memory.records[name].baselines) for name in prepared if name in memory.records}
        refuse_shared(owned)
        compared = await self._each(fresh, lambda c: self._compare(c, desired[c.name], preparer, renderer, memory))
        prepared.update({p.component.name: p for p in mark_unserved(compared, self._ground.kinds)})
        return {c.name: prepared[c.name] for c in components}

    async def _recall(
        self, component: Component, preparer: Preparer, renderer: Renderer, memory: Memory
    ) -> Prepared | None:
        source = await renderer.source_digest(component)
        given = await renderer.input_digest(component, self._outputs)
        if not given:
            return waits_for_outputs(component, self._outputs, source)
        return await preparer.recall(component, memory, source=source, given=given)

    async def _render(self, component: Component, preparer: Preparer) -> Rendering:
        async with self._children:
            return await preparer.render(component, self._outputs)

    async def _compare(
        self, component: Component, desired: DesiredObjects, preparer: Preparer, renderer: Renderer, memory: Memory
    ) -> Prepared:
        prepared = await preparer.compare(
            component,
            desired,
            memory,
            source=await renderer.source_digest(component),
            given=await renderer.input_digest(component, self._outputs),
        )
        if not preparer.may_be_random(prepared):
            return prepared
        scopes = scopes_of(desired.objects.values(), self._ground.kinds)
        rendering = await self._render(component, preparer)
        again = await preparer.arrange(component, rendering, scopes, memory, outputs=self._outputs)
        changes = mark_random(prepared.changes, desired.objects, again.objects)
        return dataclasses.replace(prepared, changes=changes)

    async def _each(self, items: Sequence[T], act: Callable[[T], Awaitable[R]]) -> list[R]:
        return await gather_faults([act(item) for item in items])

    async def _unseal(self, components: Sequence[Component]) -> None:
        """Ask Terraform again for sensitive outputs that the record does not hold, where something must be rendered."""
        for name in sorted({name for c in components for name in c.output_sources()}):
            if any(output.seal for output in self._outputs.get(name, {}).values()):
                component = next(c for c in self._site.project.components if c.name == name)
                root = self._site.terraform_root(component)
                await self._site.infrastructure.init(root)
                self._outputs[name] = await self._site.infrastructure.outputs(root)

    async def _planned(self, prepared: Prepared, memory: Memory, renderer: Renderer) -> PlannedComponent:
        component = prepared.component
        manifests = tuple(prepared.desired.objects.values()) if prepared.desired else ()
        if not prepared.is_known:
            manifests = await foresee(component, renderer)
        refs = (*_refs(prepared, memory.records.get(component.name)), *map(ref_of, manifests))
        crds = tuple(prepared.desired.crds.values()) if prepared.desired else ()
        if not prepared.is_known:
            crds = await renderer.crds(component)
        named = {ref.namespace for ref in refs if ref.namespace} | ({component.namespace} - {""})
        return PlannedComponent(
            component=component,
            changes=prepared.changes,
            crd_changes=prepared.crd_changes,
            namespaces=frozenset(named),
            defines=namespaces_of(manifests).defined,
            kinds=frozenset((ref.group, ref.kind) for ref in refs),
            brings=frozenset(defined_kind(crd) for crd in (*crds, *filter(is_crd, manifests))),
            source_digest=prepared.source_digest,
            notes=prepared.notes,
        )

    async def _plan_other(self, component: Component, renderer: Renderer, *, is_calm: bool) -> PlannedComponent:
        source = await renderer.source_digest(component)
        change = Change(action=ChangeAction.RUN, name=component.name, reason=f"{component.phase.value} step")
        if is_calm and not self._options.rerun and (reason := self._why_not_again(component, source)):
            change = Change(action=ChangeAction.NOOP, name=component.name, reason=reason)
        return PlannedComponent(component=component, changes=(change,), source_digest=source)

    def _why_not_again(self, component: Component, source: str) -> str:
        """Why a test need not run again: it passed on this very bundle, not too long ago. Empty when it must run."""
        head = self._remembered.head
        evidence = head.evidence.get(component.name) if head else None
        if not isinstance(component.source, TestSource) or evidence is None or head is None or head.bundle is None:
            return ""
        is_same = evidence.bundle == head.bundle.digest and evidence.source_digest == source
        is_young = self._site.clock.now() - evidence.when < timedelta(seconds=component.source.max_age_seconds)
        return (
            f"not run again: passed on this bundle at {evidence.when:%Y-%m-%d %H:%M} UTC"
            if is_same and is_young
            else ""
        )

    async def _assemble(
        self,
        components: Sequence[Component],
        planned: Sequence[PlannedComponent],
        prepared: Mapping[str, Prepared],
    ) -> Plan:
        in_file_order = {c.name: n for n, c in enumerate(components)}
        ordered = sorted(planned, key=lambda p: (p.component.tier.rank, in_file_order[p.component.name]))
        steps = build_steps(
            ordered,
            environment=self._site.environment,
            missing_namespaces=await self._missing_namespaces(ordered),
            left_out=self._options.left_out,
            extra_test=self._options.extra_test,
            cache_images=self._options.cache_images,
        )
        site = self._site
        return Plan(
            project=site.project.name,
            environment=site.environment.name,
            intent=self._intent({p.component.name: p.source_digest for p in planned}),
            steps=steps,
            preconditions={ref: h for p in prepared.values() for ref, h in p.preconditions.items()},
            commit=await site.repository.commit(),
            dirty=await site.repository.is_dirty(),
            simulated=self._ground.simulated,
            left_out=self._left_out(),
            notes=self._notes(),
        )

    def _intent(self, sources: Mapping[str, str]) -> str:
        return digest(
            {
                "environment": to_json(self._site.environment),
                "components": dict(sources),
                "left_out": list(self._left_out()),
                "skip_crds": self._options.skip_crds,
            }
        )

    def _left_out(self) -> tuple[str, ...]:
        return self._options.why_left_out(self._site.project.components_of(self._site.environment))

    def _notes(self) -> tuple[str, ...]:
        known = {c.name for c in self._site.project.components}
        gone = sorted(set(self._remembered.records) - known)
        return tuple(f"component {name} is no longer in the project: what it deployed is kept" for name in gone)

    async def _missing_namespaces(self, planned: Sequence[PlannedComponent]) -> frozenset[str]:
        names = undefined_namespaces(planned)
        found = await self._site.cluster.observe_metadata(ObjectRef(kind="Namespace", name=n) for n in names)
        return names - {ref.name for ref in found}


def _deployed(components: Sequence[Component]) -> tuple[Component, ...]:
    return tuple(c for c in components if c.phase is Phase.DEPLOY)


def _in_need_order(components: Sequence[Component], source: type) -> list[Component]:
    """Those of kind *source*, each after what it needs; the reader has refused cycles."""
    wanted = {c.name: c for c in components if isinstance(c.source, source)}
    ordered: dict[str, Component] = {}

    def add(component: Component) -> None:
        for name in component.needs:
            if name in wanted and name not in ordered:
                add(wanted[name])
        ordered.setdefault(component.name, component)

    for component in wanted.values():
        add(component)
    return list(ordered.values())


def _refs(prepared: Prepared, record: ComponentRecord | None) -> tuple[ObjectRef, ...]:
    if prepared.desired is not None:
        return (*prepared.desired.objects, *prepared.desired.crds)
    return tuple(record.baselines) if record else ()
