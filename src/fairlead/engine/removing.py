"""Finds out what nobody wants any more and what becomes of it: the part of a plan that removes things."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence

from fairlead.engine.busy_releases import refuse_busy
from fairlead.engine.preparing import Prepared
from fairlead.engine.releases import ReleaseHead, Releases, read_releases, released_by
from fairlead.engine.site import Ground, Remembered, Site
from fairlead.engine.surrounding import look_around
from fairlead.formats.helm_release import decode_release
from fairlead.model.change import Change, ChangeAction
from fairlead.model.component import Component, HelmSource, TerraformSource
from fairlead.model.errors import InputError
from fairlead.model.frozen import dataclass, field
from fairlead.model.infrastructure import TerraformPlan
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.model.project import UnknownComponent
from fairlead.model.record import ComponentRecord, Standing
from fairlead.model.removal import Fate, Item, Removal, Verdict
from fairlead.planning.changes import precondition_of
from fairlead.planning.desired import CRD_KEY, defined_kind, desired_objects, scopes_of
from fairlead.planning.makers import Thing
from fairlead.planning.moves import is_of_image, is_of_terraform
from fairlead.planning.orphans import left_behind
from fairlead.planning.prune import Surrounding, decide, find_named, items_of, name_of
from fairlead.planning.removal_graph import PlannedRemoval


@dataclass(frozen=True, slots=True, kw_only=True)
class Removals:
    """What is removed. *gone* are the components all of which goes, and why; *named* the objects that go although they
    hold something; *releases* those that helm uninstalls, by component."""

    gone: Mapping[str, str] = field(default_factory=dict)
    named: frozenset[ObjectRef] = frozenset()
    releases: Mapping[str, ReleaseHead] = field(default_factory=dict)
    planned: tuple[PlannedRemoval, ...] = ()
    notes: tuple[str, ...] = ()
    preconditions: Mapping[str, str] = field(default_factory=dict)

    def items(self, record: ComponentRecord) -> tuple[Item, ...]:
        """What *record* lists and nobody wants."""
        name = record.component
        return items_of(record, is_gone=name in self.gone, why=self.gone.get(name, f"no longer part of {name}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What planning found: *refs* by component of those that were looked at, *held* of releases, and the *waiting*
    components whose objects are not known before the run."""

    refs: Mapping[str, Collection[ObjectRef]] = field(default_factory=dict)
    held: Mapping[str, Collection[ObjectRef]] = field(default_factory=dict)
    waiting: frozenset[str] = frozenset()


def wanted_of(prepared: Mapping[str, Prepared], records: Mapping[str, ComponentRecord]) -> Wanted:
    refs: dict[str, Collection[ObjectRef]] = {}
    for name, one in prepared.items():
        if one.desired is not None:
            refs[name] = one.desired.refs
        elif name in records:
            refs[name] = set(records[name].baselines)
    waiting = frozenset(name for name, one in prepared.items() if one.desired is None and not one.is_known)
    return Wanted(refs=refs, held={name: one.held for name, one in prepared.items()}, waiting=waiting)


@dataclass(slots=True, kw_only=True)
class _Uninstalls:
    """*heads* of the releases to be uninstalled; what helm has of the components *left_alone* is not touched."""

    heads: dict[str, ReleaseHead] = field(default_factory=dict)
    left_alone: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    def has(self, item: Item) -> bool:
        return item.component in self.left_alone and item.manager == "helm"


