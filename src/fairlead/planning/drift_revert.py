"""What putting drift back would write: a plan like any other, of the drifted objects only."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence

from fairlead.formats.digests import digest
from fairlead.formats.json_data import as_map
from fairlead.model.change import ABSENT, Change, ChangeAction, FieldChange
from fairlead.model.component import Component
from fairlead.model.drift import Drift, DriftKind, FieldDrift
from fairlead.model.environment import Environment
from fairlead.model.ignore import IgnoreEntry
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.model.plan import Phase, Plan, Step, StepKind, Waits
from fairlead.planning.graph import namespace_step, namespace_step_name
from fairlead.planning.ignoring import covers
from fairlead.planning.left_out import without_others

_DATA = ("data", "binaryData")
_REPLICAS = ".spec.replicas"


def revert_change(drift: Drift) -> Change:
    """What happens to one drifted object. Fields of others are conflicts that the plan shows, and takes back."""
    if drift.kind is DriftKind.DELETED:
        return Change(target=drift.target, action=ChangeAction.CREATE, reason="was deleted: made again")
    is_ownership = all(field.kind is DriftKind.OWNERSHIP for field in drift.fields)
    return Change(
        target=drift.target,
        action=ChangeAction.ADOPT if is_ownership else ChangeAction.UPDATE,
        reason=f"{drift.kind.value}: {drift.reason}",
        fields=tuple(_change(field) for field in drift.fields),
    )


def _change(field: FieldDrift) -> FieldChange:
    return FieldChange(path=field.path, wanted=field.wanted, found=field.found, owner=field.owner)


def drifted_only(
    wanted: Manifest, live: Manifest, drift: Drift, entries: Sequence[IgnoreEntry], *, manager: str
) -> tuple[Manifest, tuple[str, ...]]:
    """*wanted* without what differs and is no drift: fields that *entries* cover, replicas that an autoscaler sets.
    And the paths of those that are ignored. Helm's objects too: nothing is upgraded here."""
    drifted = {field.path for field in drift.fields}

    def is_ignored(path: str) -> bool:
        return any(covers(entry, path) for entry in entries)

    def is_theirs(path: str) -> bool:
        return path not in drifted and (path == _REPLICAS or is_ignored(path))

    left, paths = without_others(wanted, live, is_theirs, manager=manager)
    return left, tuple(filter(is_ignored, paths))


def added_keys(changes: Iterable[Change]) -> dict[ObjectRef, tuple[tuple[str, str], ...]]:
    """Keys of ConfigMaps and Secrets that must go, as (field, key), by object."""
    found: dict[ObjectRef, tuple[tuple[str, str], ...]] = {}
    for change in changes:
        ref = change.target
        if ref is None or ref.group or ref.kind not in ("ConfigMap", "Secret"):
            continue
        # A field that is only no longer ours has neither value: it stays.
        added = [each for each in change.fields if each.wanted is ABSENT and each.found is not ABSENT]
        keys = [key for each in added for key in _key(each.path)]
        if keys:
            found[ref] = tuple(keys)
    return found


def _key(path: str) -> Iterable[tuple[str, str]]:
    return ((name, path.removeprefix(f".{name}.")) for name in _DATA if path.startswith(f".{name}."))


def without_keys(live: Manifest, keys: Iterable[tuple[str, str]]) -> Manifest:
    """*live* as it is to be put back; its resourceVersion makes that a compare-and-swap."""
    changed = dict(live)
    for name, key in keys:
        changed[name] = {each: value for each, value in as_map(changed.get(name)).items() if each != key}
    return changed


def build_revert(
    base: Plan,
    drifts: Sequence[Drift],
    components: Sequence[Component],
    *,
    environment: Environment,
    missing_namespaces: Collection[str],
) -> Plan:
    """*base* is a plan of the environment that changes nothing; *drifts* those that can be put back."""
    by_component: dict[str, list[Drift]] = {}
    for drift in drifts:
        by_component.setdefault(drift.component, []).append(drift)
    spaces = [namespace_step(name, environment.pod_security) for name in sorted(missing_namespaces)]
    steps = [
        _step(c, by_component[c.name], by_component, missing_namespaces) for c in components if c.name in by_component
    ]
    said = {step.name: [[change.subject, change.reason] for change in step.changes] for step in steps}
    return dataclasses.replace(
        base, steps=(*spaces, *steps), intent=digest({"revert": said}), notes=(), left_out=(), preconditions={}
    )


def _step(
    component: Component,
    drifts: Sequence[Drift],
    others: Mapping[str, object],
    missing_namespaces: Collection[str],
) -> Step:
    needed = {name for name in component.needs if name in others}
    spaces = {drift.target.namespace for drift in drifts if drift.target} & set(missing_namespaces)
    return Step(
        name=component.name,
        kind=StepKind.REVERT,
        phase=Phase.DEPLOY,
        component=component.name,
        changes=tuple(revert_change(drift) for drift in drifts),
        after=tuple(sorted(needed | {namespace_step_name(name) for name in spaces})),
        waits=Waits.NEEDS if component.needs else Waits.TIERS,
        tier=component.tier,
        timeout_seconds=component.timeout_seconds,
    )
