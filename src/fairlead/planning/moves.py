"""Objects that go from one component to another: their fields change hands, they are never deleted and made again."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping

from fairlead.model.frozen import dataclass, field
from fairlead.model.image import ImageOutput
from fairlead.model.objects import ObjectRef
from fairlead.model.record import ComponentRecord
from fairlead.model.run import Run
from fairlead.planning.attempts import is_attempt
from fairlead.planning.prune import without


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """*ref* was deployed by component *source* as field *manager*, and is wanted by *target* now. *uid* is empty where
    the record does not say. A Helm release that wants again what it left behind is its own source."""

    ref: ObjectRef
    source: str
    target: str
    manager: str
    uid: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """*holdings* are what each component that is there wants, and what it has on record."""

    by_ref: Mapping[ObjectRef, Move] = field(default_factory=dict)
    holdings: tuple[tuple[str, Collection[ObjectRef]], ...] = ()

    def into(self, component: str) -> dict[ObjectRef, Move]:
        return {ref: move for ref, move in self.by_ref.items() if move.target == component}

    def claimed(self, component: str, refs: Collection[ObjectRef]) -> frozenset[ObjectRef]:
        """Those of *refs* that another component wants or has. What it has may have come from *component* in a run
        that failed before that one's own step: no move shows it any more."""
        others = [held for name, held in self.holdings if refs and name != component]
        return frozenset(ref for held in others for ref in held if ref in refs)


def find_moves(
    desired: Mapping[str, Collection[ObjectRef]],
    records: Mapping[str, ComponentRecord],
    *,
    unseen: Collection[str] = (),
    releases: Mapping[str, tuple[str, str]] | None = None,
) -> Moves:
    """*desired* by component; nothing leaves those *unseen*, since what they want is not known.
    *releases* are namespace and release of the Helm components: a release that only changes its component needs no
    move."""
    fresh = [(target, ref) for target, refs in desired.items() for ref in refs if not _has(records.get(target), ref)]
    holders = _holders({n: record for n, record in records.items() if n not in unseen}) if fresh else {}
    found = {
        ref: dataclasses.replace(holders[ref], target=target)
        for target, ref in fresh
        if ref in holders
        and ref not in desired.get(holders[ref].source, ())
        and not _goes_on(records[holders[ref].source], (releases or {}).get(target))
    }
    present = {*desired, *unseen}
    holdings = (*desired.items(), *((name, record.baselines) for name, record in records.items() if name in present))
    return Moves(by_ref=found | _taken_back(desired, records), holdings=holdings)


def _holders(records: Mapping[str, ComponentRecord]) -> dict[ObjectRef, Move]:
    """Who has each object, its last writer before one that only left it behind."""
    found: dict[ObjectRef, Move] = {}
    for is_current in (False, True):
        for name, record in records.items():
            held = record.baselines if is_current else {**dict.fromkeys(record.orphans), **record.left}
            for ref, baseline in held.items():
                if baseline and is_attempt(baseline) and baseline.manager == "helm":
                    continue  # helm's fields say nothing about whose release it is
                manager = baseline.manager if baseline else f"fairlead:{name}"
                uid = baseline.uid if baseline else ""
                found[ref] = Move(ref=ref, source=name, target="", manager=manager, uid=uid)
    return found


def _taken_back(
    desired: Mapping[str, Collection[ObjectRef]], records: Mapping[str, ComponentRecord]
) -> dict[ObjectRef, Move]:
    """What releases left behind without their marks of ownership, and want again."""
    return {
        ref: Move(ref=ref, source=name, target=name, manager=baseline.manager, uid=baseline.uid)
        for name, record in records.items()
        for ref, baseline in record.left.items()
        if baseline.manager == "helm"
        and not is_attempt(baseline)
        and ref in desired.get(name, ())
        and ref not in record.baselines
    }


def _has(record: ComponentRecord | None, ref: ObjectRef) -> bool:
    return record is not None and ref in record.baselines


def _goes_on(record: ComponentRecord, release: tuple[str, str] | None) -> bool:
    return bool(record.release) and release == (record.standing.namespace, record.release)


def claimed_from(component: str, records: Mapping[str, ComponentRecord]) -> frozenset[ObjectRef]:
    """What components other than *component* have deployed by now."""
    return frozenset(ref for name, record in records.items() if name != component for ref in record.baselines)


def present_in(run: Run, planned: Collection[str], records: Collection[str]) -> frozenset[str]:
    """The components that are not gone from the project of *run*, which has *planned*. A rollback's project has only
    what returns: nothing on record is gone for that."""
    return frozenset(planned).union(records if run.rollback is not None else ())


def settle_records(
    records: Mapping[str, ComponentRecord], *, present: Collection[str]
) -> dict[str, ComponentRecord | None]:
    """The records that must be written anew because other components have what they list; None for one that has
    nothing left and whose component is not *present* any more."""
    owners: dict[ObjectRef, set[str]] = {}
    for name, record in records.items():
        for ref in record.baselines:
            owners.setdefault(ref, set()).add(name)
    changed: dict[str, ComponentRecord | None] = {}
    for name, record in records.items():
        is_gone = name not in present
        held = {*record.orphans, *(record.baselines if is_gone else ())}
        claimed = {ref for ref in held if owners.get(ref, set()) - {name}}
        after = without(record, claimed)
        if is_gone and claimed & record.baselines.keys():
            # Without digests: were the component to return, it would not be taken for deployed.
            baselines = {ref: baseline for ref, baseline in record.baselines.items() if ref not in claimed}
            after = dataclasses.replace(after, baselines=baselines, input_digest="", output_digest="")
        if is_gone and not after.baselines and not after.orphans and _may_go(record, records):
            changed[name] = None
        elif after != record:
            changed[name] = after
    return changed


def _may_go(record: ComponentRecord, records: Mapping[str, ComponentRecord]) -> bool:
    """Whether a record without objects has nothing left to say. What Terraform made is known by its state only: a root
    that is gone from the project stays on record. So does a release, unless another component goes on with it."""
    if record.release and not any(is_same_release(record, other) for other in records.values()):
        return False
    return not is_of_terraform(record)


def is_of_terraform(record: ComponentRecord) -> bool:
    return not is_of_image(record) and (bool(record.outputs) or record.refreshed is not None)


def is_of_image(record: ComponentRecord) -> bool:
    return set(record.outputs) == set(ImageOutput)


def is_same_release(record: ComponentRecord, other: ComponentRecord) -> bool:
    """Whether *other*, of another component, is the same Helm release."""
    is_other = record.component != other.component
    return is_other and (record.release, record.standing.namespace) == (other.release, other.standing.namespace)
