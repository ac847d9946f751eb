"""What becomes of objects that we deployed and that nobody wants any more: deleted, kept, or forgotten.

Kept, unless somebody names it: what holds data or much else (volumes, claims, namespaces, definitions with objects).
Forgotten: what is gone, and what somebody else has made his own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence

from fairlead.formats.json_data import dig_text
from fairlead.formats.managed_fields import managers
from fairlead.formats.ownership import POLICY, is_owned_by
from fairlead.model.frozen import dataclass, field
from fairlead.model.neighbours import Neighbours
from fairlead.model.objects import Manifest, ObjectRef, ref_of
from fairlead.model.record import Baseline, ComponentRecord
from fairlead.model.removal import Fate, Item, Verdict
from fairlead.planning.attempts import is_attempt
from fairlead.planning.desired import CRD_KEY
from fairlead.planning.holding import held_reason, says_keep
from fairlead.planning.order import removal_order


@dataclass(frozen=True, slots=True, kw_only=True)
class Surrounding:
    """What the cluster says round the objects to be removed. *instances* are the objects of each definition's kind,
    *claims* those in each namespace; *wanted* is what components want as it is, *neighbours* have what is not ours."""

    live: Mapping[ObjectRef, Manifest]
    instances: Mapping[ObjectRef, Collection[ObjectRef]] = field(default_factory=dict)
    claims: Mapping[str, Collection[ObjectRef]] = field(default_factory=dict)
    wanted: Collection[ObjectRef] = ()
    neighbours: Neighbours = field(default_factory=Neighbours)


def items_of(record: ComponentRecord, *, is_gone: bool, why: str) -> tuple[Item, ...]:
    """The inventory of one component: what it left behind, and where it *is_gone* all that it has. *why* is the reason
    that a deletion gets."""
    held = {**record.left, **record.baselines} if is_gone else record.left
    refs = sorted({*record.orphans, *(record.baselines if is_gone else ())})
    return tuple(_item(ref, record, held.get(ref), why) for ref in refs)


def _item(ref: ObjectRef, record: ComponentRecord, baseline: Baseline | None, why: str) -> Item:
    return Item(
        ref=ref,
        component=record.component,
        manager=baseline.manager if baseline else f"fairlead:{record.component}",
        uid=baseline.uid if baseline else "",
        is_bare=baseline is not None and not baseline.owned_hash and not is_attempt(baseline),
        is_attempt=baseline is not None and is_attempt(baseline),
        release=(record.standing.namespace, record.release),
        is_kept=not record.standing.prune,
        why=why,
    )


def decide(items: Sequence[Item], around: Surrounding, *, named: Collection[ObjectRef]) -> tuple[Fate, ...]:
    """The fate of each of *items*, in their order; *named* are those that go although they hold something."""
    fates = [_fate(item, around, is_named=item.ref in named) for item in items]
    # What stays keeps what it lives in; a namespace may hold a definition's object, so that is looked at last.
    for kind in (CRD_KEY, ("", "Namespace")):
        stays = {*around.wanted, *(f.item.ref for f in fates if f.verdict is Verdict.KEEP)}
        goes = {f.item.ref for f in fates if f.verdict is Verdict.DELETE}
        fates = [
            _holding(f, around, named=named, stays=stays, goes=goes) if _kind(f.item.ref) == kind else f for f in fates
        ]
    return tuple(fates)


def _fate(item: Item, around: Surrounding, *, is_named: bool) -> Fate:
    live = around.live.get(item.ref)
    if live is None:
        return Fate(item=item, verdict=Verdict.FORGET, reason="gone already")
    if foreign := _foreign(item, live):
        return foreign
    if holder := around.neighbours.holder(item.ref, dig_text(live, "metadata", "uid")):
        return Fate(item=item, verdict=Verdict.FORGET, reason=f"{holder} has it: not ours")
    if says_keep(live):
        reason = f"its annotation {POLICY} says keep"
        return Fate(item=item, verdict=Verdict.KEEP, reason=reason, remedy="remove the annotation")
    if item.is_kept:
        reason = f"component {item.component} says `prune: false`"
        return Fate(item=item, verdict=Verdict.KEEP, reason=reason, remedy="delete it by hand")
    if (held := held_reason(item.ref, live)) and not is_named:
        return Fate(item=item, verdict=Verdict.KEEP, reason=held, remedy=_naming(item.ref))
    return Fate(item=item, verdict=Verdict.DELETE, reason=f"{item.why}; named" if held else item.why)


def _foreign(item: Item, live: Manifest) -> Fate | None:
    """Where the object is not ours any more, or where that cannot be told."""
    if item.uid and dig_text(live, "metadata", "uid") != item.uid:
        return Fate(item=item, verdict=Verdict.FORGET, reason="deleted and made again by somebody else: not ours")
    if item.is_attempt and not _was_written(item, live):
        return Fate(item=item, verdict=Verdict.FORGET, reason="the run that failed did not make it: not ours")
    if item.is_bare or item.manager in {o.manager for o in managers(live) if o.subresource != "status"}:
        return None
    if item.uid:
        return Fate(item=item, verdict=Verdict.FORGET, reason="no field of it is ours any more: not ours")
    reason = "whether it is still ours cannot be told: an older Fairlead recorded it"
    return Fate(item=item, verdict=Verdict.KEEP, reason=reason, remedy="delete it by hand")


def _was_written(item: Item, live: Manifest) -> bool:
    """Whether the write that was noted beforehand came about: a release has its marks, all else its manager."""
    namespace, release = item.release
    if item.manager == "helm":
        return is_owned_by(live, release=release, namespace=namespace)
    return item.manager in {owner.manager for owner in managers(live)}


def _holding(
    fate: Fate,
    around: Surrounding,
    *,
    named: Collection[ObjectRef],
    stays: Collection[ObjectRef],
    goes: Collection[ObjectRef],
) -> Fate:
    """The *fate* of a definition or a namespace, now that those of the objects in it are known."""
    ref = fate.item.ref
    if fate.verdict is not Verdict.DELETE:
        return fate
    if _kind(ref) == CRD_KEY:
        inside = frozenset(around.instances.get(ref, ()))
        open_ends = inside & frozenset(stays) if ref in named else inside - frozenset(goes)
    else:
        inside = frozenset(around.claims.get(ref.name, ()))
        open_ends = (inside - frozenset(goes)) | {other for other in stays if other.namespace == ref.name}
    if not open_ends:
        return fate
    listed = sorted(open_ends)
    more = f" and {len(listed) - 1} more" if len(listed) > 1 else ""
    reason = f"there is {listed[0]}{more}, which stays"
    is_hopeless = ref in named
    remedy = "remove those first" if is_hopeless else _naming(ref)
    return dataclasses.replace(fate, verdict=Verdict.KEEP, reason=reason, remedy=remedy)


def _naming(ref: ObjectRef) -> str:
    return f"name it with --prune-also {name_of(ref)}"


def name_of(ref: ObjectRef) -> str:
    """How flags name *ref*: `PersistentVolumeClaim/shop/data`, `Namespace/shop`."""
    return "/".join(part for part in (ref.kind, ref.namespace, ref.name) if part)


def find_named(names: Iterable[str], items: Iterable[Item]) -> tuple[frozenset[ObjectRef], tuple[str, ...]]:
    """The objects of the inventory that *names* mean, whatever the case of the kind; and the names that mean none."""
    by_name = {_folded(name_of(item.ref)): item.ref for item in items}
    found = {name: by_name.get(_folded(name)) for name in names}
    return (
        frozenset(ref for ref in found.values() if ref is not None),
        tuple(name for name, ref in found.items() if ref is None),
    )


def _folded(name: str) -> str:
    kind, slash, rest = name.partition("/")
    return f"{kind.lower()}{slash}{rest}"


def deletion_batches(fates: Iterable[Fate], live: Mapping[ObjectRef, Manifest]) -> tuple[tuple[Fate, ...], ...]:
    """Those that are deleted, in batches one after another: the reverse of the order in which they are applied."""
    by_ref = {f.item.ref: f for f in fates if f.verdict is Verdict.DELETE and f.item.ref in live}
    batches = removal_order(_stub(ref) for ref in by_ref)
    return tuple(tuple(by_ref[ref_of(stub)] for stub in batch) for batch in batches)


def _stub(ref: ObjectRef) -> Manifest:
    metadata = {"namespace": ref.namespace, "name": ref.name}
    return {"apiVersion": ref.api_version, "kind": ref.kind, "metadata": metadata}


def without(record: ComponentRecord, refs: Collection[ObjectRef]) -> ComponentRecord:
    """*record* when *refs*, which it left behind, are gone too."""
    orphans = tuple(ref for ref in record.orphans if ref not in refs)
    left = {ref: baseline for ref, baseline in record.left.items() if ref not in refs}
    return dataclasses.replace(record, orphans=orphans, left=left)


def remains_of(record: ComponentRecord, refs: Collection[ObjectRef]) -> ComponentRecord | None:
    """What is left of the *record* of a component that is gone, when *refs* are gone too; None where nothing is.

    Nothing else stays: were the component to return, it would not be taken for deployed."""
    held = {**record.left, **record.baselines}
    orphans = tuple(sorted({*record.orphans, *record.baselines} - {*refs}))
    if not orphans:
        return None
    left = {ref: held[ref] for ref in orphans if ref in held}
    return ComponentRecord(component=record.component, orphans=orphans, left=left, standing=record.standing)


def _kind(ref: ObjectRef) -> tuple[str, str]:
    return (ref.group, ref.kind)
