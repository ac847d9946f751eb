"""Marks what a component would take from another project, or another environment, on the same cluster."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from fairlead.engine.compare import Comparison
from fairlead.engine.preparing import Prepared
from fairlead.formats.json_data import dig_text
from fairlead.model.change import Change, ChangeAction
from fairlead.model.component import HelmSource
from fairlead.model.neighbours import Holding, Neighbours
from fairlead.model.objects import ObjectRef
from fairlead.model.record import ComponentRecord
from fairlead.planning.left_out import WHOLE
from fairlead.planning.neighbours import as_conflict, is_shared
from fairlead.ports import EnvironmentState


async def with_neighbours(
    prepared: Mapping[str, Prepared], records: Mapping[str, ComponentRecord], state: EnvironmentState
) -> dict[str, Prepared]:
    """*prepared*, by component, with a conflict on each change of what somebody else has on record. The others' records
    are read only where something that is there would be written, taken over or deleted."""
    if not any(_touched(one, records.get(name)) or _taken(one) for name, one in prepared.items()):
        return dict(prepared)
    neighbours = await state.neighbours()
    return {name: _marked(one, records.get(name), neighbours) for name, one in prepared.items()}


def _touched(prepared: Prepared, record: ComponentRecord | None) -> tuple[Comparison, ...]:
    """Live objects that would be written, or would become the component's."""
    known = record.baselines if record else {}
    everything = (*prepared.comparisons, *prepared.crd_comparisons)
    return tuple(
        c
        for c in everything
        if c.live is not None
        and (c.change.action.is_change or c.ref not in known)
        and WHOLE not in c.ignored
        and not is_shared(c.change)
    )


def _taken(prepared: Prepared) -> tuple[Change, ...]:
    """What would be deleted, and a release that is there."""
    return tuple(
        c
        for c in prepared.changes
        if c.action is ChangeAction.DELETE
        or (c.target is None and c.action is not ChangeAction.CREATE and _is_release(c))
    )


def _is_release(change: Change) -> bool:
    return change.action.is_change and change.name.startswith("release ")


def _marked(prepared: Prepared, record: ComponentRecord | None, neighbours: Neighbours) -> Prepared:
    held = dict(_holders(prepared, record, neighbours))
    if not held:
        return prepared

    def mark(change: Change) -> Change:
        holder = held.get(change.target or change.name)
        return as_conflict(change, holder) if holder else change

    return dataclasses.replace(
        prepared,
        changes=tuple(map(mark, prepared.changes)),
        crd_changes=tuple(map(mark, prepared.crd_changes)),
    )


def _holders(
    prepared: Prepared, record: ComponentRecord | None, neighbours: Neighbours
) -> Iterator[tuple[ObjectRef | str, Holding]]:
    for comparison in _touched(prepared, record):
        if holder := neighbours.holder(comparison.ref, dig_text(comparison.live or {}, "metadata", "uid")):
            yield comparison.ref, holder
    for change in _taken(prepared):
        if change.target is not None and change.target in neighbours.objects:
            yield change.target, neighbours.objects[change.target]
    component = prepared.component
    release = (component.namespace, component.release) if isinstance(component.source, HelmSource) else ("", "")
    if release in neighbours.releases:
        yield f"release {'/'.join(release)}", neighbours.releases[release]
