"""A helmfile beside what Flux or Argo CD delivers: people begin a cluster with it, and the tool takes the releases over
that both have."""

from __future__ import annotations

from collections.abc import Iterable

from fairlead.model.component import Component, HelmSource
from fairlead.model.frozen import replace
from fairlead.model.repository import Part, Remark


def without_taken_over(part: Part, delivered: Iterable[Component]) -> Part:
    """*part*, which a helmfile says, without the releases that are among those *delivered*; the others get names that
    none of these has."""
    theirs = tuple(delivered)
    releases = {_release(component) for component in theirs} - {None}
    kept = [component for component in part.components if _release(component) not in releases]
    taken = {component.name for component in theirs}
    names = {c.name: f"{c.name}-helmfile" if c.name in taken else c.name for c in kept}
    return replace(
        part,
        components=tuple(
            replace(c, name=names[c.name], needs=tuple(names[need] for need in c.needs if need in names)) for c in kept
        ),
        remarks=(*part.remarks, *(_remark(c) for c in part.components if _release(c) in releases)),
    )


def _release(component: Component) -> tuple[str, str] | None:
    source = component.source
    return (component.namespace, source.release) if isinstance(source, HelmSource) else None


def _remark(component: Component) -> Remark:
    return Remark(
        text=f"release {'/'.join(_release(component) or ())} is taken over by what delivers the environment",
        location=component.location,
    )
