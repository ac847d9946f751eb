"""Whom a session trusts, with a TLS server on loopback whose authority was made for it."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from fairlead.adapters.clusters.embedded.pki import make_authority, make_server
from fairlead.adapters.helm.repository import ChartRepository
from fairlead.adapters.http import aiohttp, system_trust
from fairlead.model.errors import Unavailable


@pytest.fixture
async def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """The URL of a chart repository whose authority is the only one of this machine."""
    now = datetime.now(UTC)
    authority = make_authority("ca", now=now)
    pair = make_server(authority, name="charts", names=["localhost"], addresses=["127.0.0.1"], now=now)
    for name, content in (("ca", authority.certificate_pem()), ("leaf", pair.certificate_pem() + pair.key_pem())):
        (tmp_path / name).write_bytes(content)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "leaf")
    app = web.Application()
    app.router.add_get("/index.yaml", _index)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca"))
    system_trust.cache_clear()
    server = TestServer(app, scheme="https")
    await server.start_server(ssl=context)
    yield str(server.make_url("/"))
    await server.close()
    system_trust.cache_clear()


async def _index(_: web.Request) -> web.Response:
    return web.Response(text="entries:\n  podinfo:\n  - version: 6.9.2\n    urls: [podinfo-6.9.2.tgz]\n")


async def test_a_repository_is_trusted_by_the_authorities_of_this_machine(repository: str) -> None:
    assert await ChartRepository(repository).versions("podinfo") == ("6.9.2",)


async def test_a_repository_of_another_authority_is_not(
    repository: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").write_bytes(make_authority("ca", now=datetime.now(UTC)).certificate_pem())
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "other"))
    with pytest.raises(Unavailable, match="certificate verify failed"):
        await ChartRepository(repository).versions("podinfo")


async def test_a_session_that_names_no_context_trusts_nobody(repository: str) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await session.get(f"{repository}index.yaml")


@pytest.mark.parametrize("value", [None, "/etc/authorities.pem"])
def test_the_environment_stays_as_it_was(value: str | None) -> None:
    environment = {name: kept for name, kept in os.environ.items() if not name.startswith("SSL_CERT_")}
    if value is not None:
        environment["SSL_CERT_FILE"] = value
    script = "import os, fairlead.adapters.http\nprint([os.environ.get(f'SSL_CERT_{n}') for n in ('FILE', 'DIR')])"
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == str([value, None])
