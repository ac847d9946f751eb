"""Puts what was found out about each component together: the graph of steps, the intent, the notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from fairlead.engine.plan_options import PlanOptions
from fairlead.engine.preparing import Prepared
from fairlead.engine.removing import Removals
from fairlead.engine.site import Ground, Remembered, Site
from fairlead.formats.codec import to_json
from fairlead.formats.digests import digest
from fairlead.formats.pin_text import format_pin
from fairlead.model.component import Component
from fairlead.model.objects import ObjectRef
from fairlead.model.plan import Plan, StepKind
from fairlead.planning.graph import PlannedComponent, build_steps, undefined_namespaces
from fairlead.planning.maintenance import with_maintenance
from fairlead.ports import Cluster

REMOVING: Final = frozenset({StepKind.PRUNE, StepKind.HELM_UNINSTALL, StepKind.TERRAFORM_DESTROY})


async def assemble(
    site: Site,
    components: Sequence[Component],
    planned: Sequence[PlannedComponent],
    prepared: Mapping[str, Prepared],
    *,
    ground: Ground,
    remembered: Remembered,
    removals: Removals,
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
        removals=removals.planned,
    )
    if options.removal.destroy:
        steps = tuple(step for step in steps if step.kind in REMOVING)
    if options.maintenance:
        steps = with_maintenance(steps, site.environment.maintenance)
    left_out = options.why_left_out(site.project.components_of(site.environment), environment=site.environment)
    return Plan(
        project=site.project.name,
        environment=site.environment.name,
        intent=_intent(site, planned, options, left_out),
        steps=steps,
        preconditions={
            **{ref: h for p in prepared.values() for ref, h in p.preconditions.items()},
            **removals.preconditions,
        },
        commit=await site.repository.commit(),
        dirty=await site.repository.is_dirty(),
        simulated=ground.simulated,
        left_out=left_out,
        notes=(*_states(site, remembered), *removals.notes),
    )


def _intent(site: Site, planned: Sequence[PlannedComponent], options: PlanOptions, left_out: Sequence[str]) -> str:
    removal = {"removal": to_json(options.removal)} if options.removal.is_wanted else {}
    return digest(
        {
            "environment": to_json(site.environment),
            "components": {p.component.name: p.source_digest for p in planned},
            "left_out": list(left_out),
            "skip_crds": options.skip_crds,
            **removal,
        }
    )


def _states(site: Site, remembered: Remembered) -> tuple[str, ...]:
    pin = remembered.head.pin if remembered.head else None
    closed = remembered.head.maintenance if remembered.head else None
    states = [*([format_pin(pin)] if pin else []), *([str(closed)] if closed else [])]
    return tuple(f"{site.environment.name} is {state}" for state in states)


async def _missing_namespaces(cluster: Cluster, planned: Sequence[PlannedComponent]) -> frozenset[str]:
    names = undefined_namespaces(planned)
    found = await cluster.observe_metadata(ObjectRef(kind="Namespace", name=n) for n in names)
    return names - {ref.name for ref in found}
