"""Rendering that remembers: the same tool on the same input gives the same objects, so that it is run once.

Keys cover the content of everything that the tool reads. Without a cache, all is rendered anew each time.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from fairlead.formats.codec import to_json
from fairlead.formats.digests import canonical_json
from fairlead.model.component import KustomizeSource
from fairlead.model.lock_file import NO_BASES
from fairlead.model.objects import Manifest
from fairlead.model.rendering import ChartFiles, ChartRequest, Rendering
from fairlead.model.secret import reveal_tree
from fairlead.ports import Charts, Overlays, ProjectFiles, RenderCache, Tools

_FORMAT: Final = 2
"""Goes into every key: raise it when the same input gives other objects."""


class KeptOverlays:
    """Implements `build` of the port Overlays by *overlays*, once for an input."""

    def __init__(self, overlays: Overlays, *, files: ProjectFiles, tools: Tools, cache: RenderCache | None) -> None:
        self._overlays = overlays
        self._files = files
        self._tools = tools
        self._cache = cache
        self._built: dict[str, tuple[Manifest, ...]] = {}
        self._read: dict[str, frozenset[str]] = {}

    def all_files(self) -> frozenset[str]:
        """The files of the project that any build read so far."""
        return frozenset().union(*self._read.values())

    def read_files(self, source: KustomizeSource) -> frozenset[str]:
        """The files of the project that a build of *source* read, which was done."""
        return self._read.get(_name(source, NO_BASES), frozenset())

    async def build(self, source: KustomizeSource, *, bases: Mapping[str, str]) -> tuple[Manifest, ...]:
        """Raises InputError, Unavailable as `Overlays.build`."""
        root = self._files.root()
        if self._cache is None:
            return await self._overlays.build(source, root=root, bases=bases)
        # A reader builds what a renderer asks for again.
        name = _name(source, bases)
        if name not in self._built:
            self._built[name] = await self._build(source, root=root, bases=bases, cache=self._cache)
        return self._built[name]

    async def lay_over(self, objects: Sequence[Manifest], fields: Mapping[str, Any]) -> tuple[Manifest, ...]:
        """As `Overlays.lay_over`."""
        if self._cache is None:
            return await self._overlays.lay_over(objects, fields)
        key = _key("post-render", self._tools.version("kustomize"), list(objects), dict(fields))
        if (kept := self._cache.load(key)) is not None:
            return tuple(orjson.loads(kept))
        made = await self._overlays.lay_over(objects, fields)
        _store(self._cache, key, made)
        return made

    async def _build(
        self, source: KustomizeSource, *, root: Path, bases: Mapping[str, str], cache: RenderCache
    ) -> tuple[Manifest, ...]:
        read = self._overlays.files(source, root=root, bases=bases)
        self._read[_name(source, bases)] = frozenset(
            str(file.relative_to(root) if file.is_relative_to(root) else file) for file in read
        )
        key = _key(
            "kustomize",
            [self._tools.version(name) for name in ("kustomize", "helm")],
            [source.folder, dict(source.overlay), source.is_generated, source.is_free, source.is_partial, dict(bases)],
            self._files.digest(read),
        )
        if (kept := cache.load(key)) is not None:
            return tuple(orjson.loads(kept))
        built = await self._overlays.build(source, root=root, bases=bases)
        _store(cache, key, built)
        return built


class KeptCharts:
    """Renders charts by *charts*, once for an input."""

    def __init__(self, charts: Charts, *, tools: Tools, cache: RenderCache | None) -> None:
        self._charts = charts
        self._tools = tools
        self._cache = cache

    async def template(
        self, request: ChartRequest, chart: ChartFiles, *, kubernetes: str, api_versions: Sequence[str] = ()
    ) -> Rendering:
        """As `Charts.template`; *chart* is what *request* names."""
        if self._cache is None:
            return await self._charts.template(request, kubernetes=kubernetes, api_versions=api_versions)
        key = _key(
            "helm",
            self._tools.version("helm"),
            [chart.name, chart.digest, request.release, request.namespace, kubernetes, list(api_versions)],
            reveal_tree(request.values),
        )
        if (kept := self._cache.load(key)) is not None:
            parts = orjson.loads(kept)
            templates = parts.pop("templates")
            return Rendering(**{part: tuple(objects) for part, objects in parts.items()}, templates=templates)
        made = await self._charts.template(request, kubernetes=kubernetes, api_versions=api_versions)
        parts = {"objects": made.objects, "hooks": made.hooks, "crds": made.crds, "templates": dict(made.templates)}
        _store(self._cache, key, parts)
        return made

    async def crds(self, chart: ChartFiles) -> tuple[Manifest, ...]:
        """As `Charts.crds`."""
        if not chart.has_crds:
            return ()
        if self._cache is None:
            return await self._charts.crds(chart)
        key = _key("crds", chart.digest)
        if (kept := self._cache.load(key)) is not None:
            return tuple(orjson.loads(kept))
        found = await self._charts.crds(chart)
        _store(self._cache, key, found)
        return found


def _name(source: KustomizeSource, bases: Mapping[str, str]) -> str:
    return repr((dataclasses.replace(source, substitution=None), sorted(bases.items())))


def _key(*parts: Any) -> bytes:
    return canonical_json(to_json([_FORMAT, *parts]))


def _store(cache: RenderCache, key: bytes, value: Any) -> None:
    try:
        content = orjson.dumps(value)
    except orjson.JSONEncodeError:
        return  # integers beyond 64 bits: rendered anew each time
    cache.store(key, content)
