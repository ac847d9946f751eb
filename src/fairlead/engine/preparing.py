"""Finds out what one component needs: nothing, since its input and its objects are as recorded; or these changes.

The cheapest question comes first: is the input digest as recorded, and does the cluster's metadata show the recorded
resourceVersions? Then nothing is rendered and nothing applied. What moved is read and hashed; only where a field of
ours moved does a server dry-run say which.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping

from fairlead.engine.compare import Comparer, Comparison
from fairlead.engine.dropped import find_dropped
from fairlead.engine.newly_wanted import with_newly_wanted
from fairlead.engine.prepared_entries import notes_of, raise_faults, with_record
from fairlead.engine.quieting import quiet
from fairlead.engine.release_repair import (
    find_leftovers,
    leftover_changes,
    refuse_other_releases,
    returning,
    stored_rendering,
    verified_revision,
)
from fairlead.engine.releases import ReleaseHead, Releases, Revision
from fairlead.engine.renderer import Outputs, Renderer
from fairlead.formats.digests import mask_secret_values
from fairlead.formats.helm_release import helm_metadata
from fairlead.formats.managed_fields import owned_hash
from fairlead.formats.secret_masking import is_masked
from fairlead.model.change import Change, ChangeAction
from fairlead.model.component import Component, CrdPolicy, HelmSource, ReplacePolicy
from fairlead.model.errors import MissingKinds, Refused
from fairlead.model.frozen import dataclass, field
from fairlead.model.objects import Manifest, ObjectRef, ObservedMetadata, ref_of
from fairlead.model.record import Baseline, ComponentRecord
from fairlead.model.rendering import Rendering
from fairlead.planning.autoscaling import drop_hpa_replicas, find_scaled, leave_to_autoscalers
from fairlead.planning.desired import DesiredObjects, Scopes, desired_objects, dropped_versions, is_crd, scopes_of
from fairlead.planning.force import with_force
from fairlead.planning.left_out import still_covered
from fairlead.planning.moves import Moves
from fairlead.planning.orphans import held_back
from fairlead.planning.recorded_objects import find_unlike
from fairlead.planning.shown import without_secrets
from fairlead.planning.terminating import find_terminating
from fairlead.ports import Charts, Cluster


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What is known of one component before its step runs. It holds secrets in clear and stays in memory.

    *comparisons* are those of its objects, *crd_comparisons* those of the CRDs written before. *desired* is None where
    nothing had to be rendered. *changes* say it all for the plan. *is_known* is False where the step must look again,
    because what it needs (an output, a kind, a namespace) was not there. *held* are objects that a release no longer
    wants and that helm must not remove. *recorded* is the record that a rollback returns to, *returns_to* the revision
    that a deployment goes back to because it verified it before; *leftovers* are objects of revisions that failed,
    which helm would never remove.
    """

    component: Component
    changes: tuple[Change, ...]
    crd_changes: tuple[Change, ...] = ()
    desired: DesiredObjects | None = None
    comparisons: tuple[Comparison, ...] = ()
    crd_comparisons: tuple[Comparison, ...] = ()
    preconditions: Mapping[str, str] = field(default_factory=dict)
    source_digest: str = ""
    input_digest: str = ""
    output_digest: str = ""
    is_known: bool = True
    held: tuple[ObjectRef, ...] = ()
    notes: tuple[str, ...] = ()
    recorded: ComponentRecord | None = None
    returns_to: int = 0
    leftovers: tuple[ObjectRef, ...] = ()

    @property
    def is_noop(self) -> bool:
        return all(change.action is ChangeAction.NOOP for change in (*self.changes, *self.crd_changes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the record and the cluster's metadata say, read once for all components."""

    records: Mapping[str, ComponentRecord]
    metadata: Mapping[ObjectRef, ObservedMetadata]
    moved: Mapping[ObjectRef, Manifest]
    autoscalers: tuple[Manifest, ...] = ()


class Preparer:
    """*moves* and *shared* (component -> what another one applies) are set once everything that must be rendered is:
    only then it shows what goes where."""

    moves: Moves
    shared: Mapping[str, Mapping[ObjectRef, str]]

    def __init__(
        self,
        *,
        cluster: Cluster,
        charts: Charts,
        renderer: Renderer,
        comparer: Comparer,
        releases: Releases,
        key: bytes,
        skip_crds: bool,
        is_forced: bool = False,
    ) -> None:
        self._cluster = cluster
        self._charts = charts
        self._renderer = renderer
        self._comparer = comparer
        self._releases = releases
        self._key = key
        self._skip_crds = skip_crds
        self._is_forced = is_forced
        self.moves = Moves()
        self.shared = {}
        self._refusals: dict[str, Refused] = {}
        self._made_anew: set[str] = set()

    def seen(self, component: Component) -> ReleaseHead | None:
        """The component's release as planning found it."""
        return self._releases.head(component)

    async def recall(self, component: Component, memory: Memory, *, source: str, given: str) -> Prepared | None:
        """The component as recorded, if its input digest *given* is; None when it must be rendered."""
        record = memory.records.get(component.name)
        if record is None or not given or record.input_digest != given or self._is_forced:
            return None
        if record.shared:
            return None  # whether another component still has them alike, only rendering tells
        if await self._renderer.reads_cluster(component):
            return None  # no digest covers what `lookup` reads
        if isinstance(component.source, HelmSource) and not self._releases.is_ours(component, record):
            return None
        suspects = self._suspects(record, memory)
        if not suspects:
            return self._unchanged(component, record, source=source, given=given)
        if any(is_masked(manifest) for manifest in record.objects if ref_of(manifest) in suspects):
            return None  # the record has no secret values: only rendering tells what they should be
        found = await self._compare_as_recorded(record, suspects, memory)
        comparisons = quiet(component, found, self._comparer.ignores)
        return self._suspected(component, record, comparisons, source=source, given=given)

    async def _compare_as_recorded(
        self, record: ComponentRecord, suspects: Collection[ObjectRef], memory: Memory
    ) -> tuple[Comparison, ...]:
        found: list[Comparison] = []
        for manager in sorted({record.baselines[ref].manager for ref in suspects}):
            wanted = {ref_of(m): m for m in record.objects if ref_of(m) in suspects}
            ours = {ref: m for ref, m in wanted.items() if record.baselines[ref].manager == manager}
            ours = leave_to_autoscalers(ours, memory.moved, memory.autoscalers, manager=manager)
            found += await self._comparer.compare(ours, manager=manager)
        return tuple(found)

    def _suspects(self, record: ComponentRecord, memory: Memory) -> frozenset[ObjectRef]:
        return frozenset(
            ref
            for ref, baseline in record.baselines.items()
            if not self._holds(ref, baseline, memory)
            or not still_covered(self._comparer.ignores, record.component, ref, baseline.ignored)
        )

    def _holds(self, ref: ObjectRef, baseline: Baseline, memory: Memory) -> bool:
        found = memory.metadata.get(ref)
        if found is None or found.uid != baseline.uid:
            return False
        if found.resource_version == baseline.resource_version:
            return True
        live = memory.moved.get(ref)
        if live is None or find_terminating(live):
            return False
        return (owned_hash(live, baseline.manager, key=self._key) or "") == baseline.owned_hash

    def _unchanged(self, component: Component, record: ComponentRecord, *, source: str, given: str) -> Prepared:
        reason = f"input as recorded, {len(record.baselines)} objects as we left them"
        return Prepared(
            component=component,
            changes=(Change(action=ChangeAction.NOOP, name=component.name, reason=reason),),
            preconditions={str(ref): baseline.owned_hash for ref, baseline in record.baselines.items()},
            source_digest=source,
            input_digest=given,
            output_digest=record.output_digest,
        )

    def _suspected(
        self,
        component: Component,
        record: ComponentRecord,
        comparisons: tuple[Comparison, ...],
        *,
        source: str,
        given: str,
    ) -> Prepared:
        calm = self._unchanged(component, record, source=source, given=given)
        changes = tuple(c.change for c in comparisons if c.change.action is not ChangeAction.NOOP)
        crds = {c.ref for c in comparisons if record.baselines[c.ref].manager != "helm" and is_crd(c.wanted)}
        preconditions = {**calm.preconditions, **{str(c.ref): c.precondition for c in comparisons}}
        return dataclasses.replace(
            calm,
            changes=tuple(c for c in changes if c.target not in crds) or calm.changes,
            crd_changes=tuple(c for c in changes if c.target in crds),
            comparisons=tuple(c for c in comparisons if c.ref not in crds),
            crd_comparisons=tuple(c for c in comparisons if c.ref in crds),
            preconditions=preconditions,
        )

    async def render(self, component: Component, outputs: Outputs, memory: Memory) -> Rendering:
        """What the component should be. A Helm release renders as its next upgrade would, where the cluster can say;
        one that returns to a verified revision as it is stored there."""
        given = await self._renderer.input_digest(component, outputs)
        if verified := self._verified(component, memory, given):
            stored = await stored_rendering(self._cluster, verified)
            if await self._is_as_recorded(component, stored, memory, outputs):
                if not (await self._renderer.chart(component)).has_crds:
                    return stored
                return dataclasses.replace(stored, crds=(await self._renderer.render(component, outputs)).crds)
            self._made_anew.add(component.name)
        if not isinstance(component.source, HelmSource) or not self._releases.is_there(component):
            return await self._renderer.render(component, outputs)
        request = await self._renderer.chart_request(component, outputs)
        try:
            rendering = await self._charts.dry_run(request)
        except MissingKinds:
            return await self._renderer.render(component, outputs)
        except Refused as err:
            # Helm meets an object of somebody else: it may be one that moves here from another component.
            self._refusals[component.name] = err
            return await self._renderer.render(component, outputs)
        if not (await self._renderer.chart(component)).has_crds:
            return rendering
        # An upgrade says nothing of CRDs; only rendering says which subcharts are enabled.
        return dataclasses.replace(rendering, crds=(await self._renderer.render(component, outputs)).crds)

    def _verified(self, component: Component, memory: Memory, given: str) -> Revision | None:
        is_trusted = not self._is_forced and component.name not in self._made_anew
        if not isinstance(component.source, HelmSource) or not is_trusted:
            return None
        record = memory.records.get(component.name)
        return verified_revision(self._releases.head(component), record, given=given)

    async def _is_as_recorded(self, component: Component, stored: Rendering, memory: Memory, outputs: Outputs) -> bool:
        """Whether the revision that our record names is still that one: a release that somebody removed and made anew
        counts its revisions from one again."""
        scopes = scopes_of(stored.objects, await self._cluster.kinds())
        found = (await self.arrange(component, stored, scopes, memory, outputs=outputs)).objects
        masked = {ref: mask_secret_values(manifest, self._key) for ref, manifest in found.items()}
        return not find_unlike(memory.records[component.name].objects, masked)

    def may_be_random(self, prepared: Prepared) -> bool:
        """Whether a release would change fields of live objects: some charts make them up on each rendering."""
        is_helm = isinstance(prepared.component.source, HelmSource) and not prepared.returns_to
        return is_helm and any(change.fields for change in prepared.changes if change.action is ChangeAction.UPDATE)

    async def arrange(
        self, component: Component, rendering: Rendering, scopes: Scopes, memory: Memory, *, outputs: Outputs
    ) -> DesiredObjects:
        is_helm = isinstance(component.source, HelmSource)
        found = desired_objects(
            [*rendering.objects, *rendering.hooks],
            namespace=component.namespace,
            scopes=scopes,
            component=component.name,
            keep_crds_inline=is_helm,
        )
        objects = drop_hpa_replicas(found.objects.values(), also_live_hpas=memory.autoscalers)
        crds = {**found.crds, **{ref_of(crd): crd for crd in rendering.crds}}
        if is_helm:
            add = helm_metadata
            objects = tuple(add(m, release=component.release, namespace=component.namespace) for m in objects)
        is_skipped = self._skip_crds or component.crds is CrdPolicy.SKIP
        arranged = dataclasses.replace(
            found,
            objects={ref_of(m): m for m in objects},
            crds={} if is_skipped else crds,
            skipped=frozenset(crds) if is_skipped else frozenset(),
            scaled=find_scaled(objects, also_live_hpas=memory.autoscalers),
            secrets=await self._renderer.secret_texts(component, outputs),
        )
        return arranged.without(self.shared.get(component.name, {}))

    async def compare(
        self, component: Component, desired: DesiredObjects, memory: Memory, *, source: str, given: str
    ) -> Prepared:
        """Ask the cluster what writing *desired* would change. Raises InputError where it refuses one for good."""
        if component.name in self._refusals and not self.moves.into(component.name):
            raise self._refusals[component.name]
        record = memory.records.get(component.name)
        output = desired.output_digest(self._key)
        is_same = record is not None and record.output_digest == output and not self._is_forced
        if record is not None and is_same and self._is_settled(component, record, memory):
            return self._settled(component, record, desired, source=source, given=given)
        comparisons = with_newly_wanted(await self._compared(component, desired), desired, record, key=self._key)
        crds = with_newly_wanted(await self._compared_crds(component, desired), desired, record, key=self._key)
        raise_faults(component, (*comparisons, *crds), secrets=desired.unprintable())
        refuse_other_releases(component, comparisons)
        head = self._releases.head(component)
        is_helm = isinstance(component.source, HelmSource)
        unwanted = await find_dropped(self._cluster, head, record, component, desired) if is_helm else {}
        held = held_back(unwanted, claimed=self.moves.claimed(component.name, unwanted), prune=component.prune)
        verified = self._verified(component, memory, given)
        if verified and head and head.is_whole and not any(c.change.action.is_change for c in comparisons):
            verified = None  # somebody else made a revision of the same content: it is taken over as it is
        leftovers = {} if verified else await find_leftovers(self._cluster, head, component, {*desired.objects, *held})
        changes = self._changes(component, comparisons, record, unwanted, held, is_same=is_same, shared=desired.shared)
        if verified and head:
            changes = returning(component, head, verified, changes)
        changes = (*changes, *leftover_changes(leftovers))
        changes = with_record(component, changes, desired, record, output)
        if self._is_forced:
            changes = with_force(component, changes)
        return Prepared(
            component=component,
            changes=tuple(without_secrets(change, desired, key=self._key) for change in changes),
            crd_changes=tuple(c.change for c in crds),
            desired=desired,
            comparisons=comparisons,
            crd_comparisons=crds,
            preconditions={str(c.ref): c.precondition for c in (*comparisons, *crds)},
            source_digest=source,
            input_digest=given,
            output_digest=record.output_digest if record and verified else output,
            held=held,
            notes=notes_of(component, desired),
            returns_to=verified.number if verified else 0,
            leftovers=tuple(leftovers),
        )

    def _settled(
        self, component: Component, record: ComponentRecord, desired: DesiredObjects, *, source: str, given: str
    ) -> Prepared:
        calm = self._unchanged(component, record, source=source, given=given)
        why = "its chart calls `lookup`: " if record.input_digest == given else ""
        reason = f"{why}rendered anew, the same {len(record.baselines)} objects: nothing to apply"
        noop = Change(action=ChangeAction.NOOP, name=component.name, reason=reason)
        return dataclasses.replace(calm, changes=(noop,), desired=desired, notes=notes_of(component, desired))

    async def _compared(self, component: Component, desired: DesiredObjects) -> tuple[Comparison, ...]:
        comparisons = await self._comparer.compare(
            desired.objects,
            manager=component.field_manager,
            moves=self.moves.into(component.name),
            may_replace=component.replace is ReplacePolicy.ALLOW,
            scaled=desired.scaled,
        )
        return quiet(component, comparisons, self._comparer.ignores)

    async def _compared_crds(self, component: Component, desired: DesiredObjects) -> tuple[Comparison, ...]:
        """Raises Refused where a version would go that a live CRD serves or stores."""
        crds = await self._comparer.compare(
            desired.crds, manager=f"fairlead:{component.name}", moves=self.moves.into(component.name)
        )
        if component.crds is CrdPolicy.CREATE:
            crds = tuple(c for c in crds if c.live is None)
        for comparison in crds:
            if dropped := dropped_versions(comparison.live, comparison.wanted):
                raise Refused(
                    f"{comparison.ref} would drop {', '.join(dropped)}, which it serves or stores",
                    hint="migrate the stored objects first, or set `crds: create` for the component",
                )
        return crds

    def _is_settled(self, component: Component, record: ComponentRecord, memory: Memory) -> bool:
        if isinstance(component.source, HelmSource) and not self._releases.is_ours(component, record):
            return False
        return not self._suspects(record, memory)

    def _changes(
        self,
        component: Component,
        comparisons: tuple[Comparison, ...],
        record: ComponentRecord | None,
        dropped: Mapping[ObjectRef, Manifest],
        held: Collection[ObjectRef],
        *,
        is_same: bool,
        shared: Collection[ObjectRef],
    ) -> tuple[Change, ...]:
        changes = tuple(c.change for c in comparisons)
        if not isinstance(component.source, HelmSource):
            reason = "others apply all of its objects" if shared else "renders no object"
            return changes or (Change(action=ChangeAction.NOOP, name=component.name, reason=reason),)
        own = self._releases.changes(component, record, dropped, held=held)
        if not own and not is_same and not self._is_forced and not any(change.action.is_change for change in changes):
            name = f"release {component.namespace}/{component.release}"
            own = (Change(action=ChangeAction.UPDATE, name=name, reason="its hooks differ, its objects do not"),)
        return (*own, *changes)
