"""Manifests, blobs and tags of one repository: https://github.com/opencontainers/distribution-spec, version 1 and 2."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from fairlead.adapters.registry.answer import json_map, limited
from fairlead.adapters.registry.credentials import LoginFiles
from fairlead.adapters.registry.name import RepositoryName, parse_repository
from fairlead.adapters.registry.place import onward
from fairlead.adapters.registry.trust import FOLDERS
from fairlead.formats.json_data import as_list
from fairlead.model.errors import InputError, Refused
from fairlead.model.frozen import dataclass

if TYPE_CHECKING:
    from fairlead.adapters.registry.connection import RegistryConnection

MAX_MANIFEST: Final = 4 << 20
_MAX_TAGS: Final = 16 << 20
_CHUNK: Final = 1 << 18
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_ACCEPTED: Final = ", ".join(
    (
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.oci.image.index.v1+json",
    )
)
_NEXT: Final = re.compile(r'<([^>]+)>;\s*rel="?next"?')


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A manifest: its bytes, the digest over them, and the media type it came with."""

    content: bytes
    digest: str
    media_type: str

    def read(self) -> Mapping[str, Any]:
        """Raises Unavailable where it is no JSON."""
        return json_map(self.content, what=f"the manifest {self.digest}")


class RegistryClient:
    """Made by `Registries.open`."""

    def __init__(self, connection: RegistryConnection) -> None:
        self._connection = connection

    async def manifest(self, reference: str) -> Found | None:
        """The manifest behind a tag or digest; None where there is none. Raises Refused when it is another one."""
        url = self._connection.url(f"manifests/{reference}")
        async with self._connection.request(
            "GET", url, fine=frozenset({200, 404}), headers={"Accept": _ACCEPTED}
        ) as got:
            if got.status == 404:
                return None
            content = await limited(got, limit=MAX_MANIFEST, what=self._named(reference))
            media_type = got.headers.get("Content-Type", "")
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        if _DIGEST.fullmatch(reference) and reference != digest:
            raise Refused(f"the registry's manifest {self._named(reference)} has another digest", hint="ask its owner")
        return Found(content=content, digest=digest, media_type=media_type)

    async def blob(self, digest: str, *, limit: int) -> bytes:
        """The content behind *digest*, checked. Raises InputError where it is larger than *limit* bytes."""
        if not _DIGEST.fullmatch(digest):
            raise InputError(f"{digest!r} is no sha256 digest", hint="see what wrote it to the registry")
        url = self._connection.url(f"blobs/{digest}")
        async with self._connection.request("GET", url, fine=frozenset({200})) as got:
            content = await limited(got, limit=limit, what=self._named(digest))
        if f"sha256:{hashlib.sha256(content).hexdigest()}" != digest:
            raise Refused(f"the registry's content {self._named(digest)} has another digest", hint="ask its owner")
        return content

    async def tags(self) -> tuple[str, ...]:
        """All tags of the repository, in the registry's order; none where it does not exist."""
        url, found = self._connection.url("tags/list"), list[str]()
        while url:
            async with self._connection.request("GET", url, fine=frozenset({200, 404})) as got:
                if got.status == 404:
                    break
                said = await limited(got, limit=_MAX_TAGS, what=self._named("tags"))
                more = _NEXT.search(got.headers.get("Link", ""))
            found += [
                tag for tag in as_list(json_map(said, what=self._named("tags")).get("tags")) if isinstance(tag, str)
            ]
            url = onward(url, more[1]) if more else ""
        return tuple(found)

    async def has_blob(self, digest: str) -> bool:
        url = self._connection.url(f"blobs/{digest}")
        async with self._connection.request("HEAD", url, fine=frozenset({200, 404})) as got:
            return got.status == 200

    async def put_blob(self, digest: str, size: int, opened: Callable[[], IO[bytes]]) -> None:
        """Send a blob of *size* bytes; *opened* gives its content from the start each time."""
        url = self._connection.url("blobs/uploads/")
        async with self._connection.request("POST", url, fine=frozenset({202})) as got:
            place = onward(url, got.headers.get("Location", ""))
        place += f"{'&' if '?' in place else '?'}digest={digest}"
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        async with self._connection.request(
            "PUT", place, fine=frozenset({201}), headers=headers, body=lambda: _chunks(opened)
        ):
            pass

    async def put_manifest(self, tag: str, content: bytes, *, media_type: str) -> None:
        url = self._connection.url(f"manifests/{tag}")
        async with self._connection.request(
            "PUT", url, fine=frozenset({201}), headers={"Content-Type": media_type}, body=lambda: content
        ):
            pass

    def _named(self, reference: str) -> str:
        return f"{self._connection.name}{'@' if _DIGEST.fullmatch(reference) else ':'}{reference}"


class Registries:
    """Opens repositories by name. *certificates* are folders as docker's `certs.d`."""

    def __init__(self, logins: LoginFiles, *, certificates: tuple[Path, ...] = FOLDERS) -> None:
        self._logins = logins
        self._certificates = certificates

    @asynccontextmanager
    async def open(self, name: str | RepositoryName, *, may_push: bool = False) -> AsyncIterator[RegistryClient]:
        """Raises InputError for a name that is none, Unavailable where the registry does not answer."""
        # aiohttp takes 0.1 s to import, and most runs ask no registry.
        from fairlead.adapters.registry.connection import connect  # noqa: PLC0415

        repository = parse_repository(name) if isinstance(name, str) else name
        actions = "pull,push" if may_push else "pull"
        async with connect(
            repository, logins=self._logins, actions=actions, certificates=self._certificates
        ) as connection:
            yield RegistryClient(connection)


async def _chunks(opened: Callable[[], IO[bytes]]) -> AsyncIterator[bytes]:
    with opened() as file:
        while chunk := file.read(_CHUNK):
            yield chunk
