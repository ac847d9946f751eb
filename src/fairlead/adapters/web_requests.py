"""Plain HTTP from this machine, without its proxies: what is asked listens on loopback."""

from __future__ import annotations

import asyncio
import http.client
from urllib.parse import urlsplit

from fairlead.model.errors import Unavailable

_LIMIT = 64 * 1024


class DirectWebRequests:
    """`WebRequests` by one connection each."""

    async def get(self, url: str, *, host: str, timeout: float) -> tuple[int, bytes]:
        try:
            return await asyncio.to_thread(_get, url, host, timeout)
        except (OSError, http.client.HTTPException) as err:
            raise Unavailable(f"{url} does not answer: {err or type(err).__name__}") from err


def _get(url: str, host: str, timeout: float) -> tuple[int, bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=timeout)
    try:
        connection.request("GET", parts.path or "/", headers={"Host": host} if host else {})
        answer = connection.getresponse()
        return answer.status, answer.read(_LIMIT)
    finally:
        connection.close()
