"""Reads a repository as somebody wrote it into a project: what its file says is elsewhere; or all of it."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from fairlead.engine.kept_rendering import KeptOverlays
from fairlead.engine.kustomize_judging import tree_of
from fairlead.engine.reading.argocd import ArgoReader
from fairlead.engine.reading.flux import FluxReader
from fairlead.engine.reading.helmfile import HelmfileReader
from fairlead.engine.reading.terraform import TerraformReader, terraform_environments
from fairlead.formats.flux.objects import (
    KUSTOMIZE_GROUP,
    SOURCE_GROUP,
    flux_name,
    group_of,
    is_flux,
    read_kustomization,
    read_synced,
)
from fairlead.formats.json_data import dig_text
from fairlead.formats.manifests import Document, read_documents
from fairlead.model.component import Component
from fairlead.model.environment import ALIASES, Delivery, Environment, ReadFrom
from fairlead.model.errors import InputError
from fairlead.model.finding import Finding
from fairlead.model.frozen import dataclass
from fairlead.model.objects import Manifest
from fairlead.model.project import Project
from fairlead.model.repository import Checkout, Dialect, Part, Reading, Remark
from fairlead.planning.argocd.environments import argocd_environment, argocd_remark
from fairlead.planning.argocd.places import plain_url
from fairlead.planning.flux.entries import DEFAULT_ENVIRONMENT, FluxEntry, FluxFile, find_entries, leftovers, own_source
from fairlead.planning.flux.places import index_places
from fairlead.planning.helmfile.beside import without_taken_over
from fairlead.planning.helmfile.entries import helmfile_environments, helmfile_remark
from fairlead.planning.joined_components import join_components
from fairlead.planning.kustomize.tree import naming_folder
from fairlead.ports import Charts, Helmfile, Overlays, ProjectFiles

_FLUX_MARKS = ("toolkit.fluxcd.io/", "fluxcd.controlplane.io/")
"""What every file with one of the objects of Flux or its operator has in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryReader:
    """*kept* builds by *overlays*, and remembers. *only* is the environment whose components are wanted, empty for
    all; *checkouts* are other repositories of the platform."""

    files: ProjectFiles
    overlays: Overlays
    charts: Charts
    helmfile: Helmfile
    kept: KeptOverlays
    only: str = ""
    checkouts: Sequence[Checkout] = ()

    async def read(self, project: Project) -> Reading:
        """*project* with the components that its environments are read from. Raises InputError on a dialect or path
        that is not there."""
        return await self._read_all(project, self._flux_files())

    async def _read_all(self, project: Project, found: Sequence[FluxFile]) -> Reading:
        own = own_source(k for file in found for k in (*file.kustomizations, *file.synced))
        everywhere = (*found, *self._elsewhere())
        places = index_places(document for file in everywhere for document in file.documents)
        entries = {entry.folder: entry for entry in find_entries(found, folders=self._folders())}
        readers = _Readers(
            flux=FluxReader(self.files, self.kept, places=places, entries=entries, own=own, given=self.checkouts),
            argo=ArgoReader(self.files, self.overlays, self.charts),
            helmfile=HelmfileReader(self.files, self.helmfile),
            terraform=TerraformReader(self.files),
        )
        sources = [(environment, each) for environment in self._wanted(project) for each in environment.read_from]
        read = await asyncio.gather(*(_read(source, environment, readers) for environment, source in sources))
        parts = _begun_apart(sources, read)
        placed = [(environment, source, part) for (environment, source), part in zip(sources, parts, strict=True)]
        named = [(environment.name, part) for environment, _, part in placed]
        reading = _joined(_with_gaps(project, placed), named)
        return dataclasses.replace(reading, remarks=(*reading.remarks, *_unnamed(self.checkouts, everywhere)))

    def _wanted(self, project: Project) -> Iterable[Environment]:
        # One that only folders name is not there yet: who asked for it finds out later whether there is one.
        wanted = (self.only, ALIASES.get(self.only, self.only)) if self.only else tuple(project.environments)
        return [each for name, each in project.environments.items() if name in wanted]

    async def infer(self, name: str) -> Reading:
        """A project made of what is found; without environments where that is nothing."""
        found = self._flux_files()
        entries = find_entries(found, folders=self._folders())
        places = await ArgoReader(self.files, self.overlays, self.charts).places()
        helmfiles = HelmfileReader(self.files, self.helmfile).entries()
        environments: dict[str, Environment] = {}
        for each in (*map(_flux_environment, entries), *map(argocd_environment, places)):
            environments[each.name] = _joined_environment(environments.get(each.name), each)
        delivered = tuple(environments)
        for each in (one for entry in helmfiles for one in helmfile_environments(entry, delivered=delivered)):
            environments[each.name] = _joined_environment(environments.get(each.name), each)
        terraform = TerraformReader(self.files)
        roots = terraform.places()
        for each in terraform_environments(roots, others=tuple(environments), default=DEFAULT_ENVIRONMENT):
            environments[each.name] = _joined_environment(environments.get(each.name), each)
        project = Project(name=name, environments=environments, components=(), file="")
        reading = await self._read_all(project, found) if environments else Reading(project=project)
        of_helmfiles = (helmfile_remark(entry, delivered=delivered) for entry in helmfiles)
        remarks = (*map(_remark, entries), *map(argocd_remark, places), *of_helmfiles)
        away = leftovers(found, folders=self._folders())
        remarks = (*remarks, *_leftovers_remark(away), *terraform.unread(), *reading.remarks)
        return dataclasses.replace(reading, remarks=remarks, put_away=(*away, *reading.put_away))

    def _folders(self) -> frozenset[str]:
        return frozenset(str(parent) for file in self.files.walk() for parent in PurePosixPath(file).parents)

    def _flux_files(self) -> tuple[FluxFile, ...]:
        tree = tree_of(self.files)
        return tuple(
            dataclasses.replace(each, named_in=naming_folder(each.file, tree)) if each.kustomizations else each
            for each in self._flux_files_of(self.files.walk())
        )

    def _elsewhere(self) -> tuple[FluxFile, ...]:
        return self._flux_files_of(self.files.elsewhere())

    def _flux_files_of(self, files: Iterable[str]) -> tuple[FluxFile, ...]:
        found = (self._flux_file(file) for file in files if file.endswith((".yaml", ".yml")))
        return tuple(each for each in found if each.documents)

    def _flux_file(self, file: str) -> FluxFile:
        documents = self._documents(file)
        manifests = [document.data for document in documents]
        return FluxFile(
            file=file,
            documents=documents,
            kustomizations=tuple(
                read_kustomization(m) for m in manifests if is_flux(m, KUSTOMIZE_GROUP, "Kustomization")
            ),
            sources=tuple(flux_name(m) for m in manifests if group_of(m) == SOURCE_GROUP and _is_tree(m)),
            synced=tuple(filter(None, map(read_synced, manifests))),
        )

    def _documents(self, file: str) -> tuple[Document, ...]:
        """What *file* holds, where it may hold something of Flux; a file with faults is judged elsewhere."""
        try:
            text = self.files.read_text(file)
            documents = read_documents(text, file=file).documents if any(m in text for m in _FLUX_MARKS) else ()
        except InputError:
            return ()
        return tuple(document for document in documents if isinstance(document.data, dict))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Readers:
    """One for each dialect; each reads a thing once for all environments."""

    flux: FluxReader
    argo: ArgoReader
    helmfile: HelmfileReader
    terraform: TerraformReader


