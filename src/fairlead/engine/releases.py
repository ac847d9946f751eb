"""The Helm releases of a cluster, from one metadata LIST: newest revision and status of each, no process started."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from fairlead.formats.helm_release import release_labels, revision_of
from fairlead.formats.json_data import dig_text, maps_in
from fairlead.model.change import Change, ChangeAction
from fairlead.model.component import Component, HelmSource
from fairlead.model.frozen import dataclass
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.model.record import ComponentRecord
from fairlead.model.rendering import ReleaseStatus
from fairlead.planning.holding import says_keep
from fairlead.ports import Cluster

_DEPLOYED_ONCE = ("deployed", "superseded", "uninstalled", "uninstalling")


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One revision of a release, as the metadata of its Secret *ref* says, which helm last wrote at *modified*."""

    number: int
    status: str
    ref: ObjectRef
    uid: str
    modified: datetime | None = None

    @property
    def is_cut_off(self) -> bool:
        """Whether helm refuses to go on from it, because it takes an operation to be under way."""
        return self.status in (*ReleaseStatus.PENDING, ReleaseStatus.UNINSTALLING)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseHead:
    """The revisions of one release that helm keeps, the newest last."""

    revisions: tuple[Revision, ...]

    @property
    def newest(self) -> Revision:
        return self.revisions[-1]

    @property
    def revision(self) -> int:
        return self.newest.number

    @property
    def status(self) -> str:
        return self.newest.status

    @property
    def ref(self) -> ObjectRef:
        return self.newest.ref

    @property
    def unfinished(self) -> tuple[Revision, ...]:
        """All of them where none was ever deployed: they go before the next write, because helm would upgrade what was
        never installed, and run other hooks."""
        was_deployed = any(one.status in _DEPLOYED_ONCE for one in self.revisions)
        return () if was_deployed else self.revisions

    @property
    def cut_off(self) -> tuple[Revision, ...]:
        return tuple(one for one in self.revisions if one.is_cut_off)

    @property
    def deployed(self) -> tuple[Revision, ...]:
        """What helm goes on from."""
        return tuple(one for one in self.revisions if one.status == ReleaseStatus.DEPLOYED)

    @property
    def base(self) -> Revision | None:
        """Whose objects helm's next write removes where they are not wanted any more."""
        return None if self.unfinished else (self.deployed or self.revisions)[-1]

    @property
    def after_deployed(self) -> tuple[Revision, ...]:
        """Those that failed, or were cut off, after the last one that was deployed."""
        last = max((one.number for one in self.deployed), default=0)
        return tuple(one for one in self.revisions if last and one.number > last)

    @property
    def is_whole(self) -> bool:
        """Whether the newest revision is as helm leaves one that went well."""
        return self.status == ReleaseStatus.DEPLOYED

    @property
    def was_installed(self) -> bool:
        """Whether helm can upgrade it as it is."""
        return not self.unfinished and not self.newest.is_cut_off


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
        dropped: Mapping[ObjectRef, Manifest],
        *,
        held: Collection[ObjectRef] = (),
    ) -> tuple[Change, ...]:
        """What happens to the release itself, and to objects that it no longer wants, but for those *held*."""
        return (*self._own_change(component, record), *_removed(dropped, held))

    def _own_change(self, component: Component, record: ComponentRecord | None) -> tuple[Change, ...]:
        head, name = self.head(component), f"release {component.namespace}/{component.release}"
        if head is None:
            return (Change(action=ChangeAction.CREATE, name=name, reason="not installed"),)
        if head.status in ReleaseStatus.PENDING:
            fate = "the release is installed anew" if head.unfinished else "that revision counts as failed"
            reason = f"revision {head.revision} is {head.status}: its run was cut off; {fate}"
            return (Change(action=ChangeAction.UPDATE, name=name, reason=reason),)
        if head.status != ReleaseStatus.DEPLOYED:
            reason = f"revision {head.revision} is {head.status}"
            return (Change(action=ChangeAction.UPDATE, name=name, reason=reason),)
        if record is None or not record.revision:
            return (Change(action=ChangeAction.ADOPT, name=name, reason=f"exists at revision {head.revision}"),)
        if head.revision != record.revision:
            reason = f"is at revision {head.revision}; the last one recorded is {record.revision}"
            return (Change(action=ChangeAction.ADOPT, name=name, reason=reason),)
        return ()


def _removed(dropped: Mapping[ObjectRef, Manifest], held: Collection[ObjectRef]) -> tuple[Change, ...]:
    return tuple(
        Change(target=ref, action=ChangeAction.DELETE, reason="no longer in the chart: helm removes it")
        for ref, manifest in dropped.items()
        if ref not in held and not says_keep(manifest)
    )


async def read_releases(cluster: Cluster, *, of: Component | None = None) -> Releases:
    """All releases of the cluster, or the one *of* a component: a step must not read those of a hundred others."""
    if of is None:
        return Releases(_newest(await cluster.list_metadata(group="", kind="Secret", labels=release_labels())))
    labels = {**release_labels(), "name": of.release}
    found = await cluster.list_metadata(group="", kind="Secret", namespace=of.namespace, labels=labels)
    return Releases(_newest(found))


def released_by(record: ComponentRecord, *, namespace: str, timeout: float) -> Component:
    """The component of a release that is on *record*, and maybe in no project any more."""
    source = HelmSource(chart="", release=record.release)
    return Component(name=record.component, source=source, namespace=namespace, timeout_seconds=timeout)


def _newest(secrets: Iterable[Manifest]) -> dict[tuple[str, str], ReleaseHead]:
    revisions: dict[tuple[str, str], list[Manifest]] = {}
    for secret in secrets:
        key = (secret["metadata"]["namespace"], dig_text(secret, "metadata", "labels", "name"))
        revisions.setdefault(key, []).append(secret)
    return {key: _head(sorted(found, key=revision_of)) for key, found in revisions.items()}


def _head(revisions: Sequence[Manifest]) -> ReleaseHead:
    """*revisions* of one release, the newest last."""
    return ReleaseHead(revisions=tuple(_revision(secret) for secret in revisions))


def _revision(secret: Manifest) -> Revision:
    metadata = secret["metadata"]
    return Revision(
        number=revision_of(secret),
        status=dig_text(metadata, "labels", "status"),
        ref=ObjectRef(kind="Secret", namespace=metadata["namespace"], name=metadata["name"]),
        uid=metadata["uid"],
        modified=_modified(secret),
    )


def _modified(secret: Manifest) -> datetime | None:
    """The latest of what helm notes, of when the Secret was made, and of when somebody last wrote it: an upgrade copies
    the `modifiedAt` of the revision before, and writes no `createdAt`; an uninstallation leaves the old one (helm
    4.3.1, storage/driver/secrets.go: labels that were read go over the new ones)."""
    metadata = secret["metadata"]
    labels = [dig_text(metadata, "labels", label) for label in ("modifiedAt", "createdAt")]
    noted = [datetime.fromtimestamp(int(text), UTC) for text in labels if text.isdecimal()]
    written = [dig_text(entry, "time") for entry in maps_in(metadata.get("managedFields"))]
    stamps = (dig_text(metadata, "creationTimestamp"), *written)
    return max([*noted, *(datetime.fromisoformat(text) for text in stamps if text)], default=None)
