"""Flux: a cluster's folder is built, and so is every path that a Kustomization among the built objects names, until
nothing new appears. Each Kustomization is a component, and so is each HelmRelease.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Final

from fairlead.formats.flux_objects import (
    HELM_GROUP,
    KUSTOMIZE_GROUP,
    SOURCE_GROUP,
    FluxKustomization,
    FluxName,
    FluxRelease,
    FluxSource,
    flux_name,
    group_of,
    is_flux,
    read_kustomization,
    read_release,
    read_source,
)
from fairlead.formats.flux_substitution import substitute
from fairlead.formats.flux_values import Data, data_of, values_of
from fairlead.model.component import Component, CrdPolicy, KustomizeSource, Substitution
from fairlead.model.errors import InputError
from fairlead.model.finding import Finding
from fairlead.model.objects import Manifest
from fairlead.model.repository import Part, Remark
from fairlead.planning.flux_charts import chart_of
from fairlead.planning.flux_entries import FluxEntry, own_source, path_prefix, without_prefix
from fairlead.ports import Overlays, ProjectFiles

_ROUNDS: Final = 20
"""Kustomizations of Kustomizations, this deep."""

_AT_ONCE: Final = 4

KUSTOMIZATION_FILES: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_CRDS: Final = {"Skip": CrdPolicy.SKIP, "Create": CrdPolicy.CREATE, "CreateReplace": CrdPolicy.UPGRADE}


@dataclass(slots=True, kw_only=True)
class _Cluster:
    """What was built so far for one cluster, by the Kustomization that it was built for."""

    entry: FluxEntry
    prefix: str = ""
    own: FluxName | None = None
    built: dict[FluxName, tuple[Manifest, ...]] = field(default_factory=dict)
    sources: dict[FluxName, KustomizeSource] = field(default_factory=dict)
    kustomizations: dict[FluxName, FluxKustomization] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def entry_name(self) -> FluxName:
        return FluxName("Kustomization", "flux-system", self.entry.environment)

    def objects(self) -> Iterable[tuple[FluxName, Manifest]]:
        """Every object as it would be applied, as far as what it is substituted with is known."""
        data = self.data()
        for name, manifests in self.built.items():
            known = self.kustomizations.get(name)
            substitution = substitution_of(known, data) if known else None
            for manifest in manifests:
                yield name, substitute(manifest, substitution) if substitution else manifest

    def data(self) -> Data:
        return data_of(manifest for manifests in self.built.values() for manifest in manifests)


def substitution_of(kustomization: FluxKustomization, data: Data) -> Substitution | None:
    """What is put into the objects of *kustomization*; None where it asks for nothing."""
    if kustomization.substitutes is None:
        return None
    values: dict[str, str] = {}
    unknown: set[str] = set()
    is_open = False
    for reference in kustomization.substitutes_from:
        found = data.get((reference.kind, kustomization.id.namespace, reference.name))
        if found is None:
            is_open = is_open or not reference.is_optional
            continue
        values |= {name: text for name, text in found.items() if text is not None}
        unknown |= {name for name, text in found.items() if text is None}
    values |= kustomization.substitutes
    return Substitution(values=values, unknown=tuple(sorted(unknown - set(values))), is_open=is_open)


class FluxReader:
    """Reads the clusters of one repository; a folder is built once for all of them. *own* is the source that stands for
    it, where that is known."""

    def __init__(self, files: ProjectFiles, overlays: Overlays, *, own: FluxName | None = None) -> None:
        self._files = files
        self._overlays = overlays
        self._own = own
        self._builds: dict[str, asyncio.Task[tuple[Manifest, ...]]] = {}
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._there = frozenset(files.walk())
        self._folders = frozenset(str(parent) for file in self._there for parent in PurePosixPath(file).parents)

    async def read(self, entry: FluxEntry) -> Part:
        """The components of the cluster at *entry*; what could not be built is a finding."""
        cluster = _Cluster(entry=entry)
        await self._build(cluster, cluster.entry_name, self._source(entry.folder))
        for _ in range(_ROUNDS):
            fresh = self._discover(cluster)
            if not fresh:
                break
            await asyncio.gather(*(self._build_one(cluster, each) for each in fresh))
        return _part(cluster)

    def _discover(self, cluster: _Cluster) -> list[FluxKustomization]:
        """The Kustomizations among the objects that were not built yet."""
        found = [read_kustomization(m) for _, m in cluster.objects() if is_flux(m, KUSTOMIZE_GROUP, "Kustomization")]
        cluster.own = cluster.own or self._own or own_source(found)
        cluster.prefix = cluster.prefix or self._prefix(each for each in found if each.source == cluster.own)
        fresh = [each for each in found if each.id not in cluster.kustomizations]
        cluster.kustomizations |= {each.id: each for each in fresh}
        here = [each for each in fresh if each.source == cluster.own]
        cluster.remarks += (_elsewhere(each) for each in fresh if each.source != cluster.own)
        return [each for each in here if not self._is_entry(cluster, each)]

    def _is_entry(self, cluster: _Cluster, kustomization: FluxKustomization) -> bool:
        """Whether it is what brought the cluster's folder, which is built already: that takes its name."""
        if without_prefix(kustomization.path, cluster.prefix) != cluster.entry.folder:
            return False
        if cluster.entry_name in cluster.built:
            cluster.built[kustomization.id] = cluster.built.pop(cluster.entry_name)
            cluster.sources[kustomization.id] = cluster.sources.pop(cluster.entry_name)
        return True

    def _prefix(self, found: Iterable[FluxKustomization]) -> str:
        return path_prefix([each.path for each in found], folders=self._folders)

    async def _build_one(self, cluster: _Cluster, kustomization: FluxKustomization) -> None:
        source = self._source(without_prefix(kustomization.path, cluster.prefix))
        await self._build(cluster, kustomization.id, replace(source, overlay=kustomization.overlay))

    async def _build(self, cluster: _Cluster, name: FluxName, source: KustomizeSource) -> None:
        cluster.sources[name] = source
        try:
            if source.folder not in self._folders:
                raise InputError(f"{name} names {source.folder}, which does not exist", hint="correct its path")
            cluster.built[name] = await self._objects_of(source)
        except InputError as err:
            cluster.built[name] = ()
            cluster.findings.append(_finding("flux-build", err, component=name.name))

    def _source(self, folder: str) -> KustomizeSource:
        top = "" if folder == "." else f"{folder}/"
        return KustomizeSource(
            folder=folder,
            is_generated=not any(f"{top}{name}" in self._there for name in KUSTOMIZATION_FILES),
            is_free=True,
        )

    async def _objects_of(self, source: KustomizeSource) -> tuple[Manifest, ...]:
        key = repr(source)
        if key not in self._builds:
            self._builds[key] = asyncio.ensure_future(self._built(source))
        return await asyncio.shield(self._builds[key])

    async def _built(self, source: KustomizeSource) -> tuple[Manifest, ...]:
        async with self._slots:
            return await self._overlays.build(source, root=self._files.root())


