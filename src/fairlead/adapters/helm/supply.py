"""Charts from where the user says they are (`--chart-source`): folders and mirrors, before the repositories themselves.

A folder holds NAME/ (a chart as a folder), NAME-VERSION.tgz, or both. A mirror is one repository that has the charts of
several, over HTTP or OCI.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from fairlead.adapters.helm.archives import ChartArchives, digest_of
from fairlead.adapters.helm.chart_tree import load_chart
from fairlead.formats.version_range import VersionRange, newest, parse_range
from fairlead.model.errors import InputError, Unavailable
from fairlead.model.frozen import dataclass
from fairlead.model.lock_file import ChartLock

REPOSITORIES: Final = "repositories"
"""As a source: the repositories that the charts name."""

_MIRROR: Final = ("https://", "http://", "oci://")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartSources:
    """*folders* and *mirrors* are asked in their order, and where *fetches* the chart's own repository after them.
    *is_offline*: not even what the project itself names, at a version, is fetched; else it always is."""

    folders: tuple[Path, ...] = ()
    mirrors: tuple[str, ...] = ()
    fetches: bool = False
    is_offline: bool = False


NOTHING_FETCHED: Final = ChartSources()
FETCHED: Final = ChartSources(fetches=True)


def parse_sources(words: Sequence[str], *, is_offline: bool = False) -> ChartSources:
    """Each a folder, a URL, or `repositories`, which ends *is_offline*. Raises InputError where a folder is not
    there."""
    mirrors = tuple(word.rstrip("/") for word in words if word.startswith(_MIRROR))
    folders = tuple(Path(word).absolute() for word in words if word != REPOSITORIES and not word.startswith(_MIRROR))
    for folder in folders:
        if not folder.is_dir():
            raise InputError(
                f"--chart-source {folder} is no folder",
                hint=f"give a folder with NAME/ or NAME-VERSION.tgz, the URL of a mirror, or `{REPOSITORIES}`",
            )
    fetches = REPOSITORIES in words
    return ChartSources(folders=folders, mirrors=mirrors, fetches=fetches, is_offline=is_offline and not fetches)


class ChartSupply:
    """Finds charts: those that the project names at a version (`take`), and those that another tool's files ask for
    (`find`); such tools settle ranges on their own, so we take the newest."""

    def __init__(self, sources: ChartSources, archives: ChartArchives) -> None:
        self._sources = sources
        self._archives = archives

    async def take(self, repository: str, name: str, version: str, *, locked: ChartLock | None = None) -> Path:
        """An archive, or a folder that stands for one that is not locked. Raises InputError, Unavailable, Refused."""
        if not self._sources.is_offline or self._archives.has(repository, name, version, locked=locked):
            return await self._archives.path(repository, name, version, locked=locked)
        here = (path for each in self._sources.folders for found, path in _charts_in(each, name) if found == version)
        for path in here:
            if locked is None or (path.is_file() and digest_of(path.read_bytes()) == locked.digest):
                return path
        for mirror in self._sources.mirrors:
            if version in await self._archives.versions(mirror, name):
                return await self._archives.path(mirror, name, version, locked=locked)
        raise Unavailable(
            f"chart unavailable: {name} {version} was not fetched yet, and this verb fetches nothing",
            hint=f"give --chart-source `{REPOSITORIES}` to fetch it, a mirror, or a folder with charts"
            + ("" if locked else "; `fairlead resolve` fetches it, too, and locks it"),
        )

    async def find(self, repository: str, name: str, wanted: str) -> Path:
        """A folder or archive. Raises Unavailable where nobody that may be asked has one that *wanted* takes."""
        taken = _range(name, wanted)
        seen: list[str] = []
        for folder in self._sources.folders:
            charts = dict(_charts_in(folder, name))
            if found := newest(charts, taken):
                return charts[found]
            seen += charts
        own = (repository,) if self._sources.fetches else ()
        for mirror in (*self._sources.mirrors, *own):
            if found := newest(await self._archives.versions(mirror, name), taken):
                return await self._archives.path(mirror, name, found)
        if kept := newest(self._archives.kept(repository, name, wanted), taken):
            return await self._archives.path(repository, name, kept)
        raise _unavailable(name, wanted, seen)


def _range(name: str, wanted: str) -> VersionRange:
    try:
        return parse_range(wanted or "*")
    except InputError:
        raise Unavailable(
            f"nothing here says which version of chart {name} is meant by {wanted}", hint="name a version"
        ) from None


def _charts_in(folder: Path, name: str) -> Iterator[tuple[str, Path]]:
    """Version and path of every chart *name*."""
    chart = folder / name
    if (chart / "Chart.yaml").is_file():
        version = str(load_chart(chart, root=folder, place=name).metadata.get("version", ""))
        yield version, chart
    for archive in sorted(folder.glob(f"{name}-*.tgz")):
        yield archive.name.removeprefix(f"{name}-").removesuffix(".tgz"), archive


def _unavailable(name: str, wanted: str, seen: Sequence[str]) -> Unavailable:
    has = f" (--chart-source has {', '.join(sorted(seen))})" if seen else ""
    return Unavailable(
        f"chart unavailable: {name} {wanted} is not at hand{has}",
        hint=f"give --chart-source a folder with charts, a mirror, or `{REPOSITORIES}` to fetch it from its own",
    )
