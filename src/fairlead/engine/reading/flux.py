"""Flux: a cluster's folder is built, and so is every path that a Kustomization among the built objects names, until
nothing new appears. Each Kustomization is a component, and so is each HelmRelease.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

from fairlead.engine.kept_rendering import KeptOverlays
from fairlead.engine.reading.flux_cluster import FluxCluster
from fairlead.engine.reading.flux_components import part_of
from fairlead.formats.flux.objects import (
    KUSTOMIZE_GROUP,
    FluxKustomization,
    FluxName,
    is_flux,
    read_kustomization,
)
from fairlead.formats.flux.resource_sets import is_resource_set
from fairlead.formats.kustomization import FILE_NAMES
from fairlead.model.component import KustomizeSource
from fairlead.model.errors import InputError, Unavailable
from fairlead.model.finding import Severity
from fairlead.model.lock_file import NO_BASES
from fairlead.model.objects import Manifest
from fairlead.model.repository import Checkout, Part
from fairlead.planning.flux.entries import FluxEntry
from fairlead.planning.flux.judgement import absent_components, nearest_component, nearest_folder
from fairlead.planning.flux.places import FluxPlaces
from fairlead.planning.flux.trees import Checkouts, Tree
from fairlead.ports import ProjectFiles

_ROUNDS: Final = 20
"""Kustomizations of Kustomizations, this deep."""

_IGNORES: Final = ".sourceignore"
"""What source-controller leaves out of what it fetches: patterns as Git's."""


