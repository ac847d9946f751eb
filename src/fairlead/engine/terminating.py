"""Looks at what is being deleted, and waits for it to be gone: before a write in its place, and after a delete."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from fairlead.engine.planned import Planned
from fairlead.engine.waiting import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS
from fairlead.model.errors import InputError, Refused, StepFailed
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.planning.terminating import Terminating, find_terminating, remaining_kinds, say_remaining
from fairlead.ports import Clock, Cluster

PATIENCE_SECONDS = 60.0
"""How long a deployment waits for what is being deleted: most of it goes in seconds."""


class StillTerminating(Refused):
    """What is to be written is being deleted, and does not go."""

    def __init__(self, found: Collection[Terminating]) -> None:
        self.found = tuple(found)
        super().__init__(_first_of(self.found), hint=f"{self.found[0].remedy}; then deploy again")


async def find_terminating_namespaces(cluster: Cluster, names: Iterable[str]) -> tuple[Terminating, ...]:
    refs = [ObjectRef(kind="Namespace", name=name) for name in sorted(set(names) - {""})]
    live = await cluster.observe(refs)
    return tuple([await explain(cluster, found) for one in live.values() if (found := find_terminating(one))])


async def find_blockers(planned: Planned, cluster: Cluster) -> tuple[Terminating, ...]:
    """What *planned* writes, or writes into, that is being deleted now: it would be gone a moment later."""
    names = {ref.namespace for ref in planned.memory.metadata}
    names |= {change.target.namespace for step in planned.plan.steps for change in step.changes if change.target}
    names |= {c.ref.name for p in planned.prepared.values() for c in p.comparisons if c.ref.kind == "Namespace"}
    spaces = await find_terminating_namespaces(cluster, names)
    inside = {space.ref.name for space in spaces}
    compared = [c for p in planned.prepared.values() for c in (*p.comparisons, *p.crd_comparisons)]
    objects = [
        found for c in compared if (found := find_terminating(c.live)) and found.ref not in {s.ref for s in spaces}
    ]
    return (*spaces, *(found for found in objects if found.ref.namespace not in inside))


async def explain(cluster: Cluster, found: Terminating) -> Terminating:
    """*found*, of a namespace with the objects that remain in it."""
    if found.ref.kind != "Namespace":
        return found
    left: list[tuple[str, Mapping[str, object]]] = []
    for kind in remaining_kinds(found, await cluster.kinds()):
        try:
            listed = await cluster.list_metadata(group=kind.group, kind=kind.kind, namespace=found.ref.name)
        except InputError:  # who may not list them still knows from the condition that there are some
            continue
        left += [(kind.kind, one["metadata"]) for one in listed]
    return dataclasses.replace(found, remains=say_remaining(left))


async def wait_until_gone(
    deleted: Mapping[ObjectRef, str],
    *,
    cluster: Cluster,
    clock: Clock,
    timeout: float,
    tell: Callable[[str], None],
) -> None:
    """Until none of the objects *deleted* (with their uid; empty means any) is there. Raises StepFailed after *timeout*
    seconds, saying of the first what holds it; an object of the same name that somebody made anew is none of them."""
    if left := await _wait(deleted, cluster=cluster, clock=clock, timeout=timeout, tell=tell):
        raise StepFailed(f"{_first_of(left)}: still there after {timeout:.0f} s", hint=left[0].remedy)


async def outwait(
    found: Collection[Terminating], *, cluster: Cluster, clock: Clock, timeout: float, tell: Callable[[str], None]
) -> None:
    """Give what is being deleted *timeout* seconds to go. Raises StillTerminating where it does not."""
    deleted = {one.ref: one.uid for one in found}
    if left := await _wait(deleted, cluster=cluster, clock=clock, timeout=timeout, tell=tell):
        raise StillTerminating(left)


async def _wait(
    deleted: Mapping[ObjectRef, str],
    *,
    cluster: Cluster,
    clock: Clock,
    timeout: float,
    tell: Callable[[str], None],
) -> tuple[Terminating, ...]:
    deadline, pause, told = clock.monotonic() + timeout, FIRST_PAUSE_SECONDS, ""
    while left := _left(deleted, await cluster.observe(deleted)):
        if clock.monotonic() >= deadline:
            return tuple([await explain(cluster, one) for one in left])
        if (text := f"waiting until it is gone: {left[0]}") != told:
            tell(text)
            told = text
        await clock.sleep(min(pause, max(0.0, deadline - clock.monotonic())))
        pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)
    return ()


def _left(deleted: Mapping[ObjectRef, str], live: Mapping[ObjectRef, Manifest]) -> list[Terminating]:
    same = {ref: one for ref, one in live.items() if deleted[ref] in ("", one["metadata"]["uid"])}
    # One that is not marked: its deletion was refused, or not asked for.
    return [
        find_terminating(one) or Terminating(ref=ref, uid=one["metadata"]["uid"], since="") for ref, one in same.items()
    ]


def _first_of(found: Sequence[Terminating]) -> str:
    return f"{found[0]} (and {len(found) - 1} more)" if len(found) > 1 else str(found[0])