class RemovalPlanner:
    """Plans what *removal* asks for; where it asks for nothing, says what is kept."""

    def __init__(
        self, site: Site, *, ground: Ground, remembered: Remembered, removal: Removal, is_partial: bool, key: bytes
    ) -> None:
        self._site = site
        self._ground = ground
        self._removal = removal
        self._is_partial = is_partial
        self._key = key
        self._present = {c.name: c for c in site.project.components_of(site.environment)}
        self._remembered = remembered.records
        self._head = remembered.head
        # Of a component that is gone from the project nobody says how long it may take: as long as the others.
        self._timeout = max((c.timeout_seconds for c in self._present.values()), default=600.0)

    async def plan(self, wanted: Wanted) -> Removals:
        """Raises InputError where a component, or a name of `--prune-also`, is none that is there."""
        known = {*self._remembered, *self._present}
        if unknown := [name for name in self._removal.components if name not in known]:
            raise UnknownComponent(unknown[0], known=sorted(known))
        gone = self._gone()
        records = self._records_after(wanted, gone)
        if not self._removal.is_wanted:
            return Removals(notes=tuple(self._notes_of_kept(records, gone, wanted)))
        found = Removals(gone=gone)
        stays = self._stays(wanted, gone)
        releases = await self._releases({name: records[name] for name in gone})
        items = {
            name: tuple(i for i in found.items(r) if i.ref not in stays and not releases.has(i))
            for name, r in records.items()
            if name in gone or name in wanted.refs
        }
        named = self._named(items)
        everything = [item for of_one in items.values() for item in of_one]
        around = await look_around(self._site.cluster, everything, wanted=stays, state=self._site.state)
        fates = decide(everything, around, named=named)
        planned = [
            self._planned(
                records[name], [f for f in fates if f.item.component == name], releases.heads.get(name), around
            )
            for name in items
        ]
        told = [_say(fate) for fate in fates if _is_told(fate, around)]
        return Removals(
            gone=gone,
            named=named,
            releases=releases.heads,
            planned=tuple(p for p in planned if p.release or p.objects),
            notes=(*told, *releases.notes, *self._notes_of_roots(gone)),
            preconditions=self._preconditions(fates, around),
        )

    def roots(self) -> tuple[Component, ...]:
        """The Terraform roots that go, as far as their folders are there."""
        gone = self._gone()
        return tuple(c for c in self._present.values() if c.name in gone and isinstance(c.source, TerraformSource))

    def with_root(self, found: Removals, component: Component, plan: TerraformPlan) -> Removals:
        """*found*, and the end of what a Terraform root made."""
        nothing = Change(action=ChangeAction.RUN, name=component.name, reason="made nothing that is left")
        removal = PlannedRemoval(
            component=component.name,
            standing=Standing(tier=component.tier, needs=component.waits_for),
            resources=plan.changes or (nothing,),
            timeout_seconds=component.timeout_seconds,
        )
        return dataclasses.replace(found, planned=(*found.planned, removal))

    def _notes_of_roots(self, gone: Collection[str]) -> list[str]:
        known = {root.name for root in self.roots()} if self._removal.destroy else set()
        made = [name for name in sorted(gone) if is_of_terraform(self._remembered[name])]
        notes = [
            f"what Terraform made of {name} is kept: its root is gone from the project"
            for name in made
            if name not in known
        ]
        if not self._removal.with_terraform:
            notes += [
                f"what Terraform made of {name} is kept (destroy it with --with-terraform)"
                for name in made
                if name in known
            ]
        return notes

    def _gone(self) -> dict[str, str]:
        """The components all of which goes, and why."""
        if self._removal.destroy:
            names = self._removal.components or tuple(self._remembered)
            return {name: "to be destroyed" for name in names if name in self._remembered}
        names = tuple(name for name in self._remembered if name not in self._present)
        return {} if self._is_partial else {name: f"component {name} is gone from the project" for name in names}

    def _records_after(self, wanted: Wanted, gone: Collection[str]) -> dict[str, ComponentRecord]:
        """The records as the run will leave them, before anything is removed."""
        found = dict(self._remembered)
        for name, refs in wanted.refs.items():
            if name in found and name not in gone and name not in wanted.waiting:
                behind = left_behind(found[name], refs, held=wanted.held.get(name, ()))
                found[name] = dataclasses.replace(found[name], orphans=behind.orphans, left=behind.left)
        return found

    def _stays(self, wanted: Wanted, gone: Collection[str]) -> frozenset[ObjectRef]:
        """What a component wants, or may want: of those that were not looked at all that they have or left behind."""
        found = {ref for name, refs in wanted.refs.items() if name not in gone for ref in refs}
        for name, record in self._remembered.items():
            is_unseen = name not in wanted.refs or name in wanted.waiting
            if is_unseen and name not in gone and name in self._present:
                found |= {*record.baselines, *record.orphans}
        return frozenset(found)

    def _named(self, items: Mapping[str, Sequence[Item]]) -> frozenset[ObjectRef]:
        everything = [item for of_one in items.values() for item in of_one]
        named, unknown = find_named(self._removal.named, everything)
        if unknown:
            known = ", ".join(sorted({name_of(item.ref) for item in everything})[:5]) or "nothing"
            raise InputError(
                f"--prune-also {unknown[0]}: nothing of that name is left behind", hint=f"left behind are {known}"
            )
        return named

    async def _releases(self, records: Mapping[str, ComponentRecord]) -> _Uninstalls:
        """The releases that helm uninstalls: those of components that are gone, and that no other goes on with."""
        of_helm = {name: record for name, record in records.items() if record.release}
        if not of_helm:
            return _Uninstalls()
        releases = await read_releases(self._site.cluster)
        others = [c for c in self._present.values() if isinstance(c.source, HelmSource) and c.name not in records]
        taken = {(c.namespace, c.release): c.name for c in others}
        neighbours = await self._site.state.neighbours()
        found = _Uninstalls()
        for name, record in of_helm.items():
            head = _head(record, releases)
            if head is None:
                continue
            label = f"release {head.ref.namespace}/{record.release}"
            if (head.ref.namespace, record.release) in taken:
                found.left_alone.add(name)
            elif holder := neighbours.releases.get((head.ref.namespace, record.release)):
                found.left_alone.add(name)
                found.notes.append(f"{label} is kept: {holder} has it")
            elif unknown := await self._unrecorded(record, head):
                found.left_alone.add(name)
                said = f"{label} is kept: somebody made revision {head.revision}, with {unknown}"
                found.notes.append(f"{said} (remove it with `helm uninstall`)")
            else:
                found.heads[name] = head
        await self._refuse_busy([records[name] for name in found.heads], releases, found.heads)
        return found

    async def _refuse_busy(
        self, records: Sequence[ComponentRecord], releases: Releases, heads: Mapping[str, ReleaseHead]
    ) -> None:
        """Raises Refused where somebody else's helm may be at a release that is to be uninstalled."""
        site, head = self._site, self._head
        going = [
            released_by(record, namespace=heads[record.component].ref.namespace, timeout=self._timeout)
            for record in records
        ]
        last = head.run if head else None
        await refuse_busy(going, releases, last=last, state=site.state, now=site.clock.now())

    async def _unrecorded(self, record: ComponentRecord, head: ReleaseHead) -> str:
        """An object of a release that we never saw in it; empty where there is none."""
        if head.revision == record.revision:
            return ""
        secret = await self._site.cluster.get(head.ref)
        if secret is None:
            return ""
        objects = decode_release(secret).objects
        stored = desired_objects(
            objects,
            namespace=head.ref.namespace,
            scopes=scopes_of(objects, self._ground.kinds),
            component=record.component,
            keep_crds_inline=True,
        )
        known = {*record.baselines, *record.orphans}
        return next((str(ref) for ref in stored.objects if ref not in known), "")

    def _planned(
        self, record: ComponentRecord, fates: Sequence[Fate], head: ReleaseHead | None, around: Surrounding
    ) -> PlannedRemoval:
        name = record.component
        of_release = [f for f in fates if head is not None and f.item.manager == "helm"]
        objects = [f for f in fates if f not in of_release]
        component = self._present.get(name)
        goes = [f.item.ref for f in fates if f.verdict is Verdict.DELETE]
        return PlannedRemoval(
            component=name,
            standing=_standing(record, component),
            release=_release_changes(record, of_release, head) if head is not None else (),
            objects=_changes(objects) or _image_change(record),
            uses=frozenset(_used(goes)),
            makes=frozenset(_made(goes, around.live)),
            timeout_seconds=component.timeout_seconds if component else self._timeout,
        )

    def _preconditions(self, fates: Sequence[Fate], around: Surrounding) -> dict[str, str]:
        return {
            str(f.item.ref): precondition_of(around.live[f.item.ref], f.item.manager, key=self._key)
            for f in fates
            if f.verdict is Verdict.DELETE
        }

    def _notes_of_kept(
        self, records: Mapping[str, ComponentRecord], gone: Mapping[str, str], wanted: Wanted
    ) -> list[str]:
        stays = self._stays(wanted, gone)
        notes = []
        for name, record in sorted(records.items()):
            if name in self._present:
                orphans = [ref for ref in record.orphans if ref not in stays]
                notes += [f"{ref} is no longer part of {name}: kept, until --prune" for ref in orphans]
            elif {*record.baselines, *record.orphans} - stays or record.release or is_of_terraform(record):
                notes.append(f"component {name} is no longer in the project: what it deployed is kept, until --prune")
        return notes


