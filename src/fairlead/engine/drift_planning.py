"""Makes the plan that puts drift back: what was recorded is written again, by whoever wrote it before."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from fairlead.engine.compare import Comparer, Comparison
from fairlead.engine.plan_options import PlanOptions
from fairlead.engine.planned import Planned
from fairlead.engine.planner import Planner
from fairlead.engine.preparing import Prepared
from fairlead.engine.site import Ground, Remembered, Site
from fairlead.formats.secret_restoring import restore_secrets
from fairlead.model.change import ChangeAction
from fairlead.model.component import Component
from fairlead.model.drift import Drift
from fairlead.model.frozen import dataclass
from fairlead.model.objects import Manifest, ObjectRef, ref_of
from fairlead.model.plan import Phase
from fairlead.model.record import ComponentRecord
from fairlead.planning.desired import is_crd
from fairlead.planning.drift_revert import build_revert, drifted_only, revert_change
from fairlead.planning.graph import NEVER_MADE, PhasesLeftOut

NOT_PROVISIONED = "putting drift back provisions nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class RevertPlan:
    """*planned* puts *drifts* back; *left* says why each of the others cannot be."""

    planned: Planned
    drifts: tuple[Drift, ...]
    left: tuple[tuple[Drift, str], ...]


class RevertPlanner:
    def __init__(
        self, site: Site, *, ground: Ground, remembered: Remembered, key: bytes, tell: Callable[[str], None]
    ) -> None:
        self._site = site
        self._ground = ground
        self._remembered = remembered
        self._key = key
        self._tell = tell
        self._comparer = Comparer(site.cluster, key=key, ignores=site.ignores)

    async def plan(self, drifts: Sequence[Drift]) -> RevertPlan:
        """Raises InputError where what a secret was cannot be rendered; Unavailable."""
        possible, left = self._sorted_out(drifts)
        wanted, unknown = await self._recorded(possible)
        base = await self._base({drift.component for drift in possible if drift.target in unknown})
        wanted |= self._rendered(base, unknown)
        lost = [drift for drift in possible if drift.target not in wanted]
        reason = "its secret value is not in the record, and the repository is no longer what was deployed: deploy it"
        left += [(drift, reason) for drift in lost]
        possible = [drift for drift in possible if drift.target in wanted]
        prepared = await self._prepare(possible, wanted)
        plan = build_revert(
            base.plan,
            possible,
            self._components(),
            environment=self._site.environment,
            missing_namespaces=await self._missing_namespaces(possible),
        )
        planned = dataclasses.replace(base, plan=plan, prepared=prepared)
        return RevertPlan(planned=planned, drifts=tuple(possible), left=tuple(left))

    def _components(self) -> tuple[Component, ...]:
        return self._site.project.components_of(self._site.environment)

    def _sorted_out(self, drifts: Sequence[Drift]) -> tuple[list[Drift], list[tuple[Drift, str]]]:
        known = {component.name for component in self._components()}
        possible: list[Drift] = []
        left: list[tuple[Drift, str]] = []
        for drift in drifts:
            if drift.component not in known:
                left.append((drift, "its component is no longer in the project"))
            elif drift.target is None or not drift.is_revertible:
                left.append((drift, "no object of ours: `fairlead deploy` brings it back"))
            else:
                possible.append(drift)
        return possible, left

    async def _recorded(self, drifts: Sequence[Drift]) -> tuple[dict[ObjectRef, Manifest], set[ObjectRef]]:
        """The objects as they were applied, and those of which the record does not hold every value."""
        refs = {drift.target for drift in drifts if drift.target is not None}
        live = await self._site.cluster.observe(refs)
        wanted: dict[ObjectRef, Manifest] = {}
        unknown: set[ObjectRef] = set()
        for drift in drifts:
            record = self._remembered.records[drift.component]
            for manifest in record.objects:
                ref = ref_of(manifest)
                if ref != drift.target:
                    continue
                restored = restore_secrets(manifest, live.get(ref, {}), key=self._key)
                if restored.unknown:
                    unknown.add(ref)
                else:
                    wanted[ref] = restored.manifest
        return wanted, unknown

    async def _base(self, names: Collection[str]) -> Planned:
        """A plan of the environment that renders only the components *names*."""
        options = PlanOptions(
            selected=frozenset(names),
            left_out=PhasesLeftOut(reasons={Phase.PROVISION: NOT_PROVISIONED}),
        )
        planner = Planner(
            self._site,
            ground=self._ground,
            remembered=self._remembered,
            key=self._key,
            options=options,
            tell=self._tell,
        )
        return await planner.plan()

    def _rendered(self, base: Planned, unknown: Collection[ObjectRef]) -> dict[ObjectRef, Manifest]:
        """What only rendering knows, where the repository still is what was deployed."""
        found: dict[ObjectRef, Manifest] = {}
        for name, prepared in base.prepared.items():
            record = self._remembered.records[name]
            if prepared.desired is None or prepared.output_digest != record.output_digest:
                continue
            everything = {**prepared.desired.crds, **prepared.desired.objects}
            found |= {ref: everything[ref] for ref in unknown if ref in everything}
        return found

    async def _prepare(self, drifts: Sequence[Drift], wanted: Mapping[ObjectRef, Manifest]) -> dict[str, Prepared]:
        prepared = {}
        for component in self._components():
            mine = [drift for drift in drifts if drift.component == component.name]
            if not mine:
                continue
            record = self._remembered.records[component.name]
            comparisons = await self._compared(mine, wanted, record, manager=component.field_manager)
            # Those of a chart's templates are helm's, as every other object of the release.
            crd_comparisons = [c for c in comparisons if is_crd(c.wanted) and record.baselines[c.ref].manager != "helm"]
            prepared[component.name] = Prepared(
                component=component,
                changes=tuple(revert_change(drift) for drift in mine),
                comparisons=tuple(c for c in comparisons if c not in crd_comparisons),
                crd_comparisons=tuple(crd_comparisons),
                source_digest=record.source_digest,
                input_digest=record.input_digest,
                output_digest=record.output_digest,
            )
        return prepared

    async def _compared(
        self, drifts: Iterable[Drift], wanted: Mapping[ObjectRef, Manifest], record: ComponentRecord, *, manager: str
    ) -> list[Comparison]:
        by_manager: dict[str, dict[ObjectRef, Manifest]] = {}
        mine = {drift.target: drift for drift in drifts if drift.target is not None}
        live = await self._site.cluster.observe(mine)
        ignored: dict[ObjectRef, tuple[str, ...]] = {}
        for ref, drift in mine.items():
            who, manifest = record.baselines[ref].manager or manager, wanted[ref]
            if ref in live:
                entries = self._site.ignores.of(record.component, ref)
                manifest, ignored[ref] = drifted_only(manifest, live[ref], drift, entries, manager=who)
            by_manager.setdefault(who, {})[ref] = manifest
        found: list[Comparison] = []
        for who, objects in by_manager.items():
            found += await self._comparer.compare(objects, manager=who)
        # What is as wanted but not ours is written all the same: that is how it becomes ours again.
        return [
            dataclasses.replace(
                c,
                change=revert_change(mine[c.ref]) if c.change.action is ChangeAction.NOOP else c.change,
                ignored=(*ignored.get(c.ref, ()), *c.ignored),
            )
            for c in found
        ]

    async def _missing_namespaces(self, drifts: Iterable[Drift]) -> frozenset[str]:
        named = {drift.target.namespace for drift in drifts if drift.target} - NEVER_MADE - {""}
        made = {drift.target.name for drift in drifts if drift.target and drift.target.kind == "Namespace"}
        refs = [ObjectRef(kind="Namespace", name=name) for name in sorted(named - made)]
        found = await self._site.cluster.observe_metadata(refs)
        return frozenset(ref.name for ref in refs if ref not in found)
