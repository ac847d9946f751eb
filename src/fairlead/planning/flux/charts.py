"""Which chart a HelmRelease means, by the sources of the repository."""

from __future__ import annotations

from collections.abc import Mapping

from fairlead.formats.flux.objects import FluxName, FluxRelease, FluxSource
from fairlead.model.component import HelmSource
from fairlead.model.errors import InputError, Unavailable
from fairlead.planning.flux.trees import Tree

ANY_VERSION = "*"
"""What Flux takes where no version is stated: the newest."""

_TREES = ("GitRepository", "Bucket", "OCIRepository")


class MissingSource(InputError):
    """*source* is named, and nothing defines it."""

    def __init__(self, release: FluxRelease, source: FluxName) -> None:
        super().__init__(
            f"{release.id} takes its chart from {source}, which nothing here defines", hint="define it, or correct it"
        )
        self.source = source


def chart_of(
    release: FluxRelease, sources: Mapping[FluxName, FluxSource], *, trees: Mapping[FluxName, Tree | None]
) -> HelmSource:
    """The chart of *release*, without values. *trees* are where the files of sources are.

    Raises MissingSource where the repository does not say, Unavailable where the chart lies in another one.
    """
    if release.chart_ref is not None:
        source = _source(release.chart_ref, release, sources)
        if source.of is not None:
            return _chart(release, sources, source.of, source.chart, source.reference, trees=trees)
        repository, _, chart = source.url.rpartition("/")
        return HelmSource(chart=chart, repository=repository, version=source.reference or ANY_VERSION)
    return _chart(release, sources, release.source, release.chart, release.version, trees=trees)


def _chart(
    release: FluxRelease,
    sources: Mapping[FluxName, FluxSource],
    place: FluxName,
    chart: str,
    version: str,
    *,
    trees: Mapping[FluxName, Tree | None],
) -> HelmSource:
    tree = trees.get(place)
    if tree is not None and (folder := tree.folder(chart)) is not None:
        return HelmSource(chart=folder, value_files=_value_files(release, folder, tree))
    source = _source(place, release, sources)
    if place.kind in _TREES:
        raise Unavailable(
            f"the chart of {release.id} is {chart} of {source.url}, another repository",
            hint=f"it is not judged: read a checkout of it, too: --repository {place.name}=FOLDER",
        )
    if set(release.value_files) - {"values.yaml"}:
        raise _values_replaced(release)
    return HelmSource(chart=chart, repository=source.url.rstrip("/"), version=version or ANY_VERSION)


def _value_files(release: FluxRelease, chart: str, tree: Tree) -> tuple[str, ...]:
    """`valuesFiles`, which Flux takes instead of the chart's own values, so that those must be the first of them."""
    wanted = [tree.folder(file) or file for file in release.value_files]
    if wanted and wanted[0] != f"{chart}/values.yaml":
        raise _values_replaced(release)
    return tuple(wanted[1:])


def _values_replaced(release: FluxRelease) -> Unavailable:
    return Unavailable(
        f"{release.id} replaces the values of its chart by {', '.join(release.value_files)}",
        hint="it is not judged: only valuesFiles that begin with values.yaml, of a chart in a folder, are followed",
    )


def _source(name: FluxName, release: FluxRelease, sources: Mapping[FluxName, FluxSource]) -> FluxSource:
    found = sources.get(name)
    if found is None:
        raise MissingSource(release, name)
    return found
