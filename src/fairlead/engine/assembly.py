"""Puts what was found out about each component together: the graph of steps, the intent, the notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fairlead.engine.planned import PlanOptions
from fairlead.engine.preparing import Prepared
from fairlead.engine.site import Ground, Remembered, Site
from fairlead.formats.codec import to_json
from fairlead.formats.digests import digest
from fairlead.formats.pin_text import format_pin
from fairlead.model.component import Component
from fairlead.model.objects import ObjectRef
from fairlead.model.plan import Plan
from fairlead.planning.graph import PlannedComponent, build_steps, undefined_namespaces
from fairlead.ports import Cluster


async def assemble(
    site: Site,
    components: Sequence[Component],
    planned: Sequence[PlannedComponent],
    prepared: Mapping[str, Prepared],
    *,
    ground: Ground,
    remembered: Remembered,
    options: PlanOptions,
) -> Plan:
    in_file_order = {c.name: n for n, c in enumerate(components)}
    ordered = sorted(planned, key=lambda p: (p.component.tier.rank, in_file_order[p.component.name]))
    steps = build_steps(
        ordered,
        environment=site.environment,
        missing_namespaces=await _missing_namespaces(site.cluster, ordered),
        left_out=options.left_out,
        extra_test=options.extra_test,
        cache_images=options.cache_images,
    )
    left_out = options.why_left_out(site.project.components_of(site.environment))
    return Plan(
        project=site.project.name,
        environment=site.environment.name,
        intent=_intent(site, planned, options, left_out),
        steps=steps,
        preconditions={ref: h for p in prepared.values() for ref, h in p.preconditions.items()},
        commit=await site.repository.commit(),
        dirty=await site.repository.is_dirty(),
        simulated=ground.simulated,
        left_out=left_out,
        notes=_notes(site, remembered),
    )


def _intent(site: Site, planned: Sequence[PlannedComponent], options: PlanOptions, left_out: Sequence[str]) -> str:
    return digest(
        {
            "environment": to_json(site.environment),
            "components": {p.component.name: p.source_digest for p in planned},
            "left_out": list(left_out),
            "skip_crds": options.skip_crds,
        }
    )


def _notes(site: Site, remembered: Remembered) -> tuple[str, ...]:
    known = {c.name for c in site.project.components}
    gone = sorted(set(remembered.records) - known)
    pin = remembered.head.pin if remembered.head else None
    pinned = (f"{site.environment.name} is {format_pin(pin)}",) if pin else ()
    return pinned + tuple(f"component {name} is no longer in the project: what it deployed is kept" for name in gone)


async def _missing_namespaces(cluster: Cluster, planned: Sequence[PlannedComponent]) -> frozenset[str]:
    names = undefined_namespaces(planned)
    found = await cluster.observe_metadata(ObjectRef(kind="Namespace", name=n) for n in names)
    return names - {ref.name for ref in found}