class FluxReader:
    """Reads the clusters of one repository; a folder is built once for all of them. *entries* are the clusters
    that were found, by folder; *own* is the source that stands for it, *given* are other repositories."""

    def __init__(
        self,
        files: ProjectFiles,
        overlays: KeptOverlays,
        *,
        places: FluxPlaces,
        entries: Mapping[str, FluxEntry],
        own: FluxName | None = None,
        given: Sequence[Checkout] = (),
    ) -> None:
        self._files = files
        self._overlays = overlays
        self._places = places
        self._own = own
        self._given = given
        self._entries = entries
        self._builds: dict[str, asyncio.Task[tuple[Manifest, ...]]] = {}
        self._slots = asyncio.Semaphore(2 * (os.cpu_count() or 1))
        self._there = frozenset((*files.walk(), *files.elsewhere()))
        self._folders = frozenset(str(parent) for file in self._there for parent in PurePosixPath(file).parents)

    async def read(self, entry: FluxEntry) -> Part:
        """The components of the cluster at *entry*; what could not be built is a finding."""
        cluster = self._begin(entry)
        await self._build(cluster, cluster.entry_name, self._source(entry.folder))
        for _ in range(_ROUNDS):
            fresh = self._discover(cluster)
            if not fresh:
                break
            await asyncio.gather(*(self._build_one(cluster, each) for each in fresh))
        cluster.leave_out_entry()
        cluster.judge_unread()
        return part_of(cluster)

    def _begin(self, entry: FluxEntry) -> FluxCluster:
        checkouts = Checkouts(folders=self._folders, begun_in=entry.folder, own=self._own, given=self._given)
        cluster = FluxCluster(entry=entry, places=self._places, checkouts=checkouts)
        known = self._entries.get(entry.folder)
        if known and known.source:
            cluster.trees[known.source] = Tree(prefix=known.prefix, is_part=True)
        return cluster

    def _find_trees(self, cluster: FluxCluster, found: Sequence[FluxKustomization]) -> None:
        """Where the files are that *found* are built from."""
        fresh = {each.source for each in found} - set(cluster.trees)
        for source in sorted(fresh, key=lambda name: (name != self._own, name)):
            cluster.find_tree(source, [each.path for each in found if each.source == source])

    def _discover(self, cluster: FluxCluster) -> list[FluxKustomization]:
        """The Kustomizations among the objects that were not built yet."""
        found = []
        for holder, manifest in cluster.objects():
            if is_flux(manifest, KUSTOMIZE_GROUP, "Kustomization"):
                found.append(read_kustomization(manifest))
                cluster.holders.setdefault(found[-1].id, holder)
            elif is_resource_set(manifest):
                cluster.note_resource_set(manifest, holder=holder)
        self._find_trees(cluster, found)
        fresh = [each for each in found if each.id not in cluster.kustomizations]
        cluster.kustomizations |= {each.id: each for each in fresh}
        return [each for each in fresh if self._is_ours(cluster, each) and not self._is_entry(cluster, each)]

    def _is_ours(self, cluster: FluxCluster, kustomization: FluxKustomization) -> bool:
        tree = cluster.trees.get(kustomization.source)
        if tree is None:
            cluster.unread.append(kustomization)
            return False
        if tree.folder(kustomization.path) is None:
            here = f"only {tree.prefix} of its repository is here"
            cluster.remark(kustomization.id, f"builds {kustomization.path}, but {here}: not read")
            cluster.is_open = True
            return False
        if kustomization.is_remote:
            cluster.remark(kustomization.id, "is applied to another cluster, by its kubeConfig: not part of this one")
            return False
        if kustomization.is_suspended:
            cluster.remark(kustomization.id, "is suspended: Flux leaves it as it is")
        return True

    def _is_entry(self, cluster: FluxCluster, kustomization: FluxKustomization) -> bool:
        """Whether it is what brought the cluster's folder, which is built already: that takes its name."""
        if cluster.folder(kustomization) != cluster.entry.folder:
            return False
        cluster.rename_entry(kustomization.id)
        cluster.holders.pop(kustomization.id, None)
        return True

    async def _build_one(self, cluster: FluxCluster, kustomization: FluxKustomization) -> None:
        source = self._source(cluster.folder(kustomization))
        overlay = dict(kustomization.overlay)
        wanted = overlay.get("components", ())
        absent = absent_components(wanted, folder=source.folder, folders=self._folders)
        if absent and kustomization.is_lenient:
            overlay["components"] = [each for index, each in enumerate(wanted) if index not in absent]
        elif absent:
            cluster.leave_unbuilt(kustomization.id, replace(source, overlay=overlay))
            for index, component in absent.items():
                self._tell_absent(cluster, kustomization.id, index, component, folder=source.folder)
            return
        await self._build(cluster, kustomization.id, replace(source, overlay=overlay))

    def _tell_absent(self, cluster: FluxCluster, name: FluxName, index: int, component: str, *, folder: str) -> None:
        near = nearest_component(component, folder=folder, folders=self._folders)
        hint = f"did you mean {near}?" if near else "correct its path"
        err = InputError(f"{name} takes in the component {component}, which does not exist", hint=hint)
        cluster.tell("flux-build", name, err, component=name.name, at=("spec", "components", index))

    async def _build(self, cluster: FluxCluster, name: FluxName, source: KustomizeSource) -> None:
        if source.folder not in self._folders:
            near = nearest_folder(source.folder, self._folders)
            hint = f"did you mean {_shown(near)}?" if near else "correct its path"
            err = InputError(f"{name} builds {_shown(source.folder)}, which does not exist", hint=hint)
            cluster.tell("flux-build", name, err, component=name.name, at=("spec", "path"))
            return cluster.leave_unbuilt(name, source)
        if source.folder == "." and source.is_generated and not self._hides_ours():
            cluster.remark(name, "takes every YAML file as a manifest, fairlead.yaml too: name it in .sourceignore")
        cluster.sources[name] = source
        cluster.built[name] = ()
        try:
            cluster.built[name] = await self._objects_of(source)
            cluster.files[name] = self._overlays.read_files(source)
        except InputError as err:
            cluster.tell_faults(name, err)
            if err.rule == "base-unresolved":
                await self._build_rest(cluster, name, replace(source, is_partial=True))
        except Unavailable as err:
            cluster.tell("base-unavailable", name, err, component=name.name, severity=Severity.WARNING)
            cluster.is_open = True

    async def _build_rest(self, cluster: FluxCluster, name: FluxName, source: KustomizeSource) -> None:
        """What is named on another machine keeps nothing else from being found. It is rendered as a whole or not at
        all, and so are faults that may come of what was left out not told."""
        with contextlib.suppress(InputError, Unavailable):
            cluster.built[name] = await self._objects_of(source)
            cluster.files[name] = self._overlays.read_files(source)

    def _hides_ours(self) -> bool:
        return _IGNORES in self._there and "fairlead" in self._files.read_text(_IGNORES)

    def _source(self, folder: str) -> KustomizeSource:
        top = "" if folder == "." else f"{folder}/"
        return KustomizeSource(
            folder=folder,
            is_generated=not any(f"{top}{name}" in self._there for name in FILE_NAMES),
            is_free=True,
        )

    async def _objects_of(self, source: KustomizeSource) -> tuple[Manifest, ...]:
        key = repr(source)
        if key not in self._builds:
            self._builds[key] = asyncio.ensure_future(self._built(source))
        return await asyncio.shield(self._builds[key])

    async def _built(self, source: KustomizeSource) -> tuple[Manifest, ...]:
        async with self._slots:
            return await self._overlays.build(source, bases=NO_BASES)


def _shown(folder: str) -> str:
    """*folder* of ours as Flux writes it; one of another repository as it lies on this machine."""
    return folder if folder.startswith("/") else f"./{folder}"
