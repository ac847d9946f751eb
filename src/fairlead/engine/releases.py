"""The Helm releases of a cluster, from one metadata LIST: newest revision and status of each, no process started."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fairlead.formats.helm_release import release_labels, revision_of
from fairlead.formats.json_data import dig_text
from fairlead.model.change import Change, ChangeAction
from fairlead.model.component import Component
from fairlead.model.objects import Manifest, ObjectRef, ref_of
from fairlead.model.record import ComponentRecord
from fairlead.model.rendering import ReleaseStatus
from fairlead.planning.desired import DesiredObjects
from fairlead.ports import Cluster

KEEP_ANNOTATION = "helm.sh/resource-policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseHead:
    """The newest revision of one release; *ref* is the Secret that holds it."""

    revision: int
    status: str
    ref: ObjectRef
    uid: str


class Releases:
    def __init__(self, heads: Mapping[tuple[str, str], ReleaseHead]) -> None:
        self._heads = heads

    def head(self, component: Component) -> ReleaseHead | None:
        return self._heads.get((component.namespace, component.release))

    def is_there(self, component: Component) -> bool:
        return self.head(component) is not None

    def is_ours(self, component: Component, record: ComponentRecord) -> bool:
        """Whether the newest revision is the one that we recorded, and deployed: nobody ran helm since."""
        head = self.head(component)
        return head is not None and head.revision == record.revision and head.status == ReleaseStatus.DEPLOYED

    def changes(
        self, component: Component, record: ComponentRecord | None, desired: DesiredObjects
    ) -> tuple[Change, ...]:
        """What happens to the release itself, and to objects that it no longer has."""
        return (*self._own_change(component, record), *_removed(record, desired))

    def _own_change(self, component: Component, record: ComponentRecord | None) -> tuple[Change, ...]:
        head, name = self.head(component), f"release {component.namespace}/{component.release}"
        if head is None:
            return (Change(action=ChangeAction.CREATE, name=name, reason="not installed"),)
        if head.status in ReleaseStatus.PENDING:
            reason = f"revision {head.revision} is {head.status}: its run was cut off, the revision is dropped"
            return (Change(action=ChangeAction.UPDATE, name=name, reason=reason),)
        if head.status != ReleaseStatus.DEPLOYED:
            reason = f"revision {head.revision} is {head.status}"
            return (Change(action=ChangeAction.UPDATE, name=name, reason=reason),)
        if record is None:
            return (Change(action=ChangeAction.ADOPT, name=name, reason=f"exists at revision {head.revision}"),)
        if head.revision != record.revision:
            reason = f"revision {head.revision} was made outside; ours is {record.revision}"
            return (Change(action=ChangeAction.ADOPT, name=name, reason=reason),)
        return ()


def _removed(record: ComponentRecord | None, desired: DesiredObjects) -> tuple[Change, ...]:
    if record is None:
        return ()
    return tuple(
        Change(target=ref_of(manifest), action=ChangeAction.DELETE, reason="no longer in the chart: helm removes it")
        for manifest in record.objects
        if ref_of(manifest) not in desired.objects
        and not dig_text(manifest, "metadata", "annotations", KEEP_ANNOTATION)
    )


async def read_releases(cluster: Cluster) -> Releases:
    found = await cluster.list_metadata(group="", kind="Secret", labels=release_labels())
    return Releases(_newest(found))


def _newest(secrets: Iterable[Manifest]) -> dict[tuple[str, str], ReleaseHead]:
    heads: dict[tuple[str, str], ReleaseHead] = {}
    for secret in secrets:
        metadata = secret["metadata"]
        key = (metadata["namespace"], dig_text(metadata, "labels", "name"))
        revision = revision_of(secret)
        if key not in heads or heads[key].revision < revision:
            ref = ObjectRef(kind="Secret", namespace=metadata["namespace"], name=metadata["name"])
            status = dig_text(metadata, "labels", "status")
            heads[key] = ReleaseHead(revision=revision, status=status, ref=ref, uid=metadata["uid"])
    return heads
