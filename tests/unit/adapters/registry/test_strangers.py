"""What is told to servers that a registry names or that answer in its place; all are small servers on loopback."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from fairlead.adapters.registry.client import Registries
from fairlead.adapters.registry.credentials import LoginFiles
from fairlead.model.errors import FairleadError, InputError, Unavailable

BASIC = f"Basic {base64.b64encode(b'ann:sesame').decode()}"
PASSWORD = {"username": "ann", "password": "sesame"}
BLOB = b"content"
DIGEST = f"sha256:{hashlib.sha256(BLOB).hexdigest()}"

Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass
class Server:
    """*told* is what it was told of logins: headers, or forms."""

    host: str
    told: list[str] = field(default_factory=list)


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[Server]:
    async def listen(request: web.BaseRequest) -> web.StreamResponse:
        form = "&".join(f"{name}={value!s}" for name, value in (await request.post()).items())
        server.told += [text for text in (request.headers.get("Authorization", ""), form) if text]
        return await answer(request)

    runner = web.ServerRunner(web.Server(listen))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    server = Server(host=f"{host}:{port}")
    try:
        yield server
    finally:
        await runner.cleanup()


def wants(scheme: str, realm: str) -> web.Response:
    return web.Response(status=401, headers={"WWW-Authenticate": f'{scheme} realm="{realm}"'})


def sends_to(url: str, *, status: int = 307) -> Answer:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=status, headers={"Location": url})

    return answer


def in_parts(content: bytes) -> Answer:
    """Writes *content* byte by byte, each when the one before is on its way."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        said = web.StreamResponse()
        await said.prepare(request)
        for one in content:
            await said.write(bytes((one,)))
            await asyncio.sleep(0)
        return said

    return answer


def client(home: Path, **logins: object) -> Registries:
    (home / "auth.json").write_text(json.dumps({"auths": logins}))
    return Registries(LoginFiles(environ={"REGISTRY_AUTH_FILE": str(home / "auth.json")}, home=home))


async def read_blob(registries: Registries, host: str) -> bytes:
    async with registries.open(f"{host}/shop") as found:
        return await found.blob(DIGEST, limit=100)


@pytest.mark.parametrize("scheme", ["Basic", "Bearer"])
async def test_who_is_redirected_to_gets_no_login_by_asking_for_it(scheme: str, tmp_path: Path) -> None:
    async def ask(request: web.BaseRequest) -> web.StreamResponse:
        return wants(scheme, f"http://{request.host}/token")

    async with serving(ask) as other, serving(sends_to(f"http://{other.host}/blob")) as registry:
        with pytest.raises(InputError, match=f"sends us to {other.host}, which wants a login"):
            await read_blob(client(tmp_path, **{registry.host: PASSWORD}), registry.host)
    assert other.told == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_blob_may_lie_elsewhere(status: int, tmp_path: Path) -> None:
    async def give(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=BLOB)

    async with serving(give) as other:
        onward = sends_to(f"http://{other.host}/blob", status=status)

        async def answer(request: web.BaseRequest) -> web.StreamResponse:
            return await onward(request) if request.headers.get("Authorization") == BASIC else wants("Basic", "here")

        async with serving(answer) as registry:
            assert await read_blob(client(tmp_path, **{registry.host: PASSWORD}), registry.host) == BLOB
    assert registry.told == [BASIC]
    assert other.told == []


@pytest.mark.parametrize("entry", [{"identitytoken": "fresh"}, PASSWORD])
@pytest.mark.parametrize("status", [302, 307])
async def test_a_realm_cannot_pass_our_login_on(status: int, entry: dict[str, str], tmp_path: Path) -> None:
    async def give(request: web.BaseRequest) -> web.StreamResponse:
        return web.json_response({"token": "good"})

    async with serving(give) as other, serving(sends_to(f"http://{other.host}/", status=status)) as realm:

        async def answer(request: web.BaseRequest) -> web.StreamResponse:
            return wants("Bearer", f"http://{realm.host}/token")

        async with serving(answer) as registry:
            with pytest.raises(InputError, match=f"status {status}"):
                await read_blob(client(tmp_path, **{registry.host: entry}), registry.host)
    assert other.told == []


