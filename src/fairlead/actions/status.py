"""Says what runs where, in which version, since when, and whether it is healthy now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fairlead.engine.site import Ground, Site, remember, survey
from fairlead.engine.terminating import find_terminating_namespaces
from fairlead.model.health import Health, HealthStatus
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.model.record import ComponentRecord
from fairlead.model.status import ComponentStatus, EnvironmentStatus
from fairlead.planning.attempts import is_only_attempted
from fairlead.planning.health import assess
from fairlead.planning.terminating import Terminating, find_terminating
from fairlead.planning.versions import chart_of, exact_of, images_of


async def find_status(site: Site) -> EnvironmentStatus:
    ground = await survey(site.cluster)
    remembered = await remember(site.state, environment=site.environment.name)
    refs = [ref for record in remembered.records.values() for ref in record.baselines]
    live = await site.cluster.observe(refs)
    known = (record for _, record in sorted(remembered.records.items()))
    records = [record for record in known if not is_only_attempted(record)]
    return EnvironmentStatus(
        environment=site.environment.name,
        kubernetes=ground.version,
        nodes_ready=ground.ready_nodes,
        nodes=len(ground.nodes),
        simulated=ground.simulated,
        components=tuple(_component(record, live, ground) for record in records),
        run=remembered.head.run if remembered.head else None,
        bundle=remembered.head.bundle if remembered.head else None,
        lock=await site.lock.read(),
        terminating=await _terminating(site, live),
        pin=remembered.head.pin if remembered.head else None,
        maintenance=remembered.head.maintenance if remembered.head else None,
    )


async def _terminating(site: Site, live: Mapping[ObjectRef, Manifest]) -> tuple[str, ...]:
    spaces = await find_terminating_namespaces(site.cluster, (ref.namespace for ref in live))
    objects = [found for one in live.values() if (found := find_terminating(one)) is not None]
    inside = {space.ref for space in spaces} | {one.ref for one in objects if _is_in(one.ref, spaces)}
    lone = [one for one in objects if one.ref not in inside]
    return tuple(f"{found}; {found.remedy}" for found in (*spaces, *lone))


def _is_in(ref: ObjectRef, spaces: Sequence[Terminating]) -> bool:
    return any(ref.namespace == space.ref.name for space in spaces)


def _component(record: ComponentRecord, live: Mapping[ObjectRef, Manifest], ground: Ground) -> ComponentStatus:
    ill = {ref: health for ref in record.baselines if (health := _ill(ref, live, ground))}
    first = next(iter(ill.items()), None)
    return ComponentStatus(
        name=record.component,
        version=exact_of(record),
        objects=len(record.baselines),
        since=record.written,
        health=HealthStatus.IN_PROGRESS if ill else HealthStatus.CURRENT,
        problem=f"{first[0]}: {first[1].message or first[1].reason}" if first else "",
        chart=chart_of(record),
        images=images_of(record),
        look=_look(first[0], is_there=first[0] in live) if first else "",
        problems=len(ill),
    )


def _look(ref: ObjectRef, *, is_there: bool) -> str:
    namespace = f" -n {ref.namespace}" if ref.namespace else ""
    return f"kubectl {'describe' if is_there else 'get'} {ref.kind.lower()} {ref.name}{namespace}"


def _ill(ref: ObjectRef, live: Mapping[ObjectRef, Manifest], ground: Ground) -> Health | None:
    if ref not in live:
        return Health(status=HealthStatus.FAILED, message="is gone")
    if ground.simulated and ref.kind == "APIService":
        return None
    health = assess(live[ref], load_balancers=ground.gives_addresses)
    return None if health.status is HealthStatus.CURRENT else health
