"""Chart repositories over HTTP: find one exact version in `index.yaml` and fetch its archive.

Not by `helm pull --repo`: that one never compares the archive with the digest in the index (helm 4.3.1, see
tests/e2e/test_helm_charts.py) and sets no limit to a download. Ranges are resolved into the lock file beforehand.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any, Final
from urllib.parse import urljoin, urlsplit, urlunsplit

import orjson
import yaml

from fairlead.adapters.helm.archive import MAX_PACKED
from fairlead.adapters.helm.chart_version import check_exact
from fairlead.adapters.http import aiohttp, system_trust
from fairlead.formats.json_data import as_list, as_map, dig, dig_text, maps_in
from fairlead.model.errors import InputError, Refused, Unavailable
from fairlead.model.frozen import dataclass

_MAX_INDEX: Final = 128 * 1024 * 1024
_TIMEOUT: Final = aiohttp.ClientTimeout(total=300, sock_connect=30, sock_read=60)
_TRY_AGAIN: Final = frozenset((408, 425, 429))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartEntry:
    """One version in an index: *url* of the archive, *digest* 64 hex digits or empty where the index has none."""

    name: str
    version: str
    url: str
    digest: str = ""


class ChartRepository:
    """One repository; *url* is the folder that holds `index.yaml`."""

    def __init__(self, url: str) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise InputError(f"{url} is no chart repository", hint="write its http:// or https:// URL")
        self._url = url.rstrip("/") + "/"

    async def fetch(self, name: str, version: str) -> bytes:
        """The archive of *name* at exactly *version*, checked against the index.

        Raises InputError when the repository or the version does not exist, Unavailable when it does not answer or the
        answer is cut off, Refused when the archive is not the one that the index names.
        """
        check_exact(name, version)
        async with _session() as session:
            index = await _get(session, self._url + "index.yaml", limit=_MAX_INDEX)
            entry = find_entry(index, name=name, version=version, repository=self._url)
            archive = await _get(session, entry.url, limit=MAX_PACKED)
        found = hashlib.sha256(archive).hexdigest()
        if entry.digest and found != entry.digest:
            raise Refused(
                f"the archive of chart {name} {entry.version} is not the one that its repository's index names: "
                f"its sha256 is {found[:12]}…, not {entry.digest[:12]}…",
                hint="somebody replaced the archive, or the index is stale: ask the repository's owner",
            )
        return archive

    async def versions(self, name: str) -> tuple[str, ...]:
        """Every version of *name* in the index, in its order; none where there is no such chart."""
        async with _session() as session:
            index = await _get(session, self._url + "index.yaml", limit=_MAX_INDEX)
        entries = maps_in(_versions(index, name=name, repository=self._url))
        return tuple(dict.fromkeys(dig_text(entry, "version") for entry in entries))


def _session() -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(ssl=system_trust())
    return aiohttp.ClientSession(connector=connector, timeout=_TIMEOUT, trust_env=True)


def find_entry(index: bytes, *, name: str, version: str, repository: str) -> ChartEntry:
    """The entry of chart *name* at *version* (with or without `v`) in an `index.yaml` or its JSON form."""
    entries = maps_in(_versions(index, name=name, repository=repository))
    by_version = {dig_text(entry, "version"): entry for entry in reversed(entries)}
    found = by_version.get(version) or next((e for v, e in by_version.items() if _same(v, version)), None)
    if found is None:
        known = [dig_text(entry, "version") for entry in entries[:3]]
        raise InputError(
            f"chart {name} {version} is not in {_shown(repository)}",
            hint=f"it has {', '.join(known)} …" if known else "it has no chart of that name",
            rule="chart-version",
        )
    urls = [url for url in as_list(found.get("urls")) if isinstance(url, str)]
    if not urls:
        raise InputError(f"{_shown(repository)} names no archive for chart {name} {version}", hint="ask its owner")
    digest = dig_text(found, "digest").removeprefix("sha256:").lower()
    return ChartEntry(name=name, version=dig_text(found, "version"), url=urljoin(repository, urls[0]), digest=digest)


def _same(one: str, other: str) -> bool:
    return one.removeprefix("v") == other.removeprefix("v")


def _versions(index: bytes, *, name: str, repository: str) -> Any:
    try:
        if index.lstrip()[:2] == b'{"':
            return dig(orjson.loads(index), "entries", name)
        block = _block_of(index, name)
        # All scalars as text: a digest or a version may look like a number.
        if block is not None:
            return as_map(yaml.load(block, Loader=yaml.CBaseLoader)).get(name)  # noqa: S506 - it makes text, lists and maps only
        return dig(yaml.load(index, Loader=yaml.CBaseLoader), "entries", name)  # noqa: S506 - as above
    except (yaml.YAMLError, orjson.JSONDecodeError, ValueError) as err:
        raise InputError(
            f"what {_shown(repository)}index.yaml returns is no index of charts", hint="check the repository's URL"
        ) from err


def _block_of(index: bytes, name: str) -> bytes | None:
    """The lines of one chart, as helm and ChartMuseum write an index; None where it is written in another way.

    An index of a large repository has 20 MB, which take seconds to parse.
    """
    start = re.search(rb"^entries:[ ]*\r?\n", index, re.MULTILINE)
    if start is None:
        return None
    match = re.compile(
        rb"^  " + re.escape(name.encode()) + rb":[ ]*\r?\n(?:(?:  [ -]|[ ]*\r?$).*(?:\n|\Z))+", re.MULTILINE
    ).search(index, start.end())
    following = re.compile(rb"^[^\s#]", re.MULTILINE).search(index, start.end())
    if match is None or (following is not None and following.start() < match.start()):
        return None
    return match[0]


async def _get(session: aiohttp.ClientSession, url: str, *, limit: int) -> bytes:
    if urlsplit(url).scheme not in ("http", "https"):
        raise InputError(f"charts are not fetched from {_shown(url)}", hint="only http:// and https:// are known here")
    try:
        async with session.get(url) as response:
            _check_status(url, response.status)
            return await _read(response, url, limit=limit)
    except (aiohttp.ClientError, TimeoutError, OSError) as err:
        reason = "the answer was cut off" if isinstance(err, aiohttp.ClientPayloadError) else _reason(err)
        raise Unavailable(f"{_shown(url)} could not be read: {reason}", hint="try again, or check the network") from err


def _check_status(url: str, status: int) -> None:
    if status >= 500 or status in _TRY_AGAIN:
        raise Unavailable(f"{_shown(url)} answered with status {status}", hint="try again later")
    if status in (401, 403):
        raise InputError(f"{_shown(url)} refuses us (status {status})", hint="check the repository's credentials")
    if status != 200:
        raise InputError(f"{_shown(url)} does not exist (status {status})", hint="check the repository's URL")


async def _read(response: aiohttp.ClientResponse, url: str, *, limit: int) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_chunked(1 << 16):
        content += chunk
        if len(content) > limit:
            raise InputError(f"{_shown(url)} is larger than {limit >> 20} MiB", hint="check the repository's URL")
    return bytes(content)


def _reason(err: BaseException) -> str:
    return str(err).splitlines()[0] if str(err) else type(err).__name__


def _shown(url: str) -> str:
    """*url* without user, password and query."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
