"""The Helm releases of a cluster, from one metadata LIST: newest revision and status of each, no process started."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fairlead.formats.helm_release import release_labels, revision_of
from fairlead.formats.json_data import dig_text
from fairlead.model.change import Change, ChangeAction
from fairlead.model.component import Component
from fairlead.model.objects import Manifest, ObjectRef, ref_of
from fairlead.model.record import ComponentRecord
from fairlead.model.rendering import ReleaseStatus
from fairlead.planning.desired import DesiredObjects
from fairlead.ports import Cluster

_DEPLOYED_ONCE = ("deployed", "superseded", "uninstalled", "uninstalling")
KEEP_ANNOTATION = "helm.sh/resource-policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseHead:
    """The newest revision of one release, in the Secret *ref*.

    *unfinished* are the Secrets (with their uid) of revisions that go before the next write: a pending one, because
    helm would refuse for good; all of them where none was ever deployed, because helm would upgrade what was never
    installed, and run other hooks.
    """

    revision: int
    status: str
    ref: ObjectRef
    unfinished: Mapping[ObjectRef, str] = field(default_factory=dict)

    @property
    def was_installed(self) -> bool:
        """Whether helm can upgrade it as it is."""
        return not self.unfinished


class Releases:
    def __init__(self, heads: Mapping[tuple[str, str], ReleaseHead]) -> None:
        self._heads = heads

    def head(self, component: Component) -> ReleaseHead | None:
        return self._heads.get((component.namespace, component.release))

    def is_there(self, component: Component) -> bool:
        """Whether helm can say what its next upgrade would be."""
        head = self.head(component)
        return head is not None and head.was_installed

    def is_ours(self, component: Component, record: ComponentRecord) -> bool:
        """Whether the newest revision is the one that we recorded, and deployed: nobody ran helm since."""
        head = self.head(component)
        return head is not None and head.revision == record.revision and head.status == ReleaseStatus.DEPLOYED

    def find(self, namespace: str, release: str) -> ReleaseHead | None:
        return self._heads.get((namespace, release))

    def changes(
        self,
        component: Component,
        record: ComponentRecord | None,
        desired: DesiredObjects,
        *,
        held: Collection[ObjectRef] = (),
    ) -> tuple[Change, ...]:
        """What happens to the release itself, and to objects that it no longer has, but for those *held*."""
        return (*self._own_change(component, record), *_removed(record, desired, held))

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
            reason = f"is at revision {head.revision}; the last one recorded is {record.revision}"
            return (Change(action=ChangeAction.ADOPT, name=name, reason=reason),)
        return ()


def _removed(
    record: ComponentRecord | None, desired: DesiredObjects, held: Collection[ObjectRef]
) -> tuple[Change, ...]:
    if record is None:
        return ()
    return tuple(
        Change(target=ref_of(manifest), action=ChangeAction.DELETE, reason="no longer in the chart: helm removes it")
        for manifest in record.objects
        if ref_of(manifest) not in desired.objects
        and ref_of(manifest) not in held
        and not dig_text(manifest, "metadata", "annotations", KEEP_ANNOTATION)
    )


async def read_releases(cluster: Cluster, *, of: Component | None = None) -> Releases:
    """All releases of the cluster, or the one *of* a component: a step must not read those of a hundred others."""
    if of is None:
        return Releases(_newest(await cluster.list_metadata(group="", kind="Secret", labels=release_labels())))
    labels = {**release_labels(), "name": of.release}
    found = await cluster.list_metadata(group="", kind="Secret", namespace=of.namespace, labels=labels)
    return Releases(_newest(found))


def _newest(secrets: Iterable[Manifest]) -> dict[tuple[str, str], ReleaseHead]:
    revisions: dict[tuple[str, str], list[Manifest]] = {}
    for secret in secrets:
        key = (secret["metadata"]["namespace"], dig_text(secret, "metadata", "labels", "name"))
        revisions.setdefault(key, []).append(secret)
    return {key: _head(sorted(found, key=revision_of)) for key, found in revisions.items()}


def _head(revisions: Sequence[Manifest]) -> ReleaseHead:
    """*revisions* of one release, the newest last."""
    status = _status(revisions[-1])
    was_deployed = any(_status(secret) in _DEPLOYED_ONCE for secret in revisions)
    unfinished = [secret for secret in revisions if not was_deployed or _status(secret) in ReleaseStatus.PENDING]
    return ReleaseHead(
        revision=revision_of(revisions[-1]),
        status=status,
        ref=_secret_ref(revisions[-1]),
        unfinished={_secret_ref(secret): secret["metadata"]["uid"] for secret in unfinished},
    )


def _status(secret: Manifest) -> str:
    return dig_text(secret, "metadata", "labels", "status")


def _secret_ref(secret: Manifest) -> ObjectRef:
    metadata = secret["metadata"]
    return ObjectRef(kind="Secret", namespace=metadata["namespace"], name=metadata["name"])