def _part(cluster: _Cluster) -> Part:
    objects = list(cluster.objects())
    sources = {flux_name(m): read_source(m) for _, m in objects if group_of(m) == SOURCE_GROUP}
    data = cluster.data()
    releases = [read_release(m) for _, m in objects if is_flux(m, HELM_GROUP, "HelmRelease")]
    names = component_names([*cluster.built, *(release.id for release in releases)])
    components = [_component(cluster, name, names, data) for name in cluster.built]
    for release in releases:
        try:
            components.append(_release(cluster, release, names, sources=sources, data=data))
        except InputError as err:
            cluster.findings.append(_finding("flux-chart", err, component=names[release.id]))
    return Part(components=tuple(components), remarks=tuple(cluster.remarks), findings=tuple(cluster.findings))


def _component(cluster: _Cluster, name: FluxName, names: Mapping[FluxName, str], data: Data) -> Component:
    known = cluster.kustomizations.get(name)
    return Component(
        name=names[name],
        source=replace(cluster.sources[name], substitution=substitution_of(known, data) if known else None),
        needs=tuple(names[need] for need in (known.needs if known else ()) if need in names),
        environments=(cluster.entry.environment,),
    )


def _release(
    cluster: _Cluster,
    release: FluxRelease,
    names: Mapping[FluxName, str],
    *,
    sources: Mapping[FluxName, FluxSource],
    data: Data,
) -> Component:
    values = values_of(release, data)
    return Component(
        name=names[release.id],
        source=replace(
            chart_of(release, sources),
            release=release.release,
            values=values.values,
            is_layered=False,
            unknown=values.unknown,
        ),
        namespace=release.namespace,
        needs=tuple(names[need] for need in release.needs if need in names),
        environments=(cluster.entry.environment,),
        crds=_CRDS.get(release.crds, CrdPolicy.UPGRADE),
    )


def _elsewhere(kustomization: FluxKustomization) -> Remark:
    return Remark(text=f"{kustomization.id} is built from {kustomization.source}, another repository: it is not read")


def component_names(found: Iterable[FluxName]) -> dict[FluxName, str]:
    """A name for each: its own; with `-release` where a Kustomization has it; with its namespace where that is not
    enough either."""
    names: dict[FluxName, str] = {}
    for each in sorted(found, key=lambda name: (name.kind != "Kustomization", name)):
        choices = (each.name, f"{each.name}-release", f"{each.name}-{each.namespace}")
        names[each] = next((choice for choice in choices if choice not in names.values()), f"{each.name}-{len(names)}")
    return names


def _finding(rule: str, err: InputError, *, component: str) -> Finding:
    return Finding(rule=rule, message=err.message, hint=err.hint, location=err.location, component=component)
