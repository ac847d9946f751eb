"""Charts that make another thing at each rendering: found by rendering twice, only where a template may draw lots."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from fairlead.engine.offline import RenderedComponent, render_offline
from fairlead.engine.renderer import Renderer
from fairlead.model.component import HelmSource
from fairlead.model.environment import Delivery
from fairlead.model.finding import Finding, Severity
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.planning.value_path import Path, format_path, leaves


async def drifting_fields(renderer: Renderer, rendered: Iterable[RenderedComponent]) -> dict[ObjectRef, Path]:
    """The first field of each object that a second rendering makes otherwise. A chart that looks its values up in the
    cluster keeps them there, except under Argo CD, which renders without one."""
    found: dict[ObjectRef, Path] = {}
    for one in rendered:
        if one.desired is None or not isinstance(one.component.source, HelmSource):
            continue
        chart = await renderer.chart(one.component)
        keeps = chart.reads_cluster and renderer.target.environment.delivery is not Delivery.ARGOCD
        if not chart.draws_lots or keeps:
            continue
        again = (await render_offline(renderer.anew(), (one.component,)))[0].desired
        if again is not None:
            found |= dict(_differing(one.desired.objects, again.objects))
    return found


def _differing(
    first: Mapping[ObjectRef, Manifest], second: Mapping[ObjectRef, Manifest]
) -> Iterator[tuple[ObjectRef, Path]]:
    for ref, manifest in first.items():
        other = second.get(ref)
        if other is None:
            yield ref, ("metadata", "name")
        elif other != manifest:
            same = dict(leaves(other))
            path = next((path for path, value in leaves(manifest) if same.get(path) != value), None)
            yield ref, path or ("metadata",)


def drifting(ref: ObjectRef, path: Path) -> Finding:
    return Finding(
        rule="random-value",
        message=f"{format_path(path)} is another one at each rendering, so that it changes with each deployment",
        hint="give the chart the value, best from a Secret that is there already",
        severity=Severity.WARNING,
        ref=ref,
    )
