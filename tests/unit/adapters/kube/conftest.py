"""An API server on loopback, a clock that does not wait, and a client of both."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from fairlead.adapters.kube.cluster import KubeCluster
from fairlead.adapters.kube.connection import Connection
from unit.adapters.kube.loopback_api import Api, FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    api = Api()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", api.handle)
    server = TestServer(app)
    await server.start_server()
    api.url = str(server.make_url("/")).rstrip("/")
    try:
        yield api
    finally:
        await server.close()


@pytest.fixture
async def cluster(api: Api, clock: FakeClock) -> AsyncIterator[KubeCluster]:
    cluster = KubeCluster(Connection(server=api.url, origin="kubeconfig", user="alice"), clock=clock)
    try:
        yield cluster
    finally:
        await cluster.close()
