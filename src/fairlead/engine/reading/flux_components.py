"""The components of a cluster that was read: its Kustomizations, and the releases among what they build."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from fairlead.engine.reading.flux_cluster import FluxCluster, substitution_of
from fairlead.formats.flux.objects import (
    HELM_GROUP,
    FluxName,
    FluxRelease,
    FluxSource,
    is_flux,
    read_release,
)
from fairlead.formats.flux.substitution import unfilled_names
from fairlead.formats.flux.values import Data, values_of
from fairlead.model.component import Component, CrdPolicy
from fairlead.model.errors import InputError, Unavailable
from fairlead.model.finding import Severity
from fairlead.model.frozen import dataclass, replace
from fairlead.model.repository import Part
from fairlead.planning.flux.charts import MissingSource, chart_of
from fairlead.planning.flux.judgement import Needs, cycles, missing_needs

_CRDS: Final = {"Skip": CrdPolicy.SKIP, "Create": CrdPolicy.CREATE, "CreateReplace": CrdPolicy.UPGRADE}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    names: Mapping[FluxName, str]
    sources: Mapping[FluxName, FluxSource]
    data: Data


def part_of(cluster: FluxCluster) -> Part:
    objects = list(cluster.objects())
    releases = {}
    for holder, manifest in objects:
        if is_flux(manifest, HELM_GROUP, "HelmRelease"):
            release = read_release(manifest)
            releases[release.id] = release
            cluster.holders[release.id] = holder
    ours = {name: release for name, release in releases.items() if not _is_far(cluster, release)}
    known = _Known(
        names=component_names([*cluster.built, *ours]),
        sources=cluster.flux_sources(),
        data=cluster.data(),
    )
    components = [_component(cluster, name, known) for name in cluster.built]
    for release in ours.values():
        if (found := _release(cluster, release, known)) is not None:
            components.append(found)
    _judge_needs(cluster, {each.id: each.needs for each in cluster.kustomizations.values()}, known)
    _judge_needs(cluster, {each.id: each.needs for each in releases.values()}, known)
    return Part(
        components=tuple(components),
        remarks=tuple(cluster.remarks),
        findings=tuple(cluster.findings),
        taken=cluster.meant_folders(),
    )


def _is_far(cluster: FluxCluster, release: FluxRelease) -> bool:
    if release.is_remote:
        cluster.remark(release.id, "is released to another cluster, by its kubeConfig: not part of this one")
    return release.is_remote


def _component(cluster: FluxCluster, name: FluxName, known: _Known) -> Component:
    kustomization = cluster.kustomizations.get(name)
    substitution = substitution_of(kustomization, known.data) if kustomization else None
    return Component(
        name=known.names[name],
        source=replace(cluster.sources[name], substitution=substitution),
        needs=tuple(known.names[n] for n in (kustomization.needs if kustomization else ()) if n in known.names),
        environments=(cluster.entry.environment,),
        location=cluster.location(name),
    )


def _release(cluster: FluxCluster, release: FluxRelease, known: _Known) -> Component | None:
    """None where its chart cannot be had: that is told."""
    name = known.names[release.id]
    if release.source.kind in ("GitRepository", "Bucket") and release.chart:
        cluster.find_tree(release.source, [release.chart])
    try:
        chart = chart_of(release, known.sources, trees=cluster.trees)
        values = values_of(release, known.data)
    except MissingSource as err:
        if cluster.may_be_there(err.source):
            cluster.remark(release.id, f"takes its chart from {err.source}, which was not read: not judged")
        else:
            at = ("spec", "chartRef") if release.chart_ref else ("spec", "chart", "spec", "sourceRef", "name")
            cluster.tell("flux-chart", release.id, err, component=name, at=at)
        return None
    except InputError as err:
        cluster.tell("flux-values", release.id, err, component=name, at=("spec", "valuesFrom"))
        return None
    except Unavailable as err:
        cluster.tell("chart-unavailable", release.id, err, component=name, severity=Severity.WARNING)
        return None
    if release.is_suspended:
        cluster.remark(release.id, "is suspended: Flux leaves it as it is")
    stated = (values.values, release.post_renderers, release.release, release.namespace, chart.version)
    unknown = (*values.unknown, *(f"${{{each}}}" for each in sorted(unfilled_names(stated))))
    if unknown:
        cluster.remark(release.id, f"has values that are not in the repository: {', '.join(unknown)}")
    holders = filter(None, [cluster.brought_by(release.id)])
    needs = [known.names[each] for each in (*holders, *release.needs) if each in known.names]
    return Component(
        name=name,
        source=replace(
            chart,
            release=release.release,
            values=values.values,
            is_layered=False,
            unknown=unknown,
            post_renderers=release.post_renderers,
        ),
        namespace=release.namespace,
        needs=tuple(dict.fromkeys(needs)),
        environments=(cluster.entry.environment,),
        crds=_CRDS.get(release.crds, CrdPolicy.UPGRADE),
        location=cluster.location(release.id),
    )


def _judge_needs(cluster: FluxCluster, needs: Needs, known: _Known) -> None:
    for broken in missing_needs(needs):
        if cluster.may_be_there(broken.missing):
            continue
        err = InputError(broken.message, hint=broken.hint)
        name, at = known.names.get(broken.of, broken.of.name), ("spec", "dependsOn", broken.index)
        cluster.tell("flux-dependency", broken.of, err, component=name, at=at)
    for cycle in cycles(needs):
        path = " -> ".join(str(each) for each in (*cycle, cycle[0]))
        err = InputError(f"{path}: each waits for the next, so that none is ever applied", hint="remove one of them")
        first = cycle[0]
        name = known.names.get(first, first.name)
        cluster.tell("flux-cycle", first, err, component=name, at=("spec", "dependsOn"))


def component_names(found: Iterable[FluxName]) -> dict[FluxName, str]:
    """A name for each: its own; with `-release` where a Kustomization has it; with its namespace where that is not
    enough either."""
    names: dict[FluxName, str] = {}
    for each in sorted(found, key=lambda name: (name.kind != "Kustomization", name)):
        choices = (each.name, f"{each.name}-release", f"{each.name}-{each.namespace}")
        names[each] = next((choice for choice in choices if choice not in names.values()), f"{each.name}-{len(names)}")
    return names
