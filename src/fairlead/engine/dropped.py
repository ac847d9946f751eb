"""What a Helm release has and does not want any more: helm removes it with its next write, unless it is held."""

from __future__ import annotations

from fairlead.engine.release_repair import read_revision, ref_in
from fairlead.engine.releases import ReleaseHead
from fairlead.model.component import Component
from fairlead.model.objects import Manifest, ObjectRef, ref_of
from fairlead.model.record import ComponentRecord
from fairlead.planning.desired import DesiredObjects
from fairlead.ports import Cluster


async def find_dropped(
    cluster: Cluster,
    head: ReleaseHead | None,
    record: ComponentRecord | None,
    component: Component,
    desired: DesiredObjects,
) -> dict[ObjectRef, Manifest]:
    """What the *record* holds; and where helm goes on from a revision that is not on record, because somebody else made
    it or a run was cut off, what that one holds too. The values of its Secrets are in clear: they stay in memory."""
    found = _recorded(record) if record is not None else {}
    base = head.base if head else None
    if base is not None and (record is None or record.revision != base.number):
        release, kinds = await read_revision(cluster, base), await cluster.kinds()
        found |= {ref_in(manifest, component, kinds): manifest for manifest in release.objects}
    return {ref: manifest for ref, manifest in found.items() if ref not in desired.objects}


def _recorded(record: ComponentRecord) -> dict[ObjectRef, Manifest]:
    return {ref_of(manifest): manifest for manifest in record.objects if _is_helms(record, ref_of(manifest))}


def _is_helms(record: ComponentRecord, ref: ObjectRef) -> bool:
    """The CRDs of a chart's `crds/` are ours: helm removes none of them."""
    baseline = record.baselines.get(ref)
    return baseline is None or baseline.manager == "helm"
