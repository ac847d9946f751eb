"""Argo CD: what somebody applied by hand is read first, then every folder that an Application among it names and that
holds Applications again, until nothing new appears. Each Application is a component; one with several sources, several.
"""

from __future__ import annotations

import asyncio
import posixpath
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Final

from fairlead.engine.reading.argocd_tree import ARGO_NAMESPACE, ArgoFiles, argo_chart
from fairlead.formats.argocd_objects import ArgoApplication, ArgoSet, is_argo, read_application, read_set
from fairlead.model.component import Component, HelmSource, KustomizeSource, ManifestsSource, Source
from fairlead.model.environment import Environment
from fairlead.model.errors import FairleadError, InputError
from fairlead.model.finding import Finding
from fairlead.model.frozen import dataclass, field, replace
from fairlead.model.repository import Part, Remark
from fairlead.planning.argocd.components import Ground, Made, make_components, waves
from fairlead.planning.argocd.environments import DEFAULT, ArgoPlace, Guess, environment_of, named_by_path, settle
from fairlead.planning.argocd.projects import check_projects
from fairlead.planning.argocd.revisions import check_revisions
from fairlead.planning.argocd.sets import expand_set
from fairlead.planning.joined_components import join_components
from fairlead.ports import Charts, Overlays, ProjectFiles

_ROUNDS: Final = 20
"""Applications of Applications, this deep."""

