"""Logging in at a registry that gives tokens, and what is told to whom; the registry is a small server on loopback."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from fairlead.adapters.registry.client import Registries
from fairlead.adapters.registry.credentials import LoginFiles
from fairlead.model.errors import InputError, Unavailable

TAGS = {"name": "shop", "tags": ["1"]}
BASIC = f"Basic {base64.b64encode(b'ann:sesame').decode()}"


@dataclass
class TokenRegistry:
    """Wants a token, which it gives to ann or for the refresh token `fresh`. *status* is its answer to all else."""

    host: str = ""
    realm: str = ""
    status: int = 200
    asked: list[dict[str, str]] = field(default_factory=list)
    elsewhere: str = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/token":
            return await self._token(request)
        if request.path == "/v2/":
            return web.Response(status=401)
        if request.headers.get("Authorization") != "Bearer good":
            challenge = f'Bearer realm="{self.realm}",service="here",scope="ignored"'
            return web.Response(status=401, headers={"WWW-Authenticate": challenge})
        if request.method == "POST":
            return web.Response(status=202, headers={"Location": self.elsewhere})
        return web.json_response(TAGS, status=self.status)

    async def _token(self, request: web.Request) -> web.StreamResponse:
        given = dict(request.query) | {str(k): str(v) for k, v in (await request.post()).items()}
        self.asked.append(given)
        is_known = request.headers.get("Authorization") == BASIC or given.get("refresh_token") == "fresh"
        return web.json_response({"token": "good"}) if is_known else web.Response(status=401)


@pytest.fixture
async def registry() -> AsyncIterator[TokenRegistry]:
    served = TokenRegistry()
    runner = web.ServerRunner(web.Server(served.answer))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    served.host, served.realm = f"{host}:{port}", f"http://{host}:{port}/token"
    yield served
    await runner.cleanup()


def client(registry: TokenRegistry, home: Path, entry: dict[str, str] | None) -> Registries:
    config = {"auths": {registry.host: entry}} if entry else {}
    (home / "auth.json").write_text(json.dumps(config))
    return Registries(LoginFiles(environ={"REGISTRY_AUTH_FILE": str(home / "auth.json")}, home=home))


async def tags(registries: Registries, registry: TokenRegistry) -> tuple[str, ...]:
    async with registries.open(f"{registry.host}/shop") as found:
        return await found.tags()


@pytest.mark.parametrize("entry", [{"auth": BASIC.removeprefix("Basic ")}, {"identitytoken": "fresh"}])
async def test_a_token_is_asked_for_this_repository_alone(
    entry: dict[str, str], registry: TokenRegistry, tmp_path: Path
) -> None:
    assert await tags(client(registry, tmp_path, entry), registry) == ("1",)
    [asked] = registry.asked
    assert asked["scope"] == "repository:shop:pull"
    assert asked["service"] == "here"


async def test_a_stranger_gets_no_token(registry: TokenRegistry, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="wants a login, and there is none"):
        await tags(client(registry, tmp_path, None), registry)


async def test_a_wrong_password_gets_no_token(registry: TokenRegistry, tmp_path: Path) -> None:
    entry = {"username": "ann", "password": "wrong"}
    with pytest.raises(InputError, match="refuses our login"):
        await tags(client(registry, tmp_path, entry), registry)


async def test_a_password_goes_to_no_plain_address_outside(registry: TokenRegistry, tmp_path: Path) -> None:
    registry.realm = "ftp://token.example.test/"
    with pytest.raises(InputError, match="which is no https URL"):
        await tags(client(registry, tmp_path, {"identitytoken": "fresh"}), registry)
    assert registry.asked == []


async def test_a_place_elsewhere_gets_no_login(registry: TokenRegistry, tmp_path: Path) -> None:
    seen: list[str] = []

    async def other(request: web.Request) -> web.StreamResponse:
        seen.append(request.headers.get("Authorization", ""))
        await request.read()
        return web.Response(status=201)

    runner = web.ServerRunner(web.Server(other))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    registry.elsewhere = f"http://{host}:{port}/upload"
    (tmp_path / "blob").write_bytes(b"x")
    try:
        registries = client(registry, tmp_path, {"identitytoken": "fresh"})
        async with registries.open(f"{registry.host}/shop", may_push=True) as found:
            await found.put_blob("sha256:" + "0" * 64, 1, lambda: (tmp_path / "blob").open("rb"))
    finally:
        await runner.cleanup()
    assert seen == [""]


@pytest.mark.parametrize(
    ("status", "error", "said"),
    [(503, Unavailable, "status 503"), (429, Unavailable, "status 429"), (403, InputError, "refuses our login")],
)
async def test_what_a_registry_answers(
    status: int, error: type[Exception], said: str, registry: TokenRegistry, tmp_path: Path
) -> None:
    registry.status = status
    with pytest.raises(error, match=said):
        await tags(client(registry, tmp_path, {"identitytoken": "fresh"}), registry)
