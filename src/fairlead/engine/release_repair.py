"""Repairs a Helm release whose last operation was cut off, with nothing but Helm's own storage and commands.

What decides is the revision that our record verified: what Helm calls `deployed` is no evidence of health. Where the
project wants just that, the release returns to it by `helm rollback`: values that the chart made up return too. Else
the upgrade goes on from there; the revision that was cut off is marked `failed`, as helm does it when it ends in time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fairlead.engine.compare import Comparison
from fairlead.engine.releases import ReleaseHead, Revision
from fairlead.formats.helm_release import RELEASE_NAME, RELEASE_NAMESPACE, decode_release, with_status
from fairlead.formats.json_data import dig_text
from fairlead.model.change import Change, ChangeAction
from fairlead.model.component import Component, HelmSource
from fairlead.model.errors import Refused, StepFailed
from fairlead.model.objects import Kinds, Manifest, ObjectRef, ref_of
from fairlead.model.record import ComponentRecord
from fairlead.model.rendering import Release, ReleaseStatus, Rendering
from fairlead.planning.desired import Scopes, placed
from fairlead.planning.holding import must_stay, says_keep
from fairlead.ports import Cluster

CUT_OFF = "cut off; settled by fairlead"
"""What `helm history` says of it."""


def verified_revision(head: ReleaseHead | None, record: ComponentRecord | None, *, given: str) -> Revision | None:
    """The revision to return to: the one that the record verified, if the project wants just that (its input digest is
    *given*), something else came after it, and helm still has it."""
    if head is None or record is None or not record.revision or not given or record.input_digest != given:
        return None
    if head.revision == record.revision and head.status == ReleaseStatus.DEPLOYED:
        return None
    found = next((one for one in head.revisions if one.number == record.revision), None)
    is_whole = found is not None and found.status in ("deployed", "superseded", "uninstalling")
    return found if is_whole else None


async def read_revision(cluster: Cluster, revision: Revision) -> Release:
    """Raises StepFailed where it is gone meanwhile, InputError where it cannot be read."""
    secret = await cluster.get(revision.ref)
    if secret is None:
        raise StepFailed(f"{revision.ref} is gone: helm removed that revision", hint="run again")
    return decode_release(secret)


async def stored_rendering(cluster: Cluster, revision: Revision) -> Rendering:
    """What a return to *revision* writes: the very text that helm stored."""
    release = await read_revision(cluster, revision)
    return Rendering(objects=release.objects, hooks=release.hooks)


async def settle(cluster: Cluster, revisions: Iterable[Revision]) -> None:
    """Mark what was cut off as failed. Raises Refused where somebody else writes it at the same time."""
    for revision in revisions:
        secret = await cluster.get(revision.ref)
        if secret is None or dig_text(secret, "metadata", "labels", "status") != revision.status:
            continue
        result = await cluster.replace(with_status(secret, ReleaseStatus.FAILED, description=CUT_OFF))
        if not result.is_applied:
            raise Refused(
                f"revision {revision.number} in {revision.ref} is being written by somebody else: {result.message}",
                hint="see who runs helm on this release, then run again",
            )


async def find_leftovers(
    cluster: Cluster, head: ReleaseHead | None, component: Component, wanted: Iterable[ObjectRef]
) -> dict[ObjectRef, Manifest]:
    """Live objects of revisions that came after the last deployed one, which *wanted* does not have: helm goes on from
    the deployed one, and would never see them again."""
    if head is None or not head.after_deployed or not component.prune:
        return {}
    kinds = await cluster.kinds()

    async def refs_of(revisions: Iterable[Revision]) -> frozenset[ObjectRef]:
        releases = [await read_revision(cluster, one) for one in revisions]
        return frozenset(ref_in(m, component, kinds) for release in releases for m in release.objects)

    lone = await refs_of(head.after_deployed) - await refs_of(head.deployed) - frozenset(wanted)
    live = await cluster.observe(sorted(ref for ref in lone if kinds.serves(ref)))
    return {ref: found for ref, found in live.items() if _is_of(found, component) and _may_go(found)}


def leftover_changes(leftovers: Iterable[ObjectRef]) -> tuple[Change, ...]:
    reason = "left by a revision that failed or was cut off, and in no chart any more"
    return tuple(Change(target=ref, action=ChangeAction.DELETE, reason=reason) for ref in leftovers)


async def remove_leftovers(cluster: Cluster, refs: Iterable[ObjectRef], component: Component) -> None:
    """Delete what still bears the marks of the release."""
    for ref in refs:
        live = await cluster.get(ref)
        if live is not None and _is_of(live, component) and _may_go(live):
            await cluster.delete(ref, uid=live["metadata"]["uid"])


def returning(
    component: Component, head: ReleaseHead, verified: Revision, changes: Sequence[Change]
) -> tuple[Change, ...]:
    """*changes* of a release that goes back to *verified*, with that as the first."""
    name = f"release {component.namespace}/{component.release}"
    now = f"revision {head.revision} is {head.status}" if not head.is_whole else f"revision {head.revision} is not ours"
    reason = f"{now}: back to revision {verified.number}, the last that a run saw healthy, by `helm rollback`"
    own = Change(action=ChangeAction.UPDATE, name=name, reason=reason)
    return (own, *(change for change in changes if change.name != name))


def refuse_other_releases(component: Component, comparisons: Iterable[Comparison]) -> None:
    """Raises Refused where an object belongs to another release: helm would refuse it half-way."""
    for comparison in comparisons:
        owner = None if comparison.move else _release_of(comparison.live)
        if isinstance(component.source, HelmSource) and owner and owner != (component.namespace, component.release):
            raise Refused(
                f"{comparison.ref} belongs to release {'/'.join(owner)}, not to {component.release}",
                hint="give one of the two another name, or uninstall the other release first",
            )


def may_take_ownership(comparisons: Iterable[Comparison]) -> bool:
    """Whether there are objects that no release has: the plan showed them as adopted."""
    return any(c.live is not None and c.move is None and not _release_of(c.live) for c in comparisons)


def _release_of(live: Manifest | None) -> tuple[str, str] | None:
    annotations = (live or {}).get("metadata", {}).get("annotations") or {}
    name = annotations.get(RELEASE_NAME)
    return (annotations.get(RELEASE_NAMESPACE) or "", name) if name else None


def ref_in(manifest: Manifest, component: Component, kinds: Kinds) -> ObjectRef:
    """What *manifest* of the component's release is in the cluster: helm puts it into the release's namespace."""
    return ref_of(placed(manifest, namespace=component.namespace, scopes=Scopes(kinds, {})))


def _is_of(live: Manifest, component: Component) -> bool:
    return _release_of(live) == (component.namespace, component.release)


def _may_go(live: Manifest) -> bool:
    return not must_stay(ref_of(live), live) and not says_keep(live)
