"""Finds out what all components of the deploy phase need, together: one may define the kind or the namespace that
another uses, so everything is rendered before any of it is compared."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import TypeVar

from fairlead.engine.foreseen import foresee
from fairlead.engine.known_outputs import waits_for_outputs
from fairlead.engine.owners import Holder, settle_owners
from fairlead.engine.planning_faults import gather_faults
from fairlead.engine.preparing import Memory, Prepared, Preparer
from fairlead.engine.renderer import Renderer
from fairlead.engine.site import Ground, Site
from fairlead.engine.unserved import mark_unserved
from fairlead.model.component import Component, HelmSource
from fairlead.model.infrastructure import Output
from fairlead.model.objects import ObjectRef, ref_of
from fairlead.model.record import ComponentRecord
from fairlead.model.rendering import Rendering
from fairlead.planning.changes import mark_random
from fairlead.planning.desired import DesiredObjects, defined_kind, is_crd, scopes_of
from fairlead.planning.graph import PlannedComponent
from fairlead.planning.moves import Moves, find_moves
from fairlead.planning.order import namespaces_of

CHILDREN_AT_ONCE = 4
"""Helm and kustomize processes that render at the same time."""

T = TypeVar("T")
R = TypeVar("R")


class Preparation:
    """*records* are those of all components, also of those not planned. *outputs* by component, as far as they are
    known; sensitive ones are added where something must be rendered."""

    def __init__(
        self,
        site: Site,
        *,
        ground: Ground,
        preparer: Preparer,
        renderer: Renderer,
        memory: Memory,
        records: Mapping[str, ComponentRecord],
        outputs: dict[str, Mapping[str, Output]],
        key: bytes,
    ) -> None:
        self._site = site
        self._ground = ground
        self._preparer = preparer
        self._renderer = renderer
        self._memory = memory
        self._records = records
        self._outputs = outputs
        self._key = key
        self._children = asyncio.Semaphore(CHILDREN_AT_ONCE)

    async def prepare(self, components: Sequence[Component]) -> dict[str, Prepared]:
        recalled = await self._each(components, self._recall)
        fresh = [c for c, found in zip(components, recalled, strict=True) if found is None]
        prepared = {p.component.name: p for p in recalled if p is not None}
        # One that moved by hand is not rendered now, but when it is mended.
        await self._unseal([c for c in components if c.name not in prepared or not prepared[c.name].is_noop])
        renderings = dict(zip((c.name for c in fresh), await self._each(fresh, self._render), strict=True))
        everything = [m for r in renderings.values() for m in (*r.objects, *r.crds)]
        scopes = scopes_of(everything, self._ground.kinds)
        desired = {
            c.name: await self._preparer.arrange(c, renderings[c.name], scopes, self._memory, outputs=self._outputs)
            for c in fresh
        }
        self._preparer.shared = self._settle_owners(desired, planned={c.name for c in components})
        desired = {name: found.without(self._preparer.shared.get(name, {})) for name, found in desired.items()}
        owned = {name: [*d.objects, *d.crds] for name, d in desired.items()}
        records = self._memory.records
        owned |= {name: list(records[name].baselines) for name in prepared if name in records}
        self._preparer.moves = self._moves(owned, prepared)
        compared = await self._each(fresh, lambda c: self._compare(c, desired[c.name]))
        prepared.update({p.component.name: p for p in mark_unserved(compared, self._ground.kinds)})
        return {c.name: prepared[c.name] for c in components}

    def _settle_owners(
        self, desired: Mapping[str, DesiredObjects], *, planned: Collection[str]
    ) -> Mapping[str, Mapping[ObjectRef, str]]:
        environment = self._site.environment
        holders = [
            Holder(
                component=component,
                desired=desired.get(component.name),
                record=self._records.get(component.name),
                is_planned=component.name in planned,
            )
            for component in self._site.project.components_of(environment)
        ]
        return settle_owners(holders, self._site.sources.files, environment, key=self._key)

    def _moves(self, owned: Mapping[str, Collection[ObjectRef]], recalled: Mapping[str, Prepared]) -> Moves:
        """*owned* is what each component wants, as far as that is known; *recalled* those that were not rendered."""
        present = {c.name for c in self._site.project.components_of(self._site.environment)}
        waiting = {name for name, prepared in recalled.items() if not prepared.is_known}
        unseen = {name for name in present if name not in owned or name in waiting}
        releases = {
            c.name: (c.namespace, c.release) for c in self._site.project.components if isinstance(c.source, HelmSource)
        }
        return find_moves(owned, self._records, unseen=unseen, releases=releases)

    async def planned(self, prepared: Prepared) -> PlannedComponent:
        """What the graph must know of a component that was prepared."""
        component = prepared.component
        manifests = tuple(prepared.desired.objects.values()) if prepared.desired else ()
        if not prepared.is_known:
            manifests = await foresee(component, self._renderer)
        refs = (*_refs(prepared, self._memory.records.get(component.name)), *map(ref_of, manifests))
        crds = tuple(prepared.desired.crds.values()) if prepared.desired else ()
        if not prepared.is_known:
            crds = await self._renderer.crds(component)
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

    async def _recall(self, component: Component) -> Prepared | None:
        source = await self._renderer.source_digest(component)
        given = await self._renderer.input_digest(component, self._outputs)
        if not given:
            return waits_for_outputs(component, self._outputs, source)
        return await self._preparer.recall(component, self._memory, source=source, given=given)

    async def _render(self, component: Component) -> Rendering:
        async with self._children:
            return await self._preparer.render(component, self._outputs, self._memory)

    async def _compare(self, component: Component, desired: DesiredObjects) -> Prepared:
        prepared = await self._preparer.compare(
            component,
            desired,
            self._memory,
            source=await self._renderer.source_digest(component),
            given=await self._renderer.input_digest(component, self._outputs),
        )
        if not self._preparer.may_be_random(prepared):
            return prepared
        scopes = scopes_of(desired.objects.values(), self._ground.kinds)
        rendering = await self._render(component)
        again = await self._preparer.arrange(component, rendering, scopes, self._memory, outputs=self._outputs)
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


def _refs(prepared: Prepared, record: ComponentRecord | None) -> tuple[ObjectRef, ...]:
    if prepared.desired is not None:
        return (*prepared.desired.objects, *prepared.desired.crds)
    return tuple(record.baselines) if record else ()
