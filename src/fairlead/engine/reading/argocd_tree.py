"""The files of a repository as Argo CD sees them: which hold its objects, and what a source is built to."""

from __future__ import annotations

import asyncio
import posixpath
import re
from collections.abc import Iterable
from functools import cached_property
from typing import Any, Final

from fairlead.formats.argocd_objects import (
    HOOK,
    KINDS,
    ArgoApplication,
    ArgoCluster,
    ArgoProject,
    ArgoSet,
    is_argo,
    is_cluster,
    read_application,
    read_cluster,
    read_project,
    read_set,
)
from fairlead.formats.json_data import dig, dig_map, dig_text, maps_in
from fairlead.formats.manifests import expand_lists, load_value_file, read_documents
from fairlead.formats.yaml.tree import parse_stream
from fairlead.model.component import HelmSource, KustomizeSource, ManifestsSource, Source
from fairlead.model.errors import FairleadError, InputError
from fairlead.model.finding import Location
from fairlead.model.frozen import dataclass
from fairlead.model.objects import Manifest
from fairlead.model.rendering import ChartRequest
from fairlead.planning.argocd.generators import GeneratorGround
from fairlead.planning.argocd.places import KUSTOMIZATIONS, ArgoTree, likely_own, plain_url
from fairlead.planning.argocd.sets import expand_set
from fairlead.planning.values import Layer, merge
from fairlead.ports import Charts, Overlays, ProjectFiles

_GROUP_MARK: Final = "argoproj.io/"
_KIND_MARK: Final = re.compile(rf"^[ \t-]*kind:\s*[\"']?(?:{'|'.join(sorted(KINDS))})\b", re.MULTILINE)
_HOOK_MARK: Final = re.compile(rf"(?:{re.escape(HOOK)}|helm\.sh/hook)[\"']?\s*:")
_CLUSTER_MARK: Final = "argocd.argoproj.io/secret-type"
_REMOTE: Final = re.compile(r"^\[remote [^\[]*?^\s*url\s*=\s*(\S+)", re.MULTILINE)
ARGO_NAMESPACE: Final = "argocd"
_YAML: Final = (".yaml", ".yml")
_AT_ONCE: Final = 4
_KUBERNETES: Final = "v1.34.0"
"""What charts of Applications are rendered for: those templates do not ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An object as a file has it."""

    file: str
    manifest: Manifest
    location: Location


