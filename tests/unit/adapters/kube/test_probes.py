"""Probes against a server on loopback that answers as API server and kubelet do."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from fairlead.adapters.kube.connection import Connection, Identity
from fairlead.adapters.kube.probes import BODY_LIMIT, KubeProbes
from fairlead.formats.http_target import parse_http_target
from fairlead.model.errors import Unavailable
from fairlead.model.objects import ObjectRef
from fairlead.model.secret import SecretText
from unit.adapters.kube.loopback_api import FakeClock

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
POD = ObjectRef(kind="Pod", namespace="kube-system", name="coredns-1")


@asynccontextmanager
async def probing(handler: Handler, clock: FakeClock) -> AsyncIterator[KubeProbes]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    server = TestServer(app)
    await server.start_server()
    url = str(server.make_url("/")).rstrip("/")
    connection = Connection(server=url, identity=Identity(token=SecretText("t0ken")))
    probes = KubeProbes(connection, clock=clock, timeout=60)
    try:
        yield probes
    finally:
        await probes.close()
        await server.close()


async def test_http_goes_through_the_service_proxy_once_and_the_answer_is_taken_as_it_is(clock: FakeClock) -> None:
    seen: list[tuple[str, str]] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append((request.raw_path, request.headers["Authorization"]))
        return web.Response(status=503, body=b"busy", headers={"Retry-After": "1"})

    async with probing(answer, clock) as probes:
        found = await probes.http(parse_http_target("shop/web:http/?c=d"), scheme="https", timeout=60)
    assert (found.status, found.body) == (503, b"busy")
    assert seen == [("/api/v1/namespaces/shop/services/https:web:http/proxy/?c=d", "Bearer t0ken")]
    assert clock.waits == []


async def test_http_reads_no_more_of_a_body_than_is_looked_at(clock: FakeClock) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=b"x" * (BODY_LIMIT * 3))

    async with probing(answer, clock) as probes:
        found = await probes.http(parse_http_target("shop/web:80"), scheme="http", timeout=60)
    assert len(found.body) == BODY_LIMIT


async def test_http_does_not_wait_longer_than_asked(clock: FakeClock) -> None:
    async def answer(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.pause_reading()
        await request.content.wait_eof()
        await closed.wait()
        return web.Response()

    import asyncio

    closed = asyncio.Event()
    async with probing(answer, clock) as probes:
        with pytest.raises(Unavailable, match=r"shop/web:80/ does not answer within 0.2 s"):
            await probes.http(parse_http_target("shop/web:80"), scheme="http", timeout=0.2)
        closed.set()


def forwarding(reply: Callable[[bytes], bytes], *, error: bytes = b"") -> Handler:
    """A kubelet's port-forward to a DNS server that says *reply* to a question, in two frames."""

    async def handle(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=("v4.channel.k8s.io",))
        await socket.prepare(request)
        port = struct.pack("<H", int(request.query["ports"]))
        await socket.send_bytes(b"\x00" + port)
        await socket.send_bytes(b"\x01" + port)
        if error:
            await socket.send_bytes(b"\x01" + error)
        question = (await socket.receive_bytes())[1:]
        message = reply(question[2:])
        framed = struct.pack("!H", len(message)) + message
        await socket.send_bytes(b"\x00" + framed[:5])
        await socket.send_bytes(b"\x00" + framed[5:])
        await socket.close()
        return socket

    return handle


def say(question: bytes, *addresses: bytes, code: int = 0) -> bytes:
    kind = {4: 1, 16: 28}
    records = b"".join(b"\xc0\x0c" + struct.pack("!2HIH", kind[len(a)], 1, 5, len(a)) + a for a in addresses)
    return question[:2] + struct.pack("!5H", 0x8180 | code, 1, len(addresses), 0, 0) + question[12:] + records


async def test_a_name_is_asked_over_a_port_forward(clock: FakeClock) -> None:
    async with probing(forwarding(lambda q: say(q, b"\x0a\x60\x00\x01")), clock) as probes:
        found = await probes.resolve("kubernetes.default.svc.cluster.local", pod=POD, timeout=60)
    assert found.addresses == ("10.96.0.1",)


async def test_a_name_without_ipv4_is_asked_for_ipv6(clock: FakeClock) -> None:
    def answer(question: bytes) -> bytes:
        return say(question, bytes(15) + b"\x01") if question[-4:-2] == b"\x00\x1c" else say(question)

    async with probing(forwarding(answer), clock) as probes:
        assert (await probes.resolve("six", pod=POD, timeout=60)).addresses == ("::1",)


async def test_a_name_that_is_not_known_is_an_answer(clock: FakeClock) -> None:
    async with probing(forwarding(lambda q: say(q, code=3)), clock) as probes:
        found = await probes.resolve("nobody", pod=POD, timeout=60)
    assert (found.code, found.addresses) == (3, ())


async def test_what_the_kubelet_says_of_a_port_is_told(clock: FakeClock) -> None:
    handler = forwarding(lambda q: say(q), error=b"connection refused")
    async with probing(handler, clock) as probes:
        with pytest.raises(Unavailable, match="no port-forward to Pod kube-system/coredns-1: connection refused"):
            await probes.resolve("web", pod=POD, timeout=60)


async def test_a_stream_that_is_refused_is_told_with_its_status(clock: FakeClock) -> None:
    async def refuse(_: web.Request) -> web.Response:
        return web.Response(status=403)

    async with probing(refuse, clock) as probes:
        with pytest.raises(Unavailable, match="opens no stream: 403"):
            await probes.resolve("web", pod=POD, timeout=60)
