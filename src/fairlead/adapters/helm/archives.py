"""Chart archives from repositories over HTTP and OCI, each fetched once and kept by what it is."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from fairlead.adapters.helm.archive import read_archive
from fairlead.adapters.helm.chart_version import check_exact
from fairlead.adapters.helm.oci import chart_tags, fetch_chart
from fairlead.adapters.registry.client import Registries
from fairlead.adapters.slots import Slots, store_file
from fairlead.model.errors import Refused
from fairlead.model.lock_file import ChartLock

if TYPE_CHECKING:
    from fairlead.adapters.helm.repository import ChartRepository


class ChartArchives:
    def __init__(self, cache: Slots, registries: Registries) -> None:
        self._cache = cache
        self._registries = registries

    async def path(self, repository: str, name: str, version: str, *, locked: ChartLock | None = None) -> Path:
        """The archive of chart *name* at exactly *version*.

        Raises InputError, Unavailable, Refused; Refused also where it is not the one that was locked.
        """
        check_exact(name, version)
        digest = locked.digest if locked else ""
        async with self._cache.slot(*_key(repository, name, version, digest), name=_file(name, version)) as path:
            if not path.exists():
                archive = await self._fetch(repository, name, version)
                _require(digest, archive, name=name, version=version)
                store_file(path, archive)
            elif digest:
                _require(digest, path.read_bytes(), name=name, version=version, kept=path)
        return path

    def has(self, repository: str, name: str, version: str, *, locked: ChartLock | None) -> bool:
        """That archive was fetched before."""
        check_exact(name, version)
        key = _key(repository, name, version, locked.digest if locked else "")
        return self._cache.place(*key, name=_file(name, version)).is_file()

    def kept(self, repository: str, name: str, version: str) -> tuple[str, ...]:
        """*version* if its archive was fetched before."""
        place = self._cache.place(*_key(repository, name, version, ""), name=_file(name, version))
        return (version,) if place.is_file() else ()

    async def take(self, repository: str, name: str, version: str) -> str:
        """Fetch the archive as it is there now, and keep it; its digest."""
        check_exact(name, version)
        archive = await self._fetch(repository, name, version)
        digest = digest_of(archive)
        async with self._cache.slot(*_key(repository, name, version, digest), name=_file(name, version)) as path:
            if not path.exists():
                store_file(path, archive)
        return digest

    async def versions(self, repository: str, name: str) -> tuple[str, ...]:
        """All that are offered now, as they are written there."""
        if repository.startswith("oci://"):
            return await chart_tags(self._registries, repository, name)
        return await _repository(repository).versions(name)

    async def _fetch(self, repository: str, name: str, version: str) -> bytes:
        if repository.startswith("oci://"):
            archive = await fetch_chart(self._registries, repository, name, version)
        else:
            archive = await _repository(repository).fetch(name, version)
        read_archive(archive, name=_file(name, version))
        return archive


def _repository(url: str) -> ChartRepository:
    # aiohttp takes 0.1 s to import, and most runs fetch nothing.
    from fairlead.adapters.helm.repository import ChartRepository  # noqa: PLC0415

    return ChartRepository(url)


def _file(name: str, version: str) -> str:
    return f"{name}-{version}.tgz"


def _key(repository: str, name: str, version: str, digest: str) -> tuple[str, ...]:
    """A locked archive is kept by its digest: another machine may have locked another one than ours has."""
    return (repository, name, version, digest) if digest else (repository, name, version)


def digest_of(archive: bytes) -> str:
    return f"sha256:{hashlib.sha256(archive).hexdigest()}"


def _require(digest: str, archive: bytes, *, name: str, version: str, kept: Path | None = None) -> None:
    found = digest_of(archive)
    if not digest or found == digest:
        return
    where = f"kept as {kept}" if kept else "that its repository has now"
    raise Refused(
        f"the archive of chart {name} {version} {where} is not the one in the lock file: "
        f"its digest is {found[:19]}…, not {digest[:19]}…",
        hint="remove that file"
        if kept
        else "somebody replaced it: ask the chart's owner; if it is meant, run `fairlead resolve --upgrade`",
    )