class ArgoFiles:
    """Each file is looked at once, and each source is built once."""

    def __init__(self, files: ProjectFiles, overlays: Overlays, charts: Charts) -> None:
        self._files = files
        self._overlays = overlays
        self._charts = charts
        self._builds: dict[str, asyncio.Task[tuple[Manifest, ...]]] = {}
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._own: asyncio.Task[frozenset[str]] | None = None
        self._own_found: frozenset[str] = frozenset()

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(self._files.walk())

    @cached_property
    def marked(self) -> frozenset[str]:
        """The files that seem to hold objects of Argo CD: templates of charts too."""
        return frozenset(name for name in self.names if name.endswith(_YAML) and self._is_marked(name))

    @cached_property
    def written(self) -> tuple[Written, ...]:
        return tuple(each for name in sorted(self.marked) for each in self._read(name))

    @cached_property
    def _places(self) -> dict[tuple[str, str], list[Location]]:
        """Where objects of Argo CD are written, by kind and name."""
        found: dict[tuple[str, str], list[Location]] = {}
        for each in self.written:
            found.setdefault(_kind_and_name(each.manifest), []).append(each.location)
        return found

    def place_of(self, manifest: Manifest, source: Source) -> Location | None:
        """Where *manifest*, which *source* is built to, is written: among its files, if one is called so there."""
        found = self._places.get(_kind_and_name(manifest), [])
        files = self.source_files(source) if len(found) > 1 else frozenset()
        return next((each for each in found if each.file in files), found[0] if found else None)

    @cached_property
    def clusters(self) -> tuple[ArgoCluster, ...]:
        found = (name for name in sorted(self.names) if name.endswith(_YAML) and _CLUSTER_MARK in self.text(name))
        return tuple(read_cluster(w.manifest) for name in found for w in self._read(name) if is_cluster(w.manifest))

    @cached_property
    def projects(self) -> dict[str, ArgoProject]:
        found = (read_project(w.manifest) for w in self.written if is_argo(w.manifest, "AppProject"))
        return {each.name: each for each in found}

    async def find_own(self) -> None:
        """Learns which repository this one is: that which Git got it from. Where no Application names that, the one
        most of whose paths are here is it, too: Applications of charts count where no other says so."""
        if self._own is None:
            self._own = asyncio.ensure_future(self._own_urls())
        self._own_found = await asyncio.shield(self._own)

    async def _own_urls(self) -> frozenset[str]:
        remotes = frozenset(map(plain_url, self._remotes()))
        written = list(self._urls())
        if any(plain_url(url) in remotes for url, _ in written):
            return remotes
        likely = likely_own(written, folders=self._folders) or likely_own(
            [each for chart in self._charts_of_argo() for each in await self._urls_of(chart)], folders=self._folders
        )
        return remotes | ({likely} if likely else set())

    def _charts_of_argo(self) -> list[str]:
        tops = {posixpath.dirname(name) for name in self.names if posixpath.basename(name) == "Chart.yaml"} - {""}
        return sorted(top for top in tops if any(name.startswith(f"{top}/") for name in self.marked))

    async def _urls_of(self, chart: str) -> list[tuple[str, str]]:
        try:
            objects = await self.objects_of(
                argo_chart(chart), release=posixpath.basename(chart), namespace=ARGO_NAMESPACE
            )
        except FairleadError:
            return []
        return list(_object_urls(objects))

    @cached_property
    def tree(self) -> ArgoTree:
        """What `find_own` found is in it."""
        return ArgoTree(files=self.names, folders=self._folders, own=self._own_found)

    @cached_property
    def ground(self) -> GeneratorGround:
        return GeneratorGround(
            folders=sorted(self._folders - {"."}),
            files=sorted(self.names),
            read=self._data,
            read_text=lambda text: next(iter(self._parsed(text, "a template")), None),
            is_own=self.tree.is_own,
            clusters=self.clusters,
        )

    @cached_property
    def applications(self) -> tuple[tuple[str, ArgoApplication], ...]:
        """Those that can be read without building anything, each with its file."""
        found: list[tuple[str, ArgoApplication]] = []
        for each in self.written:
            if is_argo(each.manifest, "Application"):
                found.append((each.file, read_application(each.manifest, location=each.location)))
            elif is_argo(each.manifest, "ApplicationSet"):
                wanted = read_set(each.manifest, location=each.location)
                found += ((each.file, made) for made in expand_set(wanted, self.ground).applications)
        return tuple(found)

    def text(self, name: str) -> str:
        """Empty for what is no text."""
        try:
            return self._files.read_text(name)
        except InputError:
            return ""

    def require_text(self, name: str) -> str:
        return self._files.read_text(name)

    def holds_objects(self, name: str) -> bool:
        """Whether Argo CD would take something of it: a document without a kind it passes over. A file with faults is
        taken, so that they are told."""
        try:
            documents = read_documents(self._files.read_text(name), file=name).documents
        except InputError:
            return True
        return any("kind" in each.data and "apiVersion" in each.data for each in documents)

    def source_files(self, source: Source) -> frozenset[str]:
        """The files that *source* is built from, as far as they are known; empty where it is broken."""
        root = self._files.root()
        match source:
            case KustomizeSource():
                try:
                    found = self._overlays.files(source, root=root)
                except InputError:
                    return frozenset()
                return frozenset(str(each.relative_to(root)) for each in found if each.is_relative_to(root))
            case HelmSource(repository="", chart=chart):
                return frozenset(name for name in self.names if name.startswith(f"{chart}/"))
            case ManifestsSource(paths=paths):
                return frozenset(paths)
            case _:
                return frozenset()

    def without_repeats(self, files: Iterable[str]) -> list[list[str]]:
        """*files* in groups in which no object stands twice: two files of the same object are not applied together."""
        groups: list[tuple[set[tuple[str, str]], list[str]]] = []
        for file in files:
            names = {_kind_and_name(each.manifest) for each in self._read(file)}
            group = next((each for each in groups if each[0].isdisjoint(names)), None)
            if group is None:
                groups.append((names, [file]))
            else:
                group[0].update(names)
                group[1].append(file)
        return [files for _, files in groups]

    def hooks_in(self, source: Source) -> tuple[str, ...]:
        """The files of *source*, which is no chart, that hold hooks of Argo CD: it runs those of Helm, too."""
        if isinstance(source, HelmSource):
            return ()
        return tuple(sorted(name for name in self.source_files(source) if _HOOK_MARK.search(self.text(name))))

    async def objects_of(self, source: Source, *, release: str, namespace: str) -> tuple[Manifest, ...]:
        """Raises InputError, Unavailable, Refused."""
        key = f"{source!r} {release} {namespace}"
        if key not in self._builds:
            self._builds[key] = asyncio.ensure_future(self._built(source, release=release, namespace=namespace))
        return await asyncio.shield(self._builds[key])

    async def _built(self, source: Source, *, release: str, namespace: str) -> tuple[Manifest, ...]:
        async with self._slots:
            match source:
                case KustomizeSource():
                    return await self._overlays.build(source, root=self._files.root())
                case HelmSource():
                    return await self._templated(source, release=release, namespace=namespace)
                case ManifestsSource(paths=paths):
                    return tuple(each.manifest for path in paths for each in self._read(path))
                case _:
                    return ()

    async def _templated(self, source: HelmSource, *, release: str, namespace: str) -> tuple[Manifest, ...]:
        chart = await self._charts.fetch(source, folder=self._files.root())
        layers = [Layer(name="values", values=source.values)]
        layers += (Layer(name=f, values=load_value_file(self.require_text(f), file=f)) for f in source.value_files)
        request = ChartRequest(
            release=release, namespace=namespace or "default", chart=chart.path, values=merge(layers).values
        )
        return (await self._charts.template(request, kubernetes=_KUBERNETES)).objects

    @cached_property
    def _folders(self) -> frozenset[str]:
        found = {"."}
        for name in self.names:
            while name := posixpath.dirname(name):
                found.add(name)
        return frozenset(found)

    @cached_property
    def kustomizations(self) -> tuple[str, ...]:
        return tuple(
            sorted({posixpath.dirname(n) or "." for n in self.names if posixpath.basename(n) in KUSTOMIZATIONS})
        )

    def kustomization_files(self, folder: str) -> frozenset[str]:
        return frozenset(posixpath.normpath(posixpath.join(folder, name)) for name in KUSTOMIZATIONS) & self.names

    def _is_marked(self, name: str) -> bool:
        text = self.text(name)
        return _GROUP_MARK in text and _KIND_MARK.search(text) is not None

    def _read(self, name: str) -> list[Written]:
        """The objects of a file; none of one with faults, which are judged elsewhere."""
        try:
            documents = expand_lists(read_documents(self._files.read_text(name), file=name).documents)
        except InputError:
            return []
        return [
            Written(file=name, manifest=each.data, location=each.mark(("kind",)))
            for each in documents
            if isinstance(each.data, dict)
        ]

    def _data(self, name: str) -> list[Any]:
        """The documents of a file; of a list, its items."""
        found = self._parsed(self.text(name), name)
        return [item for each in found for item in (each if isinstance(each, list) else [each])]

    def _parsed(self, text: str, name: str) -> list[Any]:
        try:
            trees = parse_stream(text, file=name, findings=[])
            return [tree.value for tree in trees if tree.value is not None]
        except InputError:
            return []

    def _remotes(self) -> list[str]:
        config = ".git/config"
        try:
            found = self._files.find(config)
        except InputError:
            found = None
        return _REMOTE.findall(self.text(config)) if found else []

    def _urls(self) -> Iterable[tuple[str, str]]:
        return _object_urls(each.manifest for each in self.written)


