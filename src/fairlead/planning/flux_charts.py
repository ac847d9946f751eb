"""Which chart a HelmRelease means, by the sources of the repository."""

from __future__ import annotations

from collections.abc import Mapping

from fairlead.formats.flux_objects import FluxName, FluxRelease, FluxSource
from fairlead.model.component import HelmSource
from fairlead.model.errors import InputError, Unavailable
from fairlead.planning.flux_entries import without_prefix

ANY_VERSION = "*"
"""What Flux takes where no version is stated: the newest."""

_TREES = ("GitRepository", "Bucket", "OCIRepository")


def chart_of(
    release: FluxRelease, sources: Mapping[FluxName, FluxSource], *, own: FluxName | None, prefix: str
) -> HelmSource:
    """The chart of *release*, without values. *own* is the source that stands for this repository, whose paths begin
    with *prefix*.

    Raises InputError where the repository does not say, Unavailable where the chart lies in another one.
    """
    if release.chart_ref is not None:
        source = _source(release.chart_ref, release, sources)
        if source.of is not None:
            return _chart(release, sources, source.of, source.chart, source.reference, own=own, prefix=prefix)
        repository, _, chart = source.url.rpartition("/")
        return HelmSource(chart=chart, repository=repository, version=source.reference or ANY_VERSION)
    return _chart(release, sources, release.source, release.chart, release.version, own=own, prefix=prefix)


def _chart(
    release: FluxRelease,
    sources: Mapping[FluxName, FluxSource],
    place: FluxName,
    chart: str,
    version: str,
    *,
    own: FluxName | None,
    prefix: str,
) -> HelmSource:
    if place.kind in _TREES and place == own:
        return HelmSource(chart=without_prefix(chart, prefix))
    source = _source(place, release, sources)
    if place.kind in _TREES:
        raise Unavailable(
            f"the chart of {release.id} is {chart} of {source.url}, another repository",
            hint="it is not judged: read that repository too",
        )
    return HelmSource(chart=chart, repository=source.url.rstrip("/"), version=version or ANY_VERSION)


def _source(name: FluxName, release: FluxRelease, sources: Mapping[FluxName, FluxSource]) -> FluxSource:
    found = sources.get(name)
    if found is None:
        raise InputError(
            f"{release.id} takes its chart from {name}, which nothing here defines", hint="define it, or correct it"
        )
    return found
