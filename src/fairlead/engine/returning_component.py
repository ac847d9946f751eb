"""What one component needs to be as an older bundle had it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fairlead.engine.compare import Comparer, Comparison
from fairlead.engine.newly_wanted import with_newly_wanted
from fairlead.engine.preparing import Memory, Prepared, Preparer
from fairlead.engine.releases import ReleaseHead, Releases
from fairlead.engine.site import Ground, Site
from fairlead.formats.digests import mask_secret_values
from fairlead.formats.helm_release import decode_release
from fairlead.formats.ownership import POLICY
from fairlead.formats.secret_masking import star_texts
from fairlead.formats.unmasking import unmask
from fairlead.model.change import Change, ChangeAction
from fairlead.model.component import Component, HelmSource
from fairlead.model.errors import Refused
from fairlead.model.frozen import dataclass, field
from fairlead.model.objects import Manifest, ObjectRef, ref_of
from fairlead.model.record import ComponentRecord
from fairlead.model.rendering import Release, ReleaseStatus, Rendering
from fairlead.model.run import Bundle
from fairlead.planning.desired import DesiredObjects, is_crd, scopes_of
from fairlead.planning.holding import holds_data, says_keep
from fairlead.planning.recorded_objects import find_unlike
from fairlead.planning.rollback import is_data, removed_data, removed_from_others, writable
from fairlead.planning.shown import without_secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The *bundle* that run *run* deployed, with the *records* of its components. *dirty*: from a dirty tree."""

    run: str
    bundle: Bundle
    records: Mapping[str, ComponentRecord]
    dirty: bool = False

    @property
    def remedy(self) -> str:
        commit = self.bundle.commit[:12]
        return f"check out {commit or 'what that run deployed'} and `fairlead deploy` it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Returner:
    """*memory* has the present records; *seen* objects from before that may hold secret values of the bundle."""

    site: Site
    ground: Ground
    key: bytes
    target: Target
    releases: Releases
    preparer: Preparer
    comparer: Comparer
    memory: Memory
    seen: Mapping[ObjectRef, Manifest] = field(default_factory=dict)

    async def look_again(self, component: Component) -> Prepared:
        """As `prepare`, for a step that is tried a second time."""
        return await self.prepare(component, self.target.records[component.name])

    async def prepare(self, component: Component, record: ComponentRecord) -> Prepared:
        """Raises Refused where the component cannot be as *record* says, naming the object and the way out."""
        if isinstance(component.source, HelmSource):
            return await self._release(component, record)
        return await self._plain(component, record)

    async def _plain(self, component: Component, record: ComponentRecord) -> Prepared:
        refs = [ref_of(manifest) for manifest in record.objects]
        live = await self.site.cluster.observe(refs)
        objects: dict[ObjectRef, Manifest] = {}
        texts: set[str] = set()
        for manifest in writable(record):
            ref = ref_of(manifest)
            found = unmask(manifest, live.get(ref), key=self.key) or unmask(manifest, self.seen.get(ref), key=self.key)
            if found is None:
                raise Refused(
                    f"{ref} has another secret value now than in that bundle, and the record holds no secrets",
                    hint=f"{self.target.remedy}, or name the components that may return without {component.name}",
                )
            objects[ref] = found.manifest
            texts |= found.texts
        comparisons = await self.comparer.compare(objects, manager=component.field_manager)
        kept = {ref_of(m): m for m in record.objects if is_data(m) and not is_crd(m) and ref_of(m) in live}
        desired = DesiredObjects(
            objects={**objects, **kept}, crds=self._crds(component, record, live), secrets=frozenset(texts)
        )
        missing = tuple(ref for ref in refs if holds_data(ref) and ref not in live)
        notes = tuple(f"{ref} of that bundle is gone: a rollback makes nothing that holds data" for ref in missing)
        before = self.memory.records.get(component.name)
        comparisons = with_newly_wanted(comparisons, desired, before, key=self.key)
        later = [ref for ref in (before.baselines if before else ()) if ref not in {*desired.objects, *desired.crds}]
        notes += tuple(f"{ref} came after that bundle: kept" for ref in later)
        changes = tuple(comparison.change for comparison in comparisons)
        return self._prepared(component, record, desired, comparisons, changes=changes, notes=notes)

    def _crds(
        self, component: Component, record: ComponentRecord, live: Mapping[ObjectRef, Manifest]
    ) -> dict[ObjectRef, Manifest]:
        """The component's own CRDs as they are now recorded: none is taken back. Raises Refused where one is gone."""
        before = self.memory.records.get(component.name)
        recorded = {ref_of(m): m for r in (record, before) if r for m in r.objects if is_crd(m) and _is_own(m, r)}
        gone = [ref for ref in recorded if ref not in live and ref not in self.memory.metadata]
        if gone:
            raise Refused(f"{gone[0]} is gone, and a rollback makes no CRD", hint=self.target.remedy)
        return recorded

    async def _release(self, component: Component, record: ComponentRecord) -> Prepared:
        head = self.releases.head(component)
        desired = await self.arrange(component, await self._revision(component, record.revision))
        masked = {ref: mask_secret_values(manifest, self.key) for ref, manifest in desired.objects.items()}
        if unlike := find_unlike(record.objects, masked):
            raise Refused(
                f"revision {record.revision} of release {component.release} is not what was recorded: "
                f"{unlike[0]} differs",
                hint=self.target.remedy,
            )
        present = await self._present(component, head)
        live = await self.site.cluster.observe(ref_of(m) for m in record.objects if is_crd(m))
        crds = self._crds(component, record, live)
        desired = DesiredObjects(objects=desired.objects, crds=crds, hooks=desired.hooks)
        comparisons = await self.comparer.compare(desired.objects, manager="helm")
        comparisons = with_newly_wanted(comparisons, desired, self.memory.records.get(component.name), key=self.key)
        self._refuse_data(component, comparisons, present, desired)
        own = self._own_changes(component, record, head, present, comparisons, desired)
        changes = (*own, *(comparison.change for comparison in comparisons))
        return self._prepared(component, record, desired, comparisons, changes=changes)

    async def _revision(self, component: Component, revision: int) -> Release:
        name = f"sh.helm.release.v1.{component.release}.v{revision}"
        secret = await self.site.cluster.get(ObjectRef(kind="Secret", namespace=component.namespace, name=name))
        if secret is None:
            raise Refused(
                f"helm keeps revision {revision} of release {component.release} no more", hint=self.target.remedy
            )
        return decode_release(secret)

    async def _present(self, component: Component, head: ReleaseHead | None) -> Mapping[ObjectRef, Manifest]:
        """What helm takes away unless it is wanted: the objects of the newest revision but those marked to stay."""
        secret = await self.site.cluster.get(head.ref) if head else None
        objects = (await self.arrange(component, decode_release(secret))).objects if secret else {}
        return {ref: manifest for ref, manifest in objects.items() if not says_keep(manifest)}

    async def arrange(self, component: Component, release: Release) -> DesiredObjects:
        """The objects of a stored *release* as Helm applies them."""
        rendering = Rendering(objects=release.objects, hooks=release.hooks)
        scopes = scopes_of(release.objects, self.ground.kinds)
        return await self.preparer.arrange(component, rendering, scopes, self.memory, outputs={})

    def _refuse_data(
        self,
        component: Component,
        comparisons: Iterable[Comparison],
        present: Mapping[ObjectRef, Manifest],
        desired: DesiredObjects,
    ) -> None:
        """Helm takes back CRDs and claims of templates like any object: it is not asked to."""
        for comparison in comparisons:
            is_touched = comparison.change.action not in (ChangeAction.NOOP, ChangeAction.ADOPT, ChangeAction.CREATE)
            if holds_data(comparison.ref) and is_touched:
                raise Refused(
                    f"helm would change {comparison.ref}, which holds data: {comparison.change.reason}",
                    hint=f"{self.target.remedy}, or name the components that may return without {component.name}",
                )
        for ref in removed_data(present, desired.objects):
            raise Refused(
                f"helm would remove {ref}, which holds data and came after that bundle",
                hint=f"`kubectl annotate` it with {POLICY}=keep, in the chart too, then roll back",
            )

        others = {name: record for name, record in self.target.records.items() if name != component.name}
        for ref, name in removed_from_others(present, desired.objects, others):
            raise Refused(
                f"{ref} moved from {name} to {component.name} since that bundle: helm would remove it",
                hint=self.target.remedy,
            )

    def _own_changes(
        self,
        component: Component,
        record: ComponentRecord,
        head: ReleaseHead | None,
        present: Mapping[ObjectRef, Manifest],
        comparisons: Iterable[Comparison],
        desired: DesiredObjects,
    ) -> tuple[Change, ...]:
        """What happens to the release itself, and to objects that came later."""
        before = self.memory.records.get(component.name)
        is_same = before is not None and before.output_digest == record.output_digest
        is_ours = before is not None and self.releases.is_ours(component, before)
        moving = any(c.change.action.is_change for c in comparisons)
        if is_same and is_ours and not moving:
            return ()
        status = f" ({head.status})" if head and head.status != ReleaseStatus.DEPLOYED else ""
        now = f"revision {head.revision}{status}" if head else "nothing"
        name = f"release {component.namespace}/{component.release}"
        own = Change(action=ChangeAction.UPDATE, name=name, reason=f"back from {now} to revision {record.revision}")
        reason = "came after that bundle: helm removes it"
        later = (ref for ref in present if ref not in desired.objects)
        return (own, *(Change(target=ref, action=ChangeAction.DELETE, reason=reason) for ref in later))

    def _prepared(
        self,
        component: Component,
        record: ComponentRecord,
        desired: DesiredObjects,
        comparisons: tuple[Comparison, ...],
        *,
        changes: tuple[Change, ...],
        notes: tuple[str, ...] = (),
    ) -> Prepared:
        self._refuse_faults(comparisons, desired)
        before = self.memory.records.get(component.name)
        is_recorded = before is not None and before.output_digest == record.output_digest
        if not is_recorded and not any(change.action.is_change for change in changes):
            reason = "as in that bundle already: its record returns"
            changes = (Change(action=ChangeAction.ADOPT, name=component.name, reason=reason), *changes)
        if not changes:
            changes = (Change(action=ChangeAction.NOOP, name=component.name, reason="holds no object"),)
        return Prepared(
            component=component,
            changes=tuple(without_secrets(change, desired, key=self.key) for change in changes),
            desired=desired,
            comparisons=comparisons,
            preconditions={str(c.ref): c.precondition for c in comparisons},
            source_digest=record.source_digest,
            input_digest=record.input_digest,
            output_digest=record.output_digest,
            notes=notes,
            recorded=record,
        )

    def _refuse_faults(self, comparisons: Iterable[Comparison], desired: DesiredObjects) -> None:
        fault = next((comparison for comparison in comparisons if comparison.fault), None)
        if fault is not None:
            raise Refused(
                f"{fault.ref} cannot be as in that bundle: {star_texts(fault.fault, desired.unprintable())}",
                hint="delete it first, if that may be; nothing was written",
            )


def _is_own(manifest: Manifest, record: ComponentRecord) -> bool:
    """Whether a CRD is written by ourselves, not by helm out of a template."""
    baseline = record.baselines.get(ref_of(manifest))
    return baseline is not None and baseline.manager != "helm"