@pytest.mark.parametrize(
    "place", ["http://storage.example.test/blob", "http://[::1", "https://h:99999/", "https://ann:x@h.test/"]
)
async def test_nothing_is_sent_where_it_is_not_safe(place: str, tmp_path: Path) -> None:
    async with serving(sends_to(place)) as registry:
        with pytest.raises(InputError, match="sends us to what is no"):
            await read_blob(client(tmp_path), registry.host)


async def test_redirects_have_an_end(tmp_path: Path) -> None:
    async with serving(sends_to("/again")) as registry:
        with pytest.raises(InputError, match="sends us on and on"):
            await read_blob(client(tmp_path), registry.host)


async def test_a_token_may_come_in_parts(tmp_path: Path) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/token":
            return await in_parts(b'{"token": "good"}')(request)
        if request.headers.get("Authorization") != "Bearer good":
            return wants("Bearer", f"http://{request.host}/token")
        return web.Response(body=BLOB)

    async with serving(answer) as registry:
        assert await read_blob(client(tmp_path), registry.host) == BLOB


async def test_a_reason_may_come_in_parts(tmp_path: Path) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        said = web.StreamResponse(status=405)
        await said.prepare(request)
        for one in json.dumps({"errors": [{"message": "too early"}]}):
            await said.write(one.encode())
            await asyncio.sleep(0)
        return said

    async with serving(answer) as registry:
        with pytest.raises(InputError, match="too early"):
            await tags(client(tmp_path), registry.host)


async def tags(registries: Registries, host: str) -> tuple[str, ...]:
    async with registries.open(f"{host}/shop") as found:
        return await found.tags()


async def manifest(registries: Registries, host: str) -> object:
    async with registries.open(f"{host}/shop") as found:
        got = await found.manifest("1")
        return got and got.read()


@pytest.mark.parametrize("ask", [tags, manifest])
@pytest.mark.parametrize("is_token", [False, True])
async def test_what_is_no_json_comes_from_somebody_else(
    *, ask: Callable[[Registries, str], Awaitable[object]], is_token: bool, tmp_path: Path
) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if is_token and request.path != "/token":
            return wants("Bearer", f"http://{request.host}/token")
        return web.Response(text="<html>sesame</html>")

    async with serving(answer) as registry:
        with pytest.raises(Unavailable, match="is no JSON") as raised:
            await ask(client(tmp_path), registry.host)
    assert "sesame" not in str(raised.value)


async def test_logins_of_netrc_stay_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login bob password open\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=BLOB) if request.headers.get("Authorization") == BASIC else wants("Basic", "here")

    async with serving(answer) as registry:
        assert await read_blob(client(tmp_path, **{registry.host: PASSWORD}), registry.host) == BLOB
    assert registry.told == [BASIC]


@asynccontextmanager
async def proxy(heard: list[str]) -> AsyncIterator[str]:
    """Refuses to connect anywhere."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.extend((await reader.readuntil(b"\r\n\r\n")).decode().splitlines())
        writer.write(b"HTTP/1.1 502 no\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize("form", ["http://ann:sesame@{}", "ann:sesame@{}"])
async def test_the_proxy_of_the_environment_is_used(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login bob password open\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    heard: list[str] = []
    async with proxy(heard) as host:
        monkeypatch.setenv("https_proxy", form.format(host))
        with pytest.raises(Unavailable, match="502"):
            await tags(client(tmp_path), "registry.example.test")
    assert heard[0].startswith("CONNECT registry.example.test:443 ")
    assert f"Proxy-Authorization: {BASIC}" in heard


async def test_docker_hub_is_asked_at_its_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    async with proxy(heard) as host:
        monkeypatch.setenv("https_proxy", f"http://{host}")
        with pytest.raises(Unavailable, match="502"):
            await tags(client(tmp_path), "docker.io")
    assert heard[0].startswith("CONNECT registry-1.docker.io:443 ")


async def test_a_proxy_that_is_none_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "socks5://127.0.0.1:1")
    with pytest.raises(FairleadError, match="https_proxy names no HTTP proxy"):
        await tags(client(tmp_path), "registry.example.test")