async def _read(source: ReadFrom, environment: Environment, readers: _Readers) -> Part:
    match source.dialect:
        case Dialect.FLUX:
            return await readers.flux.read(FluxEntry(folder=source.path, environment=environment.name, is_named=True))
        case Dialect.ARGOCD:
            return await readers.argo.read(source.path, environment)
        case Dialect.HELMFILE:
            return await readers.helmfile.read(source.path, environment)
        case Dialect.TERRAFORM:
            return readers.terraform.read(source.path, environment)
        case _:
            raise InputError(f"components cannot be read from {source.dialect} yet")


def _unnamed(checkouts: Iterable[Checkout], files: Sequence[FluxFile]) -> Iterator[Remark]:
    """The *checkouts* that nothing seems to be built from."""
    names = {kustomization.source.name for file in files for kustomization in file.kustomizations}
    names |= {source.name for file in files for source in file.sources}
    urls = {plain_url(dig_text(d.data, "spec", "url")) for file in files for d in file.documents if _is_tree(d.data)}
    for each in checkouts:
        if each.source not in names and plain_url(each.source) not in urls:
            said = f"no source of Flux is called {each.source} or has that URL: {each.folder} is not read"
            yield Remark(text=said, is_sure=False)


def _is_tree(manifest: Manifest) -> bool:
    return manifest.get("kind") in ("GitRepository", "OCIRepository", "Bucket")