Key = tuple[str, str]
"""Namespace and name of an Application."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgoEntry:
    """What somebody applies by hand: a file, a kustomization or a chart at *path*."""

    path: str
    source: Source


@dataclass(slots=True, kw_only=True)
class _Found:
    application: ArgoApplication
    parent: Key | None
    made: Made
    guess: Guess


@dataclass(slots=True, kw_only=True)
class _Tree:
    """What one entry leads to. *has_sets*: ApplicationSets are among it, of which perhaps nothing can be known here."""

    entry: ArgoEntry
    has_sets: bool = False
    found: dict[Key, _Found] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


class ArgoReader:
    """Reads the Applications of one repository; what one entry leads to is found once for all environments."""

    def __init__(self, files: ProjectFiles, overlays: Overlays, charts: Charts) -> None:
        self._argo = ArgoFiles(files, overlays, charts)
        self._trees: dict[str, asyncio.Task[_Tree]] = {}

    async def places(self) -> tuple[ArgoPlace, ...]:
        """The environments that the repository has, and what each is read from; empty where it has no Application."""
        await self._argo.find_own()
        trees = [tree for tree in await self._all_trees(self._entries) if tree.found or tree.has_sets]
        led = {file for tree in trees for each in tree.found.values() for file in self._led_to(each, tree.entry)}
        roots = [tree for tree in trees if not (self._argo.source_files(tree.entry.source) & led)] or trees
        return tuple(self._place(name, of, roots) for name, of in sorted(_by_environment(roots).items()))

    async def read(self, path: str, environment: Environment) -> Part:
        """The components of *environment* among what *path* leads to. Raises InputError where nothing is there."""
        await self._argo.find_own()
        trees = await self._all_trees(self._entries_at(path))
        names = sorted({each.guess.name for tree in trees for each in tree.found.values()})
        if not names and any(tree.has_sets for tree in trees):
            names = [environment.name]
        if not names:
            raise InputError(f"{path} holds no Application of Argo CD", hint="name a file or folder that does")
        if environment.name not in names and len(names) > 1:
            raise InputError(
                f"no Application in {path} is for {environment.name}",
                hint=f"by their clusters, folders and names they are for {', '.join(names)}",
            )
        wanted = environment.name if environment.name in names else names[0]
        parts = [self._part(tree, wanted, environment) for tree in trees]
        return Part(
            components=join_components(
                [*(part.components for part in parts), *([each] for each in self._by_hand(trees, environment.name))]
            ),
            remarks=tuple(remark for part in parts for remark in part.remarks),
            findings=tuple(finding for part in parts for finding in part.findings),
            taken=tuple(folder for part in parts for folder in part.taken),
        )

    def _place(self, name: str, of: Sequence[_Tree], roots: Sequence[_Tree]) -> ArgoPlace:
        guesses = [each.guess for tree in of for each in tree.found.values() if each.guess.name == name]
        reason = next((guess.reason for guess in guesses if guess.reason), "")
        return ArgoPlace(
            name=name,
            paths=self._paths([tree.entry for tree in of], [tree.entry for tree in roots]),
            reason=reason,
            is_sure=bool(guesses) and all(guess.is_sure for guess in guesses),
        )

    def _paths(self, entries: Sequence[ArgoEntry], roots: Sequence[ArgoEntry]) -> tuple[str, ...]:
        """The one folder that holds *entries* and no other of *roots*; else each of them."""
        paths = [entry.path for entry in entries]
        top = posixpath.commonpath([posixpath.dirname(path) or "." for path in paths] if len(paths) > 1 else paths)
        others = {root.path for root in roots} - set(paths)
        if top and top != "." and not any(_is_below(path, top) for path in others):
            return (top,)
        return tuple(paths)

    @cached_property
    def _entries(self) -> tuple[ArgoEntry, ...]:
        """What no Application that is written down as such leads to."""
        led: dict[str, set[str]] = {}
        for origin, application in self._argo.applications:
            for file in self._content(application):
                led.setdefault(file, set()).add(origin)
        starts = [file for file in sorted(self._argo.marked) if not (led.get(file, set()) - {file})]
        return self._as_entries(starts)

    def _entries_at(self, path: str) -> tuple[ArgoEntry, ...]:
        top = posixpath.normpath(path)
        below = tuple(entry for entry in self._entries if _is_below(entry.path, top))
        if below:
            return below
        return self._as_entries(sorted(file for file in self._argo.marked if _is_below(file, top)))

    def _as_entries(self, files: Iterable[str]) -> tuple[ArgoEntry, ...]:
        found: dict[str, ArgoEntry] = {}
        for file in files:
            for entry in self._applied(file):
                found.setdefault(entry.path, entry)
        return tuple(found.values())

    def _applied(self, file: str) -> list[ArgoEntry]:
        """How *file* comes to the cluster: in a chart, by the kustomizations that lead to it, or as it is."""
        chart = next((top for top in _parents(file) if self._argo.tree.is_chart(top)), "")
        if chart:
            return [ArgoEntry(path=chart, source=argo_chart(chart))]
        roots = [folder for folder in self._outermost if file in self._closures[folder]]
        if roots:
            return [ArgoEntry(path=folder, source=KustomizeSource(folder=folder)) for folder in roots]
        return [ArgoEntry(path=file, source=ManifestsSource(paths=(file,)))]

    @cached_property
    def _closures(self) -> Mapping[str, frozenset[str]]:
        """What each kustomization reads, of those that read something of Argo CD."""
        found = {f: self._argo.source_files(KustomizeSource(folder=f)) for f in self._argo.kustomizations}
        return {folder: files for folder, files in found.items() if files & self._argo.marked}

    @cached_property
    def _outermost(self) -> tuple[str, ...]:
        """The kustomizations that no other one reads."""
        return tuple(
            folder
            for folder in self._closures
            if not any(
                other != folder and not files.isdisjoint(self._argo.kustomization_files(folder))
                for other, files in self._closures.items()
            )
        )

    def _content(self, application: ArgoApplication) -> frozenset[str]:
        made = self._made(application)
        return frozenset(file for each in made.components for file in self._argo.source_files(each.source))

    def _led_to(self, found: _Found, entry: ArgoEntry) -> frozenset[str]:
        """What *found* brings, besides the entry that brought itself."""
        files = (file for each in found.made.components for file in self._argo.source_files(each.source))
        return frozenset(files) - self._argo.source_files(entry.source)

    def _made(self, application: ArgoApplication) -> Made:
        argo = self._argo
        ground = Ground(tree=argo.tree, read_text=argo.require_text, holds_objects=argo.holds_objects)
        return make_components(application, ground)

    async def _all_trees(self, entries: Iterable[ArgoEntry]) -> list[_Tree]:
        return list(await asyncio.gather(*(self._tree(entry) for entry in entries)))

    async def _tree(self, entry: ArgoEntry) -> _Tree:
        if entry.path not in self._trees:
            self._trees[entry.path] = asyncio.ensure_future(self._grown(entry))
        return await asyncio.shield(self._trees[entry.path])

    async def _grown(self, entry: ArgoEntry) -> _Tree:
        tree = _Tree(entry=entry)
        fresh = await self._brought(
            tree, entry.source, release=posixpath.basename(entry.path), namespace=ARGO_NAMESPACE
        )
        await self._grow(tree, [(each, None) for each in fresh])
        guesses = settle((each.application, each.guess) for each in tree.found.values())
        for each, (_, guess) in zip(tree.found.values(), guesses, strict=True):
            each.guess = guess
        tree.findings += check_projects([each.application for each in tree.found.values()], self._argo.projects)
        return tree

    async def _grow(self, tree: _Tree, fresh: list[tuple[ArgoApplication, Key | None]]) -> None:
        for _ in range(_ROUNDS):
            new = [self._add(tree, application, parent) for application, parent in fresh]
            inner = await asyncio.gather(*(self._children(tree, each) for each in new if each is not None))
            fresh = [each for found in inner for each in found]
            if not fresh:
                return

    def _add(self, tree: _Tree, application: ArgoApplication, parent: Key | None) -> _Found | None:
        key = (application.namespace, application.name)
        if key in tree.found or not application.name:
            return None
        guess = environment_of(application, entry=tree.entry.path)
        above = tree.found[parent].guess if parent else Guess()
        made = self._made(application)
        tree.found[key] = _Found(
            application=application, parent=parent, made=made, guess=guess if guess.name else above
        )
        return tree.found[key]

    async def _children(self, tree: _Tree, found: _Found) -> list[tuple[ArgoApplication, Key | None]]:
        key = (found.application.namespace, found.application.name)
        inner: list[tuple[ArgoApplication, Key | None]] = []
        for component in found.made.components:
            if self._argo.source_files(component.source) & self._argo.marked:
                brought = await self._brought(
                    tree, component.source, release=component.release, namespace=component.namespace
                )
                inner += ((each, key) for each in brought)
        return inner

    async def _brought(self, tree: _Tree, source: Source, *, release: str, namespace: str) -> list[ArgoApplication]:
        """The Applications among what *source* is built to. One that does not build is judged with its component."""
        try:
            objects = await self._argo.objects_of(source, release=release, namespace=namespace)
        except FairleadError as err:
            tree.remarks.append(
                Remark(
                    text=f"what {_name(source)} brings is not known: it does not build ({err.message})", is_sure=False
                )
            )
            return []
        found: list[ArgoApplication] = []
        for manifest in objects:
            if is_argo(manifest, "Application"):
                found.append(read_application(manifest, location=self._argo.place_of(manifest, source)))
            elif is_argo(manifest, "ApplicationSet"):
                found += self._of_set(tree, read_set(manifest, location=self._argo.place_of(manifest, source)))
        return found

    def _of_set(self, tree: _Tree, wanted: ArgoSet) -> list[ArgoApplication]:
        tree.has_sets = True
        expanded = expand_set(wanted, self._argo.ground)
        tree.remarks += (
            Remark(text=f"ApplicationSet {wanted.name}: not judged: {each}", location=wanted.location, is_sure=False)
            for each in expanded.unknown
        )
        names = [each.name for each in expanded.applications]
        tree.findings += (
            Finding(
                rule="argocd-duplicate-application",
                message=f"ApplicationSet {wanted.name} makes {names.count(name)} Applications named {name}",
                hint="Argo CD makes none then: put what tells them apart into the name",
                location=wanted.location,
            )
            for name in sorted({each for each in names if names.count(each) > 1})
        )
        return [replace(each, wave=each.wave or wanted.wave) for each in expanded.applications]

    def _part(self, tree: _Tree, name: str, environment: Environment) -> Part:
        here = {key: found for key, found in tree.found.items() if found.guess.name == name}
        needs = self._needs(here)
        components = [
            replace(component, environments=(environment.name,), needs=needs[key])
            for key, found in here.items()
            for component in found.made.components
        ]
        names = {found.application.name for found in here.values()}
        findings = [finding for finding in tree.findings if not finding.component or finding.component in names]
        return Part(
            components=tuple(components),
            remarks=(*tree.remarks, *(remark for found in here.values() for remark in self._remarks(found))),
            findings=(
                *findings,
                *(finding for found in here.values() for finding in found.made.findings),
                *check_revisions([found.application for found in here.values()], self._argo.tree),
            ),
            taken=tuple(folder for found in here.values() for folder in found.made.taken),
        )

    def _by_hand(self, trees: Sequence[_Tree], environment: str) -> Iterable[Component]:
        """What the entries bring: plain files together, as far as none has what another one has; each kustomization and
        each chart as one."""
        plain = [file for t in trees if isinstance(t.entry.source, ManifestsSource) for file in t.entry.source.paths]
        for files in self._argo.without_repeats(plain):
            name = files[0] if len(files) == 1 else "argocd"
            yield _entry_component(name, ManifestsSource(paths=tuple(files)), environment)
        for tree in trees:
            if not isinstance(tree.entry.source, ManifestsSource):
                yield _entry_component(tree.entry.path, tree.entry.source, environment)

    def _remarks(self, found: _Found) -> Iterable[Remark]:
        yield from found.made.remarks
        application = found.application
        if application.hook:
            yield Remark(
                text=f"application {application.name} is a hook of Argo CD ({application.hook})",
                location=application.location,
            )
        for component in found.made.components:
            for file in self._argo.hooks_in(component.source):
                yield Remark(
                    text=f"{file} holds hooks that Argo CD runs at a sync: here they are objects of {component.name}",
                    is_sure=False,
                )

    def _needs(self, here: Mapping[Key, _Found]) -> dict[Key, tuple[str, ...]]:
        """The components of what brought an Application, and of its siblings of the wave before."""
        needs: dict[Key, tuple[str, ...]] = {}
        siblings: dict[Key | None, list[Key]] = {}
        for key, found in here.items():
            siblings.setdefault(found.parent, []).append(key)
        for parent, keys in siblings.items():
            before = waves([here[key].application for key in keys])
            by_name = {here[key].application.name: key for key in keys}
            for key in keys:
                wanted = _resolved(here[key].application.name, before, by_name, here)
                above = [c.name for c in here[parent].made.components] if parent in here and parent else []
                needs[key] = tuple(dict.fromkeys([*above, *wanted]))
        return needs


def _by_environment(trees: Iterable[_Tree]) -> dict[str, list[_Tree]]:
    """Which of *trees* each environment is read from. One of which no Application is known goes by its folder, else to
    the only environment that there is."""
    found: dict[str, list[_Tree]] = {}
    unknown = []
    for tree in trees:
        names = {each.guess.name for each in tree.found.values()}
        unknown += [] if names else [tree]
        for name in names:
            found.setdefault(name, []).append(tree)
    only = next(iter(found)) if len(found) == 1 else DEFAULT
    for tree in unknown:
        found.setdefault(named_by_path(tree.entry.path) or only, []).append(tree)
    return found


def _resolved(
    name: str, before: Mapping[str, Sequence[str]], by_name: Mapping[str, Key], here: Mapping[Key, _Found]
) -> Iterable[str]:
    """What *name* waits for; of an Application without components, what that waits for."""
    for each in before[name]:
        components = here[by_name[each]].made.components
        if components:
            yield from (component.name for component in components)
        else:
            yield from _resolved(each, before, by_name, here)


def _entry_component(path: str, source: Source, environment: str) -> Component:
    stem = posixpath.splitext(posixpath.basename(path))[0]
    return Component(
        name=stem.strip(".").lower() or "argocd", source=source, namespace=ARGO_NAMESPACE, environments=(environment,)
    )


def _name(source: Source) -> str:
    match source:
        case KustomizeSource(folder=folder):
            return folder
        case HelmSource(chart=chart):
            return chart
        case ManifestsSource(paths=paths):
            return paths[0]
        case _:
            return "it"


def _is_below(path: str, top: str) -> bool:
    return top in (".", path) or path.startswith(f"{top}/")


def _parents(file: str) -> Iterable[str]:
    while file := posixpath.dirname(file):
        yield file
