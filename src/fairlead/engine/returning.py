"""Makes the plan of a rollback: the components of an older bundle as their records have them, nothing rendered.

A release returns to the revision that the record names, which must hold what was recorded; other objects are applied
as recorded. What holds data is in no plan.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping

from fairlead.engine.busy_releases import refuse_busy
from fairlead.engine.compare import Comparer
from fairlead.engine.neighbours import with_neighbours
from fairlead.engine.planned import Planned
from fairlead.engine.planning_faults import gather_faults
from fairlead.engine.preparing import Memory, Prepared, Preparer
from fairlead.engine.releases import Releases, read_releases
from fairlead.engine.renderer import Renderer
from fairlead.engine.returning_component import Returner, Target
from fairlead.engine.site import Ground, Remembered, Site
from fairlead.engine.sources import Target as Rendered
from fairlead.model.component import Component
from fairlead.model.frozen import dataclass, field
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.model.plan import Phase, Plan, Step, StepKind
from fairlead.model.record import ComponentRecord
from fairlead.model.run import Rollback
from fairlead.planning.graph import PhasesLeftOut, PlannedComponent, build_steps, undefined_namespaces
from fairlead.planning.rollback import Returns, as_recorded, intent_of, left_alone, pick, way_back
from fairlead.ports import Cluster

TESTS_LEFT_OUT = "the project's own tests were not run: they are of the commit here, not of the bundle"
_CHECKS = (StepKind.CHECK_CLUSTER,)
"""Of phase validate: what the project says now does not matter to a rollback."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnPlanner:
    """*target* is what *rollback* returns to. *seen* are objects that hold secret values of it, looked at before."""

    site: Site
    ground: Ground
    remembered: Remembered
    key: bytes
    target: Target
    rollback: Rollback
    seen: Mapping[ObjectRef, Manifest] = field(default_factory=dict)

    async def plan(self) -> tuple[Site, Planned]:
        """The site with the components as they were, and the plan. Raises Refused where something cannot return."""
        records = self._records()
        components = tuple(self._component(record) for record in records.values())
        site = dataclasses.replace(self.site, project=dataclasses.replace(self.site.project, components=components))
        releases = await read_releases(site.cluster)
        last = self.remembered.head.run if self.remembered.head else None
        await refuse_busy(components, releases, last=last, state=site.state, now=site.clock.now())
        memory = await self._recollect(records)
        renderer, preparer = self._makers(site, releases)
        returner = Returner(
            site=site,
            ground=self.ground,
            key=self.key,
            target=self.target,
            releases=releases,
            preparer=preparer,
            comparer=Comparer(site.cluster, key=self.key),
            memory=memory,
            seen=self.seen,
        )
        found = await gather_faults([returner.prepare(component, records[component.name]) for component in components])
        mine = self.remembered.records
        prepared = await with_neighbours({one.component.name: one for one in found}, mine, site.state)
        return site, Planned(
            plan=await self._assemble(site, tuple(prepared.values())),
            prepared=prepared,
            terraform={},
            outputs={},
            preparer=preparer,
            renderer=renderer,
            memory=memory,
            look_again=returner.look_again,
        )

    def _records(self) -> dict[str, ComponentRecord]:
        """Of the components that return."""
        able = {name: r for name, r in self.target.records.items() if way_back(r) is not Returns.NOT}
        return {name: able[name] for name in pick(able, self.rollback.components)}

    def _component(self, record: ComponentRecord) -> Component:
        known = {component.name: component for component in self.site.project.components}
        return as_recorded(record, known.get(record.component))

    async def _recollect(self, records: Mapping[str, ComponentRecord]) -> Memory:
        present = {name: r for name, r in self.remembered.records.items() if name in records}
        refs = [ref for record in present.values() for ref in record.baselines]
        cluster = self.site.cluster
        metadata, autoscalers = await asyncio.gather(
            cluster.observe_metadata(refs), cluster.list_objects(group="autoscaling", kind="HorizontalPodAutoscaler")
        )
        return Memory(records=present, metadata=metadata, moved={}, autoscalers=tuple(autoscalers))

    def _makers(self, site: Site, releases: Releases) -> tuple[Renderer, Preparer]:
        target = Rendered(
            project=site.project,
            environment=site.environment,
            kubernetes=self.ground.version,
            kinds=self.ground.kinds,
            overrides={},
        )
        renderer = Renderer(target, site.sources, key=self.key)
        preparer = Preparer(
            cluster=site.cluster,
            charts=site.sources.charts,
            renderer=renderer,
            comparer=Comparer(site.cluster, key=self.key),
            releases=releases,
            key=self.key,
            skip_crds=False,
        )
        return renderer, preparer

    async def _assemble(self, site: Site, prepared: tuple[Prepared, ...]) -> Plan:
        planned = sorted((_planned(one) for one in prepared), key=lambda p: p.component.tier.rank)
        names = undefined_namespaces(planned)
        there = await site.cluster.observe_metadata(ObjectRef(kind="Namespace", name=name) for name in names)
        steps = build_steps(
            planned,
            environment=site.environment,
            missing_namespaces=names - {ref.name for ref in there},
            left_out=PhasesLeftOut(),
        )
        return Plan(
            project=site.project.name,
            environment=site.environment.name,
            intent=intent_of(self.rollback, site.environment.name),
            steps=tuple(_returning(step) for step in steps if step.phase is not Phase.VALIDATE or step.kind in _CHECKS),
            preconditions={ref: h for one in prepared for ref, h in one.preconditions.items()},
            commit=self.target.bundle.commit,
            dirty=self.target.dirty,
            simulated=self.ground.simulated,
            left_out=(TESTS_LEFT_OUT,),
            notes=(self._headline(), *self._left_alone()),
        )

    def _headline(self) -> str:
        bundle = self.target.bundle
        of = f" of commit {bundle.commit[:12]}" if bundle.commit else ""
        return f"returns to bundle {bundle.digest[:19]}{of}, which run {self.target.run} deployed"

    def _left_alone(self) -> tuple[str, ...]:
        is_partial = bool(self.rollback.components) and not self.rollback.after
        return () if is_partial else left_alone(self.target.records, self.remembered.records)


async def find_uninstalled(cluster: Cluster, records: Mapping[str, ComponentRecord]) -> tuple[str, ...]:
    """The components of *records* whose release is gone from the cluster, and with it every revision to return to."""
    releases = await read_releases(cluster)
    components = [as_recorded(record, None) for record in records.values() if way_back(record) is Returns.BY_HELM]
    return tuple(sorted(component.name for component in components if releases.head(component) is None))


def _planned(prepared: Prepared) -> PlannedComponent:
    refs = tuple(prepared.desired.objects) if prepared.desired else ()
    component = prepared.component
    return PlannedComponent(
        component=component,
        changes=prepared.changes,
        namespaces=frozenset({ref.namespace for ref in refs if ref.namespace} | ({component.namespace} - {""})),
        kinds=frozenset((ref.group, ref.kind) for ref in refs),
        source_digest=prepared.source_digest,
        notes=prepared.notes,
    )


def _returning(step: Step) -> Step:
    return dataclasses.replace(step, kind=StepKind.HELM_ROLLBACK) if step.kind is StepKind.HELM_UPGRADE else step
