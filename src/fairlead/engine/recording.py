"""What a step leaves in the record of its component."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from fairlead.engine.deployment import Deployment
from fairlead.engine.preparing import Prepared
from fairlead.engine.writing import baselines_of, take_baselines
from fairlead.formats.managed_fields import managers, owned_hash
from fairlead.model.change import ChangeAction
from fairlead.model.component import Component, HelmSource
from fairlead.model.objects import Manifest, ObjectRef, ref_of
from fairlead.model.record import Baseline, ComponentRecord, Standing
from fairlead.planning.attempts import is_attempt
from fairlead.planning.desired import DesiredObjects
from fairlead.planning.moves import claimed_from
from fairlead.planning.orphans import LeftBehind, left_behind


async def record_written(
    component: Component,
    prepared: Prepared,
    deployment: Deployment,
    *,
    written: Mapping[ObjectRef, Manifest],
    revision: int = 0,
) -> ComponentRecord:
    """The record after the component's main step; *written* are the API server's answers to our own writes."""
    before = deployment.records.get(component.name)
    if prepared.desired is None and before is not None:
        return await _mended(component, prepared, deployment, before, written=written, revision=revision)
    desired = prepared.desired
    if desired is None:
        raise ValueError(f"{component.name} was neither rendered nor recorded")
    behind = _left_behind(before or ComponentRecord(component=component.name), prepared, desired, deployment)
    behind = await _really_left(behind, deployment)
    live = await deployment.site.cluster.observe(desired.objects)
    objects = baselines_of(desired.objects, written, live, manager=component.field_manager, key=deployment.key)
    objects = keeping_lost(noting_ignored(objects, prepared), prepared, before)
    if isinstance(component.source, HelmSource):
        objects = await _confirmed(deployment, desired.objects, objects, live)
    return ComponentRecord(
        component=component.name,
        source_digest=prepared.source_digest,
        input_digest=prepared.input_digest,
        output_digest=prepared.output_digest,
        objects=_kept_objects(prepared, desired, deployment.key),
        baselines={
            **await _taken(deployment, desired.crds, written, manager=crd_manager(component)),
            **objects,
        },
        release=component.release if revision else "",
        revision=revision,
        written=deployment.site.clock.now(),
        orphans=behind.orphans,
        left=behind.left,
        standing=standing_of(component),
        shared=tuple(desired.shared),
    )


def _left_behind(
    before: ComponentRecord, prepared: Prepared, desired: DesiredObjects, deployment: Deployment
) -> LeftBehind:
    behind = left_behind(before, desired.refs, held=prepared.held)
    if not behind.orphans:
        return behind
    return left_behind(before, desired.refs | claimed_from(before.component, deployment.records), held=prepared.held)


async def _really_left(behind: LeftBehind, deployment: Deployment) -> LeftBehind:
    """*behind* without what an earlier run was about to write and never did."""
    tried = [ref for ref, baseline in behind.left.items() if is_attempt(baseline)]
    there = await deployment.site.cluster.observe_metadata(tried) if tried else {}
    never = {ref for ref in tried if ref not in there}
    return LeftBehind(
        orphans=tuple(ref for ref in behind.orphans if ref not in never),
        left={ref: baseline for ref, baseline in behind.left.items() if ref not in never},
    )


def standing_of(component: Component) -> Standing:
    return Standing(
        tier=component.tier, needs=component.waits_for, namespace=component.namespace, prune=component.prune
    )


def _kept_objects(prepared: Prepared, desired: DesiredObjects, key: bytes) -> tuple[Manifest, ...]:
    """The objects as the record keeps them. After a rollback they are those of the older record: it knows which texts
    are secret; but for CRDs, which stay as they are."""
    everything = {**desired.crds, **desired.objects}
    if prepared.recorded is None:
        return tuple(desired.masked(manifest, key) for manifest in everything.values())
    older = {ref_of(manifest): manifest for manifest in prepared.recorded.objects}
    return tuple(m if ref in desired.crds else older[ref] for ref, m in everything.items())


async def _confirmed(
    deployment: Deployment,
    desired: Mapping[ObjectRef, Manifest],
    baselines: Mapping[ObjectRef, Baseline],
    live: Mapping[ObjectRef, Manifest],
) -> dict[ObjectRef, Baseline]:
    """The baselines of a release, taken from *live*, which was read after helm wrote.

    Where somebody else wrote too, a dry-run must agree; else the baseline stays open, and the next look asks again: a
    change in between must not become what we wanted.
    """
    shared = {ref: desired[ref] for ref, found in live.items() if _has_foreign_writer(found)}
    comparisons = await deployment.comparer.compare(shared, manager="helm")
    moved = {c.ref for c in comparisons if c.change.action is not ChangeAction.NOOP}
    return {
        ref: dataclasses.replace(b, owned_hash="", resource_version="") if ref in moved else b
        for ref, b in baselines.items()
    }


def _has_foreign_writer(live: Manifest) -> bool:
    return any(owner.manager != "helm" and owner.subresource != "status" for owner in managers(live))


async def _mended(
    component: Component,
    prepared: Prepared,
    deployment: Deployment,
    before: ComponentRecord,
    *,
    written: Mapping[ObjectRef, Manifest],
    revision: int,
) -> ComponentRecord:
    """Drift was taken back: the content is as recorded, the objects that were looked at have new baselines."""
    wanted = {c.ref: c.wanted for c in prepared.comparisons}
    fresh = noting_ignored(await _taken(deployment, wanted, written, manager=component.field_manager), prepared)
    fresh = keeping_lost(fresh, prepared, before)
    return dataclasses.replace(
        before,
        baselines={**before.baselines, **fresh},
        revision=revision or before.revision,
        standing=standing_of(component),
        written=deployment.site.clock.now(),
    )


async def record_reverted(
    component: Component, prepared: Prepared, deployment: Deployment, *, written: Mapping[ObjectRef, Manifest]
) -> ComponentRecord:
    """The record with new baselines of what was put back; what is deployed, and since when, is as it was."""
    before = deployment.records[component.name]
    objects = {c.ref: c.wanted for c in prepared.comparisons}
    crds = {c.ref: c.wanted for c in prepared.crd_comparisons}
    fresh = await _taken(deployment, objects, written, manager=component.field_manager)
    fresh |= await _taken(deployment, crds, written, manager=crd_manager(component))
    fresh = noting_ignored(fresh, prepared)
    return dataclasses.replace(before, baselines={**before.baselines, **fresh})


async def record_crds(
    component: Component, prepared: Prepared, deployment: Deployment, *, written: Mapping[ObjectRef, Manifest]
) -> ComponentRecord | None:
    """The record with new baselines of the CRDs; None where the main step will write the first record."""
    before = deployment.records.get(component.name)
    if before is None:
        return None
    wanted = {c.ref: c.wanted for c in prepared.crd_comparisons}
    fresh = await _taken(deployment, wanted, written, manager=crd_manager(component))
    return dataclasses.replace(before, baselines={**before.baselines, **fresh})


def record_as_it_was(prepared: Prepared, deployment: Deployment) -> ComponentRecord | None:
    """The record of a component that needs no write, brought up to date: the new input that rendered the same, the
    versions that only a status update moved. None where it is up to date."""
    before = deployment.records.get(prepared.component.name)
    if before is None:
        return None
    metadata = deployment.planned.memory.metadata
    seen = {ref: found.resource_version for ref, found in metadata.items()}
    baselines = {
        ref: dataclasses.replace(b, resource_version=seen.get(ref, b.resource_version))
        for ref, b in before.baselines.items()
    }
    for ref, live in _found_as_wanted(prepared).items():
        baselines[ref] = _renewed(baselines[ref], live, key=deployment.key)
    baselines = keeping_lost(noting_ignored(baselines, prepared), prepared, before)
    after = dataclasses.replace(
        before,
        source_digest=prepared.source_digest,
        input_digest=prepared.input_digest,
        baselines=baselines,
        standing=standing_of(prepared.component),
        shared=tuple(prepared.desired.shared) if prepared.desired else before.shared,
    )
    return None if after == before else after


def keeping_lost(
    baselines: Mapping[ObjectRef, Baseline], prepared: Prepared, before: ComponentRecord | None
) -> dict[ObjectRef, Baseline]:
    """*baselines*, but as *before* where a field of ours has another owner now: it is drift until somebody decides."""
    lost = {c.ref for c in (*prepared.comparisons, *prepared.crd_comparisons) if c.lost}
    known = before.baselines if before else {}
    as_before = {
        ref: dataclasses.replace(b, owned_hash=known[ref].owned_hash, resource_version=known[ref].resource_version)
        for ref, b in baselines.items()
        if ref in lost and ref in known
    }
    return {**baselines, **as_before}


def noting_ignored(baselines: Mapping[ObjectRef, Baseline], prepared: Prepared) -> dict[ObjectRef, Baseline]:
    """*baselines* with the fields that the ignore file kept out of what was compared."""
    left = {c.ref: c.ignored for c in (*prepared.comparisons, *prepared.crd_comparisons)}
    return {
        ref: dataclasses.replace(baseline, ignored=left[ref]) if ref in left else baseline
        for ref, baseline in baselines.items()
    }


def _found_as_wanted(prepared: Prepared) -> dict[ObjectRef, Manifest]:
    """The live objects that a dry-run would not change."""
    return {
        c.ref: c.live
        for c in (*prepared.comparisons, *prepared.crd_comparisons)
        if c.live is not None and c.change.action is ChangeAction.NOOP
    }


def _renewed(baseline: Baseline, live: Manifest, *, key: bytes) -> Baseline:
    """The baseline of an object that moved and that a dry-run found as wanted: owning an empty `annotations`, for one,
    ends when somebody else adds one. Without this each later status update would ask, and refuse saved plans."""
    return dataclasses.replace(
        baseline,
        owned_hash=owned_hash(live, baseline.manager, key=key) or "",
        resource_version=live["metadata"]["resourceVersion"],
    )


def crd_manager(component: Component) -> str:
    """CRDs are written by ourselves, those of a chart's `crds/` too."""
    return f"fairlead:{component.name}"


async def _taken(
    deployment: Deployment,
    desired: Mapping[ObjectRef, Manifest],
    written: Mapping[ObjectRef, Manifest],
    *,
    manager: str,
) -> dict[ObjectRef, Baseline]:
    return await take_baselines(deployment.site.cluster, desired, written, manager=manager, key=deployment.key)
