"""Resolves what the project leaves open, and says what its lock file becomes. The one verb that does so."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

from fairlead.engine.offline import PASSING_KEY, offline_target, render_offline
from fairlead.engine.plan_options import PlanOptions
from fairlead.engine.renderer import Renderer
from fairlead.engine.sources import Sources
from fairlead.formats.version_range import newest, parse_range
from fairlead.model.component import Component, HelmSource, KustomizeSource
from fairlead.model.environment import Environment, expand
from fairlead.model.errors import InputError, Unavailable
from fairlead.model.frozen import dataclass
from fairlead.model.lock_file import ChartLock, ChartNeed, ComponentLock, LockChange, LockFile
from fairlead.model.plan import Phase
from fairlead.model.project import Project
from fairlead.planning.image_replacement import images_in
from fairlead.planning.locking import compare_locks, fits, is_exact, merged
from fairlead.planning.stand_ins import holds_stand_in
from fairlead.ports import ImageTags

_SHOWN_VERSIONS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveOptions:
    """*selected* component names (None: all). *upgrade*: also what is locked already and fits. *images*: tags too."""

    selected: frozenset[str] | None = None
    upgrade: bool = False
    images: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """The lock file as it should be, what differs from the one that is there, and what could not be settled."""

    lock: LockFile
    changes: tuple[LockChange, ...]
    notes: tuple[str, ...] = ()


async def resolve(
    project: Project,
    environment: Environment,
    sources: Sources,
    tags: ImageTags,
    options: ResolveOptions,
    *,
    tell: Callable[[str], None],
) -> Resolution:
    """Writes nothing. Raises InputError where nothing fits a range, Unavailable where a repository does not answer."""
    target = offline_target(project, environment, PlanOptions())
    before = Renderer(target, sources, key=PASSING_KEY).lock()
    components = project.components_of(environment)
    resolver = _Resolver(sources=sources, environment=environment, before=before, options=options, tell=tell)
    chosen = [c for c in components if options.selected is None or c.name in options.selected]
    resolved = {component.name: await resolver.component(component) for component in chosen}
    lock = merged(before, resolved, known=[c.name for c in components])
    notes: tuple[str, ...] = ()
    if options.images:
        pins = _Pins(tags=tags, before=before, options=options, tell=tell)
        # As they are called without a pin: that is what the lock file knows them by.
        bare = {n: dataclasses.replace(each, images={}) for n, each in lock.components.items()}
        renderer = Renderer(target, sources, key=PASSING_KEY, lock=dataclasses.replace(lock, components=bare))
        lock, notes = await pins.add(lock, chosen, renderer)
    return Resolution(lock=lock, changes=compare_locks(before, lock), notes=notes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Resolver:
    sources: Sources
    environment: Environment
    before: LockFile
    options: ResolveOptions
    tell: Callable[[str], None]

    async def component(self, component: Component) -> ComponentLock:
        known, source = self.before.of(component.name), component.source
        if isinstance(source, KustomizeSource):
            return dataclasses.replace(known, bases=await self._bases(source, known))
        if not isinstance(source, HelmSource):
            return known
        if source.repository:
            need = ChartNeed(name=source.chart.rpartition("/")[2], repository=source.repository, wanted=source.version)
            return dataclasses.replace(known, chart=await self._chart(need, known.chart, component), dependencies=())
        needs = self.sources.charts.needs(source, folder=self.sources.files.root())
        found = [
            await self._chart(need, known.dependency(name=need.name, repository=need.repository), component)
            for need in needs
        ]
        return dataclasses.replace(known, chart=None, dependencies=tuple(found))

    async def _bases(self, source: KustomizeSource, known: ComponentLock) -> Mapping[str, str]:
        root = self.sources.files.root()
        kept = {} if self.options.upgrade else known.bases
        folder = root / expand(source.folder, self.environment)
        return await self.sources.overlays.resolve_bases(folder, root=root, known=kept)

    async def _chart(self, need: ChartNeed, known: ChartLock | None, component: Component) -> ChartLock:
        """As it is locked, if that fits and may stay; else the newest that fits."""
        wanted = need.version or need.wanted
        is_there = known is not None and known.repository == need.repository
        if known is not None and is_there and not self.options.upgrade and fits(known, wanted=wanted, name=need.name):
            return dataclasses.replace(known, wanted=need.wanted)
        self.tell(f"{component.name}: resolving {need.name} {wanted}")
        version = wanted if is_exact(wanted) else await self._newest(need, component)
        digest = await self.sources.charts.archive_digest(need.repository, need.name, version)
        return ChartLock(name=need.name, repository=need.repository, wanted=need.wanted, version=version, digest=digest)

    async def _newest(self, need: ChartNeed, component: Component) -> str:
        known = await self.sources.charts.versions(need.repository, need.name)
        found = newest(known, parse_range(need.wanted))
        if found is None:
            has = f"it has {', '.join(known[:_SHOWN_VERSIONS])} …" if known else "it has no chart of that name"
            raise InputError(
                f"component {component.name}: {need.repository} has no version of {need.name} that fits {need.wanted}",
                hint=has,
                location=component.location,
            )
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pins:
    """Digests of images, of what is rendered without Helm: what a chart renders goes to the cluster through helm."""

    tags: ImageTags
    before: LockFile
    options: ResolveOptions
    tell: Callable[[str], None]

    async def add(
        self, lock: LockFile, chosen: Sequence[Component], renderer: Renderer
    ) -> tuple[LockFile, tuple[str, ...]]:
        deployed = [c for c in chosen if c.phase is Phase.DEPLOY]
        plain = tuple(c for c in deployed if not isinstance(c.source, HelmSource))
        notes = [f"{c.name}: images of a Helm release are not pinned" for c in deployed if c not in plain]
        components = dict(lock.components)
        for rendered in await render_offline(renderer, plain):
            name = rendered.component.name
            references = images_in(rendered.desired.objects.values()) if rendered.desired else ()
            # What is built here stands as a text for itself, and has a digest of its own.
            wanted = [r for r in references if "@" not in r and not holds_stand_in(r, rendered.unknown)]
            images = await self._digests(name, wanted, notes)
            components[name] = dataclasses.replace(lock.of(name), images=images)
        kept = {name: each for name, each in components.items() if not each.is_empty}
        return dataclasses.replace(lock, components=kept), tuple(notes)

    async def _digests(self, name: str, references: Sequence[str], notes: list[str]) -> dict[str, str]:
        known = self.before.of(name).images
        found: dict[str, str] = {}
        for reference in references:
            if reference in known and not self.options.upgrade:
                found[reference] = known[reference]
                continue
            self.tell(f"{name}: asking for {reference}")
            try:
                digest = await self.tags.digest(reference)
            except (Unavailable, InputError) as err:
                notes.append(f"{name}: {reference} is not pinned: {err.message}")
                continue
            if digest is None:
                notes.append(f"{name}: {reference} is not pinned: its registry has no such image")
            else:
                found[reference] = digest
        return found