def _kind_and_name(manifest: Manifest) -> tuple[str, str]:
    return str(manifest.get("kind")), dig_text(manifest, "metadata", "name")


def argo_chart(chart: str) -> HelmSource:
    """A chart with Applications that somebody installs by hand."""
    return HelmSource(chart=chart, release=posixpath.basename(chart), is_layered=False)


def _object_urls(manifests: Iterable[Manifest]) -> Iterable[tuple[str, str]]:
    for manifest in manifests:
        if is_argo(manifest, "Application"):
            yield from ((s.url, s.path) for s in read_application(manifest).sources if not s.chart)
        elif is_argo(manifest, "ApplicationSet"):
            yield from _set_urls(read_set(manifest))


def _set_urls(wanted: ArgoSet) -> Iterable[tuple[str, str]]:
    template = read_application({"spec": dig_map(wanted.template, "spec")})
    yield from (
        (source.url, "" if "{{" in source.path else source.path) for source in template.sources if not source.chart
    )
    yield from _generator_urls(wanted.generators)


def _generator_urls(generators: Iterable[Any]) -> Iterable[tuple[str, str]]:
    for each in generators:
        if url := dig_text(each, "git", "repoURL"):
            paths = maps_in(dig(each, "git", "directories")) or maps_in(dig(each, "git", "files"))
            yield from ((url, dig_text(path, "path").partition("*")[0].rstrip("/")) for path in paths)
        for kind in ("matrix", "merge"):
            yield from _generator_urls(maps_in(dig(each, kind, "generators")))
