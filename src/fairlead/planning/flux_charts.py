"""Which chart a HelmRelease means, by the sources of the repository."""

from __future__ import annotations

from collections.abc import Mapping

from fairlead.formats.flux_objects import FluxName, FluxRelease, FluxSource
from fairlead.model.component import HelmSource
from fairlead.model.errors import InputError

ANY_VERSION = "*"
"""What Flux takes where no version is stated: the newest."""


def chart_of(release: FluxRelease, sources: Mapping[FluxName, FluxSource]) -> HelmSource:
    """The chart of *release*, without values. Raises InputError where the repository does not say."""
    if release.chart_ref is not None:
        source = _source(release.chart_ref, release, sources)
        repository, _, chart = source.url.rpartition("/")
        return HelmSource(chart=chart, repository=repository, version=source.reference or ANY_VERSION)
    if release.source.kind in ("GitRepository", "Bucket"):
        return HelmSource(chart=release.chart)
    source = _source(release.source, release, sources)
    return HelmSource(chart=release.chart, repository=source.url.rstrip("/"), version=release.version or ANY_VERSION)


def _source(name: FluxName, release: FluxRelease, sources: Mapping[FluxName, FluxSource]) -> FluxSource:
    found = sources.get(name)
    if found is None:
        raise InputError(f"{release.id} takes its chart from {name}, which the repository does not define")
    return found