def _head(record: ComponentRecord, releases: Releases) -> ReleaseHead | None:
    """An older record does not say the namespace; then the objects do, if they are all in one."""
    namespaces = {ref.namespace for ref in record.baselines if ref.namespace}
    namespace = record.standing.namespace or (namespaces.pop() if len(namespaces) == 1 else "")
    return releases.find(namespace, record.release)


def _standing(record: ComponentRecord, component: Component | None) -> Standing:
    if component is None:
        return record.standing
    return dataclasses.replace(record.standing, tier=component.tier, needs=component.waits_for)


def _release_changes(record: ComponentRecord, fates: Sequence[Fate], head: ReleaseHead) -> tuple[Change, ...]:
    name = f"release {head.ref.namespace}/{record.release}"
    why = fates[0].item.why if fates else "all of it is gone"
    own = Change(action=ChangeAction.DELETE, name=name, reason=f"{why}: helm uninstalls it")
    return (own, *_changes(fates))


def _changes(fates: Sequence[Fate]) -> tuple[Change, ...]:
    """What is forgotten is told, and changes nothing."""
    actions = {Verdict.DELETE: ChangeAction.DELETE, Verdict.FORGET: ChangeAction.RUN}
    return tuple(
        Change(action=actions[fate.verdict], target=fate.item.ref, reason=fate.reason)
        for fate in fates
        if fate.verdict in actions
    )


