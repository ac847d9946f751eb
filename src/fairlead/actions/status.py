"""Says what runs where, in which version, since when, and whether it is healthy now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from fairlead.engine.site import Ground, Site, remember, survey
from fairlead.model.health import Health, HealthStatus
from fairlead.model.lease import Lease
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.model.record import ComponentRecord
from fairlead.model.run import Bundle, Run
from fairlead.planning.health import assess


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentStatus:
    """*version* is the Helm revision or the output digest; *since* when the run that wrote it ended that step."""

    name: str
    version: str
    objects: int
    since: datetime | None
    health: HealthStatus
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentStatus:
    environment: str
    kubernetes: str
    nodes_ready: int
    nodes: int
    simulated: bool
    components: tuple[ComponentStatus, ...]
    run: Run | None = None
    bundle: Bundle | None = None
    lock: Lease | None = None


async def find_status(site: Site) -> EnvironmentStatus:
    ground = await survey(site.cluster)
    remembered = await remember(site.state, environment=site.environment.name)
    refs = [ref for record in remembered.records.values() for ref in record.baselines]
    live = await site.cluster.observe(refs)
    return EnvironmentStatus(
        environment=site.environment.name,
        kubernetes=ground.version,
        nodes_ready=ground.ready_nodes,
        nodes=len(ground.nodes),
        simulated=ground.simulated,
        components=tuple(_component(record, live, ground) for _, record in sorted(remembered.records.items())),
        run=remembered.head.run if remembered.head else None,
        bundle=remembered.head.bundle if remembered.head else None,
        lock=await site.lock.read(),
    )


def _component(record: ComponentRecord, live: Mapping[ObjectRef, Manifest], ground: Ground) -> ComponentStatus:
    problem = next(
        (
            f"{ref}: {health.message or health.reason}"
            for ref in record.baselines
            if (health := _ill(ref, live, ground))
        ),
        "",
    )
    return ComponentStatus(
        name=record.component,
        version=f"revision {record.revision}" if record.revision else record.output_digest[7:19],
        objects=len(record.baselines),
        since=record.written,
        health=HealthStatus.IN_PROGRESS if problem else HealthStatus.CURRENT,
        problem=problem,
    )


def _ill(ref: ObjectRef, live: Mapping[ObjectRef, Manifest], ground: Ground) -> Health | None:
    if ref not in live:
        return Health(status=HealthStatus.FAILED, message="is gone")
    if ground.simulated and ref.kind == "APIService":
        return None
    health = assess(live[ref], load_balancers=not ground.simulated)
    return None if health.status is HealthStatus.CURRENT else health
