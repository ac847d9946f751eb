"""Makes the plan of one environment: every component looked at, every change with its reason.

Terraform roots first, since their outputs are input of others. Then what the record and the cluster's metadata show to
be unchanged is set aside; the rest is rendered and compared (`preparation.py`), and all is put together
(`assembly.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from fairlead.engine.assembly import assemble
from fairlead.engine.busy_releases import refuse_busy
from fairlead.engine.compare import Comparer
from fairlead.engine.evidence import plan_check
from fairlead.engine.image_planning import plan_image
from fairlead.engine.known_outputs import outputs_of_others
from fairlead.engine.neighbours import with_neighbours
from fairlead.engine.plan_options import PlanOptions
from fairlead.engine.planned import Planned
from fairlead.engine.preparation import Preparation
from fairlead.engine.preparing import Memory, Prepared, Preparer
from fairlead.engine.releases import Releases, read_releases
from fairlead.engine.removing import RemovalPlanner, Removals, wanted_of
from fairlead.engine.renderer import Renderer
from fairlead.engine.site import Ground, Remembered, Site
from fairlead.engine.sources import Target
from fairlead.engine.terraform_planning import plan_destruction, plan_terraform
from fairlead.model.component import CheckSource, Component, HelmSource, TerraformSource, TestSource
from fairlead.model.image import ImageSource
from fairlead.model.infrastructure import Output, TerraformPlan
from fairlead.model.plan import Phase
from fairlead.planning.graph import PlannedComponent
from fairlead.planning.maintenance import as_before


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
        self._terraform: dict[str, TerraformPlan] = {}
        self._outputs: dict[str, Mapping[str, Output]] = {}

    async def plan(self) -> Planned:
        """Raises InputError for what cannot be rendered or is refused for good; Unavailable when something is away."""
        components = () if self._options.removal.destroy else self._selected()
        renderer = self._renderer()
        memory, releases = await self._recollect(components)
        await self._refuse_busy(components, releases)
        preparer = self._preparer(renderer, releases)
        names = {component.name for component in components}
        self._outputs |= outputs_of_others(self._remembered.records, project=self._site.project, selected=names)
        terraform = [await self._plan_terraform(c, renderer) for c in _in_need_order(components, TerraformSource)]
        images = [await self._plan_image(c, renderer) for c in components if isinstance(c.source, ImageSource)]
        preparation = Preparation(
            self._site,
            ground=self._ground,
            preparer=preparer,
            renderer=renderer,
            memory=memory,
            records=self._remembered.records,
            outputs=self._outputs,
            key=self._key,
        )
        prepared = await preparation.prepare(_deployed(components))
        prepared = await with_neighbours(prepared, self._remembered.records, self._site.state)
        deployed = [*terraform, *images, *[await preparation.planned(p) for p in prepared.values()]]
        planned = [*deployed, *await self._plan_checks(components, renderer, deployed)]
        removals = await self._plan_removals(prepared)
        plan = await assemble(
            self._site,
            components,
            planned,
            prepared,
            ground=self._ground,
            remembered=self._remembered,
            removals=removals,
            options=self._options,
        )
        return Planned(
            plan=plan,
            prepared=prepared,
            terraform=self._terraform,
            outputs=self._outputs,
            preparer=preparer,
            renderer=renderer,
            memory=memory,
            removals=removals,
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
            skip_crds=self._options.skip_crds,
        )
        return Renderer(target, self._site.sources, key=self._key)

    def _preparer(self, renderer: Renderer, releases: Releases) -> Preparer:
        return Preparer(
            cluster=self._site.cluster,
            charts=self._site.sources.charts,
            renderer=renderer,
            comparer=Comparer(self._site.cluster, key=self._key, ignores=self._site.ignores),
            releases=releases,
            key=self._key,
            skip_crds=self._options.skip_crds,
            is_forced=self._options.is_forced,
        )

    async def _recollect(self, components: Sequence[Component]) -> tuple[Memory, Releases]:
        names = {c.name for c in components}
        records = {name: record for name, record in self._remembered.records.items() if name in names}
        baselines = {ref: b for record in records.values() for ref, b in record.baselines.items()}
        cluster, head = self._site.cluster, self._remembered.head
        metadata = await cluster.observe_metadata(baselines)
        moved = [ref for ref, found in metadata.items() if found.resource_version != baselines[ref].resource_version]
        has_releases = any(isinstance(c.source, HelmSource) for c in components)
        memory = Memory(
            records=records,
            metadata=metadata,
            moved=as_before(await cluster.observe(moved), head.maintenance if head else None) if moved else {},
            autoscalers=tuple(await cluster.list_objects(group="autoscaling", kind="HorizontalPodAutoscaler")),
        )
        return memory, await read_releases(cluster) if has_releases else Releases({})

    async def _refuse_busy(self, components: Sequence[Component], releases: Releases) -> None:
        last = self._remembered.head.run if self._remembered.head else None
        site = self._site
        await refuse_busy(components, releases, last=last, state=site.state, now=site.clock.now())

    async def _plan_terraform(self, component: Component, renderer: Renderer) -> PlannedComponent:
        found = await plan_terraform(
            component,
            self._site,
            remembered=self._remembered,
            renderer=renderer,
            left_out=self._options.left_out.of(Phase.PROVISION),
            is_forced=self._options.is_forced,
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

    async def _plan_removals(self, prepared: Mapping[str, Prepared]) -> Removals:
        planner = RemovalPlanner(
            self._site,
            ground=self._ground,
            remembered=self._remembered,
            removal=self._options.removal,
            is_partial=self._options.selected is not None,
            key=self._key,
        )
        found = await planner.plan(wanted_of(prepared, self._remembered.records))
        removal = self._options.removal
        roots = planner.roots() if removal.destroy and removal.with_terraform else ()
        for component in roots:
            plan = await plan_destruction(component, self._site, tell=self._tell)
            self._terraform[component.name] = plan
            found = planner.with_root(found, component, plan)
        return found

    async def _plan_checks(
        self, components: Sequence[Component], renderer: Renderer, deployed: Sequence[PlannedComponent]
    ) -> list[PlannedComponent]:
        is_calm = not any(change.action.is_change for p in deployed for change in (*p.changes, *p.crd_changes))
        return [
            await plan_check(
                c,
                renderer,
                clock=self._site.clock,
                remembered=self._remembered,
                options=self._options,
                is_calm=is_calm,
            )
            for c in components
            if isinstance(c.source, CheckSource | TestSource)
        ]


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