def _used(refs: Sequence[ObjectRef]) -> set[Thing]:
    kinds: set[Thing] = {("kind", ref.group, ref.kind) for ref in refs}
    return kinds | {("namespace", ref.namespace) for ref in refs if ref.namespace}


def _made(refs: Sequence[ObjectRef], live: Mapping[ObjectRef, Manifest]) -> set[Thing]:
    kinds: set[Thing] = {("kind", *defined_kind(live[ref])) for ref in refs if (ref.group, ref.kind) == CRD_KEY}
    return kinds | {("namespace", ref.name) for ref in refs if (ref.group, ref.kind) == ("", "Namespace")}


def _image_change(record: ComponentRecord) -> tuple[Change, ...]:
    """An image leaves only its record: those on nodes and in registries may be used by others."""
    if not is_of_image(record):
        return ()
    return (Change(action=ChangeAction.RUN, name=record.component, reason="an image: only its record goes"),)


def _is_told(fate: Fate, around: Surrounding) -> bool:
    """Whether people must know: what stays, and what is there and not ours any more."""
    return fate.verdict is Verdict.KEEP or (fate.verdict is Verdict.FORGET and fate.item.ref in around.live)


def _say(fate: Fate) -> str:
    remedy = f" ({fate.remedy})" if fate.remedy else ""
    what = "is kept" if fate.verdict is Verdict.KEEP else "is left alone"
    return f"{fate.item.ref} of {fate.item.component} {what}: {fate.reason}{remedy}"
