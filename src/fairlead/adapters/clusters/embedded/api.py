"""The few requests a driver makes of the cluster it starts: HTTPS with the admin's certificate, one connection each."""

from __future__ import annotations

import asyncio
import http.client
import ssl
from pathlib import Path
from typing import Any

import orjson

from fairlead.model.errors import Unavailable
from fairlead.model.frozen import dataclass
from fairlead.model.objects import Manifest

_TIMEOUT = 5.0
_APPLY = "application/apply-patch+yaml"
"""JSON is YAML."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    body: Any

    @property
    def is_ok(self) -> bool:
        return self.status < 300


class LocalApi:
    """*pki* holds ca.crt, admin.crt and admin.key. A server with another's certificate counts as silent."""

    def __init__(self, pki: Path, *, port: int) -> None:
        self._port = port
        self._tls = ssl.create_default_context(cafile=str(pki / "ca.crt"))
        self._tls.load_cert_chain(pki / "admin.crt", pki / "admin.key")

    async def is_ready(self) -> bool:
        """False also while nothing listens."""
        try:
            return (await self.request("GET", "/readyz")).status == 200
        except Unavailable:
            return False

    async def apply(self, path: str, manifest: Manifest) -> Answer:
        """Server-side apply as this driver, over whatever somebody changed. Raises as `request`."""
        return await self.request("PATCH", f"{path}?fieldManager=fairlead-local&force=true", manifest, _APPLY)

    async def request(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> Answer:
        """Raises Unavailable when the server does not answer."""
        try:
            return await asyncio.to_thread(self._request, method, path, body, kind)
        except (OSError, http.client.HTTPException) as err:
            raise Unavailable(
                f"the local API server at port {self._port} does not answer: {err}", hint="run `fairlead local up`"
            ) from err

    def _request(self, method: str, path: str, body: Any, kind: str) -> Answer:
        connection = http.client.HTTPSConnection("127.0.0.1", self._port, context=self._tls, timeout=_TIMEOUT)
        try:
            content = None if body is None else orjson.dumps(body)
            connection.request(method, path, body=content, headers={"Content-Type": kind})
            response = connection.getresponse()
            text = response.read()
            is_json = "json" in response.headers.get("Content-Type", "")
            return Answer(status=response.status, body=orjson.loads(text) if is_json else text)
        finally:
            connection.close()
