"""The port `Overlays` by the kustomize command line.

An overlay that inflates Helm charts or names remote bases is built in a copy.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from fairlead.adapters import process
from fairlead.adapters.kustomize.bases import GitBases, parse_base
from fairlead.adapters.kustomize.closure import Closure, check_inline, find_closure
from fairlead.adapters.kustomize.copies import Tree, copied
from fairlead.adapters.kustomize.faults import build_fault
from fairlead.adapters.kustomize.laid_over import generated_resources, laid_over, made_of
from fairlead.adapters.slots import Slots
from fairlead.formats.checkouts import checkout_of
from fairlead.formats.manifests import expand_lists, read_documents
from fairlead.model.component import KustomizeSource
from fairlead.model.errors import InputError
from fairlead.model.finding import Location
from fairlead.model.lock_file import NO_BASES
from fairlead.model.objects import Manifest
from fairlead.ports import Tools

_SECONDS: Final = 120
_ANY_FILE: Final = ("--load-restrictor=LoadRestrictionsNone",)


class KustomizeOverlays:
    """*cache* takes remote bases, and the passing copies that overlays are built in; *is_offline* fetches none.
    What lies in one of *checkouts* (absolute) may read all of that, as what lies in the project may read all of it."""

    def __init__(self, tools: Tools, *, cache: Path, is_offline: bool = False, checkouts: Sequence[str] = ()) -> None:
        self._tools = tools
        self._checkouts = tuple(checkouts)
        self._cache = cache
        self._bases = GitBases(Slots(cache / "bases"), is_offline=is_offline)

    async def build(
        self, source: KustomizeSource, *, root: Path, bases: Mapping[str, str] = NO_BASES
    ) -> tuple[Manifest, ...]:
        """Raises InputError; Unavailable when kustomize is missing or does not end in time, or a base cannot be had."""
        with _told_from(top := checkout_of(source.folder, self._checkouts)):
            return await self._build_in(Path(top or root), source, bases=bases)

    async def _build_in(self, root: Path, source: KustomizeSource, *, bases: Mapping[str, str]) -> tuple[Manifest, ...]:
        folder = root / source.folder
        free = _ANY_FILE if source.is_free or source.is_generated else ()
        closure = _closure(source, root=root, bases=bases)
        if not (closure.has_charts or closure.remotes or closure.left):
            return await self._build(closure.root / _below(folder, root), source, root=closure.root, flags=free)
        trees = await self._trees(closure, bases)
        with copied(closure, trees, cache=self._cache) as copy:
            has_charts = closure.has_charts or any(tree.closure.has_charts for tree in trees.values())
            helm = f"--helm-command={await self._tools.path('helm')}" if has_charts else ""
            flags = (*free, "--enable-helm", helm) if helm else free
            return await self._build(copy / _below(folder, root), source, root=copy, flags=flags)

    def files(self, source: KustomizeSource, *, root: Path, bases: Mapping[str, str] = NO_BASES) -> tuple[Path, ...]:
        """Real paths, sorted. Raises InputError for what leaves *root*, is missing, or lies on another machine."""
        with _told_from(top := checkout_of(source.folder, self._checkouts)):
            return self._files_in(Path(top or root), source, bases=bases)

    def _files_in(self, root: Path, source: KustomizeSource, *, bases: Mapping[str, str]) -> tuple[Path, ...]:
        return _closure(source, root=root, bases=bases).files

    async def lay_over(self, objects: Sequence[Manifest], fields: Mapping[str, Any]) -> tuple[Manifest, ...]:
        """As the port says. Raises InputError, Unavailable."""
        with made_of(objects, fields, cache=self._cache) as place:
            return await self._run(place, overlay="what the post-renderer makes", root=place, flags=())

    async def resolve_bases(self, folder: Path, *, root: Path, known: Mapping[str, str]) -> Mapping[str, str]:
        """As the port says. Raises InputError, Unavailable."""
        found: dict[str, str] = {}
        pending = [*find_closure(folder, root=root, takes=_any).remotes]
        while pending:
            url = pending.pop()
            if url not in found:
                found[url] = known.get(url) or await self._bases.commit(url)
                pending += (await self._tree(url, found[url], takes=_any)).closure.remotes
        return found

    async def _trees(self, closure: Closure, bases: Mapping[str, str]) -> dict[str, Tree]:
        """Every base that *closure* needs, and those that they need, by the text that names it."""
        found: dict[str, Tree] = {}
        pending = [*closure.remotes]
        while pending:
            url = pending.pop()
            if url not in found:
                found[url] = await self._tree(url, bases[url], takes=bases.__contains__)
                pending += found[url].closure.remotes
        return found

    async def _tree(self, url: str, commit: str, *, takes: Callable[[str], bool]) -> Tree:
        top = await self._bases.tree(url, commit)
        path = parse_base(url).path
        try:
            return Tree(closure=find_closure(top / path, root=top, takes=takes), path=path)
        except InputError as err:
            raise InputError(f"{url}: {err.message}", hint=err.hint) from err

    async def _build(
        self, folder: Path, source: KustomizeSource, *, root: Path, flags: tuple[str, ...]
    ) -> tuple[Manifest, ...]:
        if source.overlay or source.is_generated:
            return await self._lay_over(folder, source, root=root, flags=flags)
        return await self._run(folder, overlay=_below(folder, root), root=root, flags=flags)

    async def _lay_over(
        self, folder: Path, source: KustomizeSource, *, root: Path, flags: tuple[str, ...]
    ) -> tuple[Manifest, ...]:
        with laid_over(folder, source.overlay, is_generated=source.is_generated, cache=self._cache) as place:
            return await self._run(place, overlay=_below(folder, root), root=root, flags=flags)

    async def _run(self, folder: Path, *, overlay: str, root: Path, flags: tuple[str, ...]) -> tuple[Manifest, ...]:
        program = await self._tools.path("kustomize")
        finished = await process.run(
            [program, "build", *flags, str(folder)], env=process.RARELY_COLLECTED, timeout=_SECONDS
        )
        if finished.code:
            raise build_fault(finished.error_text, overlay=overlay, root=str(root))
        text = finished.stdout.decode(errors="replace")
        documents = expand_lists(read_documents(text, file=f"kustomize build {overlay}").documents)
        return tuple(document.data for document in documents)


def _closure(source: KustomizeSource, *, root: Path, bases: Mapping[str, str]) -> Closure:
    """What a build of *source* reads, with the components that are laid over it."""
    check_inline(source.overlay, locate=lambda _: None)
    folder = root / source.folder
    resources = generated_resources(folder) if source.is_generated else (folder,)
    components = (folder / str(each) for each in source.overlay.get("components", ()))
    return find_closure(*resources, *components, root=root, takes=bases.__contains__, is_partial=source.is_partial)


@contextmanager
def _told_from(checkout: str) -> Iterator[None]:
    """Faults have their places from the top of *checkout*, which the project's paths do not begin at."""
    try:
        yield
    except InputError as err:
        if not checkout:
            raise
        findings = [replace(each, location=_at(checkout, each.location)) for each in err.findings]
        place = _at(checkout, err.location)
        raise InputError(err.message, hint=err.hint, location=place, rule=err.rule, findings=findings) from err


def _at(checkout: str, place: Location | None) -> Location | None:
    return replace(place, file=f"{checkout}/{place.file}") if place else None


def _below(folder: Path, root: Path) -> str:
    """*folder* as messages call it; the closure judges whether it may be read."""
    return os.path.relpath(folder, root)


def _any(_: str) -> bool:
    return True
