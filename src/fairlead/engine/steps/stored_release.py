"""What helm stored of a release beside what is wanted, and the one way back to an older revision of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fairlead.engine.deployment import Deployment
from fairlead.engine.release_repair import read_revision, settle
from fairlead.engine.releases import ReleaseHead, read_releases
from fairlead.model.component import Component
from fairlead.model.errors import StepFailed
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.model.rendering import Release, ReleaseStatus, Rendering
from fairlead.planning.desired import scopes_of
from fairlead.planning.field_diff import diff_fields


async def arranged(
    component: Component, objects: Iterable[Manifest], deployment: Deployment
) -> Mapping[ObjectRef, Manifest]:
    """The *objects* of a revision or a rendering as planning has them."""
    rendering = Rendering(objects=tuple(objects))
    scopes = scopes_of(rendering.objects, await deployment.site.cluster.kinds())
    planned = deployment.planned
    found = await planned.preparer.arrange(component, rendering, scopes, planned.memory, outputs=planned.outputs)
    return found.objects


def differences(one: Mapping[ObjectRef, Manifest], other: Mapping[ObjectRef, Manifest]) -> set[str]:
    """`object field` for each difference; an object that one lacks has no field."""
    lone = {str(ref) for ref in one.keys() ^ other.keys()}
    return lone | {
        f"{ref} {change.path}" for ref in one.keys() & other.keys() for change in diff_fields(one[ref], other[ref])
    }


async def roll_back(component: Component, head: ReleaseHead | None, revision: int, deployment: Deployment) -> Release:
    """The new revision, with the content of *revision*. Raises StepFailed where helm does not call it deployed."""
    cluster = deployment.site.cluster
    deployment.fence()
    await deployment.site.sources.charts.rollback(
        component.release,
        namespace=component.namespace,
        revision=revision,
        timeout=component.timeout_seconds,
        force_conflicts=deployment.force_conflicts,
    )
    # We hold the lock of this environment, so nobody of us is at what was cut off.
    await settle(cluster, head.cut_off if head else ())
    now = (await read_releases(cluster, of=component)).head(component)
    if now is None or now.status != ReleaseStatus.DEPLOYED:
        raise StepFailed(f"release {component.release} is not deployed after its rollback", hint="see `helm history`")
    return await read_revision(cluster, now.newest)
