"""Where a tool comes from: PATH at a fitting version, then the cache, then the official download, then a build.

Only what is asked for is fetched. A rung that fails is said by `progress`; the last error names what all of them said.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from fairlead.adapters.tools.cache import ToolCache
from fairlead.adapters.tools.go import build, find_go
from fairlead.adapters.tools.on_path import find_on_path
from fairlead.adapters.tools.table import TABLE
from fairlead.adapters.tools.tool import Platform, Tool, this_platform
from fairlead.model.errors import InputError, Unavailable
from fairlead.model.frozen import dataclass


class Source(StrEnum):
    PATH = "path"
    CACHE = "cache"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolStatus:
    """*version* is the pinned one; *path* is None when the tool is absent."""

    name: str
    version: str
    source: Source
    path: Path | None = None


class UnknownTool(InputError):
    def __init__(self, name: str, *, known: Iterable[str]) -> None:
        super().__init__(f"unknown tool: {name}", hint=f"known tools are {', '.join(sorted(known))}")


class ToolChain:
    """The port `Tools`. *search_path* stands for PATH; *progress* gets a line every few seconds during a build."""

    def __init__(
        self,
        cache: Path,
        *,
        table: Mapping[str, Tool] = TABLE,
        progress: Callable[[str], None],
        progress_every: float = 5.0,
        search_path: str | None = None,
        platform: Platform | None = None,
    ) -> None:
        self._platform = platform or this_platform()
        self._cache = ToolCache(root=cache, platform=self._platform)
        self._table = table
        self._progress = progress
        self._progress_every = progress_every
        self._search_path = search_path
        self._found: dict[str, Path] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def version(self, name: str) -> str:
        """The pinned version; raises UnknownTool."""
        return self._tool(name).version

    async def path(self, name: str) -> Path:
        """Raises UnknownTool; Unavailable with what each rung said."""
        tool = self._tool(name)
        async with self._turns[name]:
            if name not in self._found:
                self._found[name] = await self._find(tool) or await self._make(tool)
            return self._found[name]

    async def install(self, names: Iterable[str]) -> dict[str, Path]:
        """Fetch or build what is absent, one after the other; raises Unavailable at the end, naming all that failed."""
        tools = [self._tool(name) for name in names]
        made: dict[str, Path] = {}
        failed: list[Unavailable] = []
        for tool in tools:
            try:
                made[tool.name] = await self.path(tool.name)
            except Unavailable as err:
                failed.append(err)
        if failed:
            raise _all_said(f"{len(failed)} of {len(tools)} tools could not be installed", failed)
        return made

    def usual(self) -> tuple[str, ...]:
        """The tools that are made when none is named."""
        return tuple(tool.name for tool in self._table.values() if not tool.by_name_only)

    async def find(self, name: str) -> Path | None:
        """Where the tool is now, on PATH or in the cache; nothing is fetched. Raises UnknownTool."""
        return await self._find(self._tool(name))

    async def status(self) -> tuple[ToolStatus, ...]:
        """Where each tool would come from now, in the order of the table; nothing is fetched."""
        return tuple(await asyncio.gather(*map(self._status, self._table.values())))

    async def _status(self, tool: Tool) -> ToolStatus:
        for source, path in (
            (Source.PATH, await find_on_path(tool, search_path=self._search_path)),
            (Source.CACHE, self._cache.find(tool)),
        ):
            if path is not None:
                return ToolStatus(name=tool.name, version=tool.version, source=source, path=path)
        return ToolStatus(name=tool.name, version=tool.version, source=Source.ABSENT)

    def _tool(self, name: str) -> Tool:
        if name not in self._table:
            raise UnknownTool(name, known=self._table)
        return self._table[name]

    async def _find(self, tool: Tool) -> Path | None:
        return await find_on_path(tool, search_path=self._search_path) or self._cache.find(tool)

    async def _make(self, tool: Tool) -> Path:
        async with self._cache.lock(tool.build.name, tool.version, on_wait=lambda: self._say_waiting(tool)):
            # Another process may have made it while we waited.
            if path := self._cache.find(tool):
                return path
            said: list[Unavailable] = []
            for rung in (self._download, self._build):
                try:
                    await rung(tool)
                except Unavailable as err:
                    self._progress(err.message)
                    said.append(err)
                if path := self._cache.find(tool):
                    return path
        raise _all_said(f"{tool.title} is neither on PATH nor in the cache", said)

    async def _download(self, tool: Tool) -> None:
        download = tool.download
        if download is None or str(self._platform) not in download.sha256:
            return
        # aiohttp takes 0.1 s to import, and most runs download nothing.
        from fairlead.adapters.tools.download import fetch  # noqa: PLC0415

        self._progress(f"downloading {tool.title}")
        with self._cache.staging(tool.name, tool.version) as folder:
            await fetch(tool, download, self._platform, folder=folder)

    async def _build(self, tool: Tool) -> None:
        go = find_go(search_path=self._search_path)
        if go is None:
            raise Unavailable(
                "there is no Go to build it with",
                hint=f"put {tool.title} on PATH, or install Go {tool.build.go} or newer",
            )
        with self._cache.staging(tool.build.name, tool.version) as folder:
            await build(
                tool.build,
                self._platform,
                go=go,
                folder=folder,
                progress=self._progress,
                progress_every=self._progress_every,
            )

    def _say_waiting(self, tool: Tool) -> None:
        self._progress(f"waiting for another process that makes {tool.build.name} {tool.version}")


def _all_said(title: str, errors: Sequence[Unavailable]) -> Unavailable:
    return Unavailable(f"{title}: {'; '.join(err.message for err in errors)}", hint=errors[-1].hint)