def _flux_environment(entry: FluxEntry) -> Environment:
    return Environment(
        name=entry.environment,
        delivery=Delivery.FLUX,
        read_from=(ReadFrom(dialect=Dialect.FLUX, path=entry.folder),),
    )


def _joined_environment(first: Environment | None, second: Environment) -> Environment:
    """One environment that two dialects speak of."""
    if first is None:
        return second
    names = {**second.names, **first.names}
    return dataclasses.replace(first, names=names, read_from=(*first.read_from, *second.read_from))


def _remark(entry: FluxEntry) -> Remark:
    why = "named by its folder" if entry.is_named else "no folder names it"
    return Remark(
        text=f"environment {entry.environment} is the Flux cluster in {entry.folder}: {why}", is_sure=entry.is_named
    )


def _leftovers_remark(folders: Sequence[str]) -> Iterable[Remark]:
    if folders:
        text = f"nothing is read from {', '.join(folders)}: what Kustomizations there build is not here"
        yield Remark(text=text, is_sure=False)


def _with_gaps(project: Project, parts: Sequence[tuple[Environment, ReadFrom, Part]]) -> Project:
    """*project* with what each environment lacks of its *parts*."""
    unread, left_out = defaultdict[str, list[Finding]](list), defaultdict[str, list[Finding]](list)
    for environment, source, part in parts:
        there = {component.name for component in part.components}
        gaps = [finding for finding in part.findings if finding.component and finding.component not in there]
        if not part.is_whole and _stands_beside(source, environment):
            gaps += (dataclasses.replace(finding, component=source.path) for finding in part.findings)
        elif not part.is_whole:
            unread[environment.name] += part.findings
        left_out[environment.name] += gaps
    return dataclasses.replace(
        project,
        environments={
            name: dataclasses.replace(each, unread=tuple(unread[name]), left_out=tuple(left_out[name]))
            for name, each in project.environments.items()
        },
    )


def _begun_apart(sources: Sequence[tuple[Environment, ReadFrom]], parts: Sequence[Part]) -> list[Part]:
    """*parts*, those of helmfiles without what a GitOps tool delivers in their environment."""
    delivered = defaultdict[str, list[Component]](list)
    for (environment, source), part in zip(sources, parts, strict=True):
        if source.dialect in (Dialect.FLUX, Dialect.ARGOCD):
            delivered[environment.name] += part.components
    return [
        without_taken_over(part, delivered[environment.name]) if _stands_beside(source, environment) else part
        for (environment, source), part in zip(sources, parts, strict=True)
    ]


def _stands_beside(source: ReadFrom, environment: Environment) -> bool:
    """Whether *source* is a helmfile beside what a GitOps tool delivers: people begin a cluster with it, and what it
    does not tell keeps nothing of the rest from being read."""
    return source.dialect == Dialect.HELMFILE and environment.delivery is not Delivery.PUSH


def _joined(project: Project, named: Sequence[tuple[str, Part]]) -> Reading:
    parts = [part for _, part in named]
    dialects = dict.fromkeys(Dialect(s.dialect) for e in project.environments.values() for s in e.read_from)
    components = join_components([project.components, *(part.components for part in parts)])
    return Reading(
        project=dataclasses.replace(project, components=components),
        dialects=tuple(dialects),
        remarks=tuple(dict.fromkeys(remark for part in parts for remark in part.remarks)),
        findings=tuple(_told(named)),
        put_away=tuple(dict.fromkeys(folder for part in parts for folder in part.taken)),
    )


def _told(named: Sequence[tuple[str, Part]]) -> Iterator[Finding]:
    """Each once. What keeps some of the environments from being read, and not all, says which."""
    where: dict[Finding, dict[str, bool]] = {}
    for name, part in named:
        for finding in part.findings:
            where.setdefault(finding, {})[name] = part.is_whole
    every = {name for name, _ in named}
    for finding, names in where.items():
        is_of_some = len(names) < len(every) and not any(names.values())
        said = f"{finding.message}, in {', '.join(names)}"
        yield dataclasses.replace(finding, message=said) if is_of_some else finding
