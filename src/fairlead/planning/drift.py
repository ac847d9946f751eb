"""Decides what is drift: from the baselines of a record and what the cluster says now, without asking anybody.

The cheapest question comes first: is the metadata as recorded? What moved is read in full and hashed; only where a
field of ours moved does a dry-run, done by the caller, say which. What nobody of us wrote is no drift.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from fairlead.formats.managed_fields import managers, owned_hash
from fairlead.model.drift import Drift, DriftKind, FieldDrift
from fairlead.model.frozen import dataclass
from fairlead.model.objects import Manifest, ObjectRef, ObservedMetadata
from fairlead.model.record import Baseline
from fairlead.planning.by_hand import has_hand_made_order, is_by_hand
from fairlead.planning.drift_fields import kind_of_object, parse_time


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstLook:
    """What the metadata says of the objects of a record: *calm* ones are as they were left."""

    calm: tuple[ObjectRef, ...]
    gone: tuple[ObjectRef, ...]
    moved: tuple[ObjectRef, ...]


def look_at_metadata(
    baselines: Mapping[ObjectRef, Baseline],
    metadata: Mapping[ObjectRef, ObservedMetadata],
    *,
    due: Collection[ObjectRef] = (),
) -> FirstLook:
    """Every object of *baselines* is in exactly one of the three, in their order. Those that are *due* are looked at
    whatever the metadata says."""
    calm, gone, moved = [], [], []
    for ref, baseline in baselines.items():
        found = metadata.get(ref)
        if found is None:
            gone.append(ref)
        elif (
            ref in due
            or found.uid != baseline.uid
            or found.resource_version != baseline.resource_version
            or _was_touched(found)
        ):
            moved.append(ref)
        else:
            calm.append(ref)
    return FirstLook(calm=tuple(calm), gone=tuple(gone), moved=tuple(moved))


def _was_touched(found: ObservedMetadata) -> bool:
    """Whether a person's tool owns a field of it: what it added moves nothing of ours, and may be worth a look."""
    return any(is_by_hand(manager) for manager in found.managers)


def is_suspect(live: Manifest, baseline: Baseline, recorded: Manifest | None, *, key: bytes) -> bool:
    """Whether only a dry-run can say what happened to *live*, which moved since it was recorded."""
    if live["metadata"]["uid"] != baseline.uid or baseline.ignored:
        return True
    if (owned_hash(live, baseline.manager, key=key) or "") != baseline.owned_hash:
        return True
    return recorded is not None and has_hand_made_order(live, recorded)


def judge_object(
    component: str,
    ref: ObjectRef,
    *,
    live: Manifest,
    baseline: Baseline,
    fields: Iterable[FieldDrift],
) -> Drift | None:
    """*fields* are what is left after those that are ignored; None where the object is as it should be."""
    differing = tuple(fields)
    if live["metadata"]["uid"] != baseline.uid:
        return _recreated(component, ref, live, baseline.manager, differing)
    if not differing:
        return None
    kind = kind_of_object(differing)
    owners = sorted({field.owner for field in differing if field.owner})
    return Drift(
        component=component,
        target=ref,
        kind=kind,
        reason=_say(kind, differing),
        fields=differing,
        owner=", ".join(owners),
        since=max((field.since for field in differing if field.since), default=None),
    )


def gone(component: str, ref: ObjectRef, *, is_served: bool) -> Drift:
    reason = "is not in the cluster" if is_served else "is not in the cluster, which no longer serves its kind"
    return Drift(component=component, target=ref, kind=DriftKind.DELETED, reason=reason)


def _recreated(component: str, ref: ObjectRef, live: Manifest, manager: str, fields: tuple[FieldDrift, ...]) -> Drift:
    others = [owner.manager for owner in managers(live) if owner.subresource != "status" and owner.manager != manager]
    created = parse_time(str(live["metadata"].get("creationTimestamp") or ""))
    # Of what somebody else made, nothing is ours: only other values are worth a word.
    fields = tuple(field for field in fields if field.kind is not DriftKind.OWNERSHIP)
    differs = f", {_paths(fields)} differ{'s' if len(fields) == 1 else ''}" if fields else ""
    return Drift(
        component=component,
        target=ref,
        kind=DriftKind.RECREATED,
        reason=f"was deleted and made again{differs}",
        fields=fields,
        owner=", ".join(dict.fromkeys(others)) or manager,
        since=created,
    )


def _say(kind: DriftKind, fields: tuple[FieldDrift, ...]) -> str:
    if kind is DriftKind.OWNERSHIP:
        return f"{_paths(fields)}: as wanted, but no longer ours"
    verbs = {
        DriftKind.CHANGED: "not as wanted",
        DriftKind.REMOVED_FIELD: "removed",
        DriftKind.EXTRA_KEY: "added",
        DriftKind.ORDER: "in another order",
    }
    named = tuple(field for field in fields if field.kind is kind)
    more = f", and {len(fields) - len(named)} more fields" if len(named) < len(fields) else ""
    return f"{_paths(named)} {verbs[kind]}{more}"


def _paths(fields: tuple[FieldDrift, ...]) -> str:
    more = f" and {len(fields) - 3} more" if len(fields) > 3 else ""
    return f"{', '.join(field.path for field in fields[:3])}{more}"
