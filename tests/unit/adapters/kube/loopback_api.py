"""A clock that does not wait, and an API server on loopback that says what a test tells it to."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from aiohttp import web
from multidict import CIMultiDictProxy

from fairlead.model.objects import Manifest


class FakeClock:
    def __init__(self) -> None:
        self.waits: list[float] = []
        self._passed = 0.0

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        return 1000.0 + self._passed

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self._passed += seconds


@dataclass(frozen=True, kw_only=True)
class Seen:
    method: str
    path: str
    query: dict[str, str]
    headers: CIMultiDictProxy[str]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Reply:
    """*is_cut*: the connection is reset, after the request was read."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    is_cut: bool = False


CUT = Reply(is_cut=True)
Handler = Callable[[Seen], Awaitable[Reply]]


def resource(kind: str, plural: str, *, namespaced: bool = True, group: str = "", version: str = "v1") -> Manifest:
    return {
        "resource": plural,
        "responseKind": {"group": group, "version": version, "kind": kind},
        "scope": "Namespaced" if namespaced else "Cluster",
        "verbs": ["get", "list", "patch", "create", "delete", "update"],
    }


def group(name: str, *versions: Manifest) -> Manifest:
    return {"metadata": {"name": name} if name else {}, "versions": list(versions)}


def discovery(*groups: Manifest) -> Manifest:
    return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": list(groups)}


CORE = discovery(
    group(
        "",
        {
            "version": "v1",
            "freshness": "Current",
            "resources": [
                resource("ConfigMap", "configmaps"),
                resource("Pod", "pods"),
                resource("Namespace", "namespaces", namespaced=False),
            ],
        },
    )
)
APPS = discovery(
    group("apps", {"version": "v1", "freshness": "Current", "resources": [resource("Deployment", "deployments")]})
)


class Api:
    """Replies are taken from `scripts[METHOD path]` in turn, the last one again and again; else from `handlers`."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.scripts: dict[str, deque[Reply]] = defaultdict(deque)
        self.handlers: dict[str, Handler] = {}
        self.says("GET /api", Reply(body=CORE))
        self.says("GET /apis", Reply(body=APPS))
        self.url = ""

    def says(self, request: str, *replies: Reply) -> None:
        self.scripts[request] = deque(replies)

    def asked(self, method: str, path: str) -> list[Seen]:
        return [seen for seen in self.seen if (seen.method, seen.path) == (method, path)]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        seen = Seen(
            method=request.method,
            path=request.rel_url.raw_path,
            query=dict(request.query),
            headers=request.headers,
            body=await request.read(),
        )
        self.seen.append(seen)
        reply = await self._reply(seen)
        if reply.is_cut:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        body = reply.body if isinstance(reply.body, bytes) else orjson.dumps(reply.body)
        return web.Response(status=reply.status, body=body, headers=reply.headers, content_type="application/json")

    async def _reply(self, seen: Seen) -> Reply:
        key = f"{seen.method} {seen.path}"
        if key in self.handlers:
            return await self.handlers[key](seen)
        script = self.scripts.get(key)
        if not script:
            return Reply(status=404, body={"kind": "Status", "reason": "NotFound", "message": f"{key} is not scripted"})
        return script.popleft() if len(script) > 1 else script[0]
