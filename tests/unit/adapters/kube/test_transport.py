"""Tries, waits and faults of single requests, produced on loopback."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from fairlead.adapters.kube.cluster import KubeCluster
from fairlead.adapters.kube.connection import Connection, Identity, Impersonation
from fairlead.adapters.kube.faults import Unauthorized
from fairlead.adapters.kube.transport import Answer, Patience, Request, Transport
from fairlead.model.errors import InputError, Unavailable
from fairlead.model.secret import SecretText
from unit.adapters.kube.loopback_api import CUT, Api, FakeClock, Reply, Seen

OK = Reply(body={})
BUSY = Reply(status=429, body={"kind": "Status", "message": "too many"})
READ = Request(method="GET", path="/x")


@asynccontextmanager
async def transport_to(
    connection: Connection,
    clock: FakeClock,
    *,
    patience: Patience | None = None,
    timeout: float = 15,
    concurrency: int = 32,
) -> AsyncIterator[Transport]:
    transport = Transport(
        connection, clock=clock, timeout=timeout, concurrency=concurrency, patience=patience or Patience()
    )
    try:
        yield transport
    finally:
        await transport.close()


async def send(api: Api, clock: FakeClock, request: Request = READ) -> Answer:
    async with transport_to(Connection(server=api.url), clock) as transport:
        return await transport.send(request)


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_server_is_asked_again_after_the_time_it_states(api: Api, clock: FakeClock, status: int) -> None:
    api.says("GET /x", Reply(status=status, headers={"Retry-After": "3"}), OK)
    assert (await send(api, clock)).status == 200
    assert clock.waits == [3.0]


async def test_the_time_may_be_stated_as_a_date(api: Api, clock: FakeClock) -> None:
    api.says("GET /x", Reply(status=503, headers={"Retry-After": "Thu, 01 Jan 2026 00:00:05 GMT"}), OK)
    await send(api, clock)
    assert clock.waits == [5.0]


async def test_without_a_stated_time_waits_double_and_end(api: Api, clock: FakeClock) -> None:
    api.says("GET /x", BUSY)
    assert (await send(api, clock)).status == 429
    assert clock.waits == [0.25, 0.5, 1.0, 2.0, 4.0]


async def test_a_stated_time_beyond_the_budget_ends_the_tries(api: Api, clock: FakeClock) -> None:
    api.says("GET /x", Reply(status=429, headers={"Retry-After": "60"}), OK)
    assert (await send(api, clock)).status == 429
    assert clock.waits == []


async def test_all_tries_together_stay_within_the_timeout(api: Api, clock: FakeClock) -> None:
    api.says("GET /x", Reply(status=503, headers={"Retry-After": "4"}))
    await send(api, clock)
    assert sum(clock.waits) == 12


async def test_a_reset_read_is_tried_again(api: Api, clock: FakeClock) -> None:
    api.says("GET /x", CUT, CUT, OK)
    answer = await send(api, clock)
    assert (answer.status, answer.is_repeated) == (200, True)


async def test_a_reset_write_that_must_not_be_repeated_is_not(api: Api, clock: FakeClock) -> None:
    api.says("POST /x", CUT, OK)
    with pytest.raises(Unavailable, match="the connection was cut; whether it carried out the POST is not known"):
        await send(api, clock, Request(method="POST", path="/x", body=b"{}", is_repeatable=False))
    assert len(api.seen) == 1


async def test_429_on_such_a_write_is_tried_again_for_nothing_was_done(api: Api, clock: FakeClock) -> None:
    api.says("POST /x", BUSY, OK)
    assert (await send(api, clock, Request(method="POST", path="/x", body=b"{}", is_repeatable=False))).status == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "POST"])
async def test_nothing_is_sent_twice_unnoticed(api: Api, clock: FakeClock, method: str) -> None:
    api.says("GET /x", OK)
    api.says(f"{method} /x", CUT)
    async with transport_to(Connection(server=api.url), clock, patience=Patience(attempts=1)) as transport:
        await transport.send(READ)  # leaves a connection that is used again
        with pytest.raises(Unavailable):
            await transport.send(Request(method=method, path="/x", body=b"{}"))
    assert len(api.asked(method, "/x")) == 1


async def test_429_halves_the_requests_at_once_only_once_a_round(api: Api, clock: FakeClock) -> None:
    async def busy_until_known(seen: Seen) -> Reply:
        return BUSY if len(api.asked("GET", "/x")) <= 32 else OK

    api.handlers["GET /x"] = busy_until_known
    async with transport_to(Connection(server=api.url), clock) as transport:
        await asyncio.gather(*(transport.send(READ) for _ in range(32)))
        assert transport.gate.limit in range(16, 19)


async def test_no_more_requests_at_once_than_allowed(api: Api, clock: FakeClock) -> None:
    inside = most = 0
    full = asyncio.Event()

    async def count(seen: Seen) -> Reply:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        if inside == 4:
            full.set()
        await full.wait()
        inside -= 1
        return OK

    api.handlers["GET /x"] = count
    async with transport_to(Connection(server=api.url), clock, concurrency=4) as transport:
        await asyncio.gather(*(transport.send(READ) for _ in range(40)))
    assert most == 4


async def test_a_refused_connection_at_first_contact_is_told_soon(clock: FakeClock) -> None:
    port = closed_port()
    async with transport_to(Connection(server=f"https://127.0.0.1:{port}"), clock) as transport:
        with pytest.raises(Unavailable) as caught:
            await transport.send(READ)
    assert str(caught.value) == f"https://127.0.0.1:{port} does not answer: the connection is refused"
    assert clock.waits == [0.25]


async def test_a_server_that_restarts_is_waited_for(clock: FakeClock) -> None:
    answered = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answered)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with transport_to(Connection(server=f"http://127.0.0.1:{port}"), clock) as transport:
        await transport.send(READ)
        server.close()
        await server.wait_closed()
        with pytest.raises(Unavailable, match="refused"):
            await transport.send(READ)
        assert len(clock.waits) == 5
        restarted = await asyncio.start_server(answer, "127.0.0.1", port)
        assert (await transport.send(READ)).status == 200
        restarted.close()
        await restarted.wait_closed()


async def test_a_name_that_is_not_found(clock: FakeClock) -> None:
    async with transport_to(Connection(server="https://nowhere.invalid:6443"), clock) as transport:
        with pytest.raises(Unavailable, match=r"https://nowhere\.invalid:6443 does not answer: its name is not found"):
            await transport.send(READ)


async def test_a_server_that_says_nothing(api: Api, clock: FakeClock) -> None:
    never = asyncio.Event()

    async def silent(seen: Seen) -> Reply:
        await never.wait()
        return OK

    api.handlers["GET /x"] = silent
    async with transport_to(Connection(server=api.url), clock, timeout=0.05, concurrency=16) as transport:
        with pytest.raises(Unavailable, match=r"nothing came within 0\.05 s"):
            await transport.send(READ)
        assert transport.gate.limit == 8, "what is sent again finds less under way beside it"
    never.set()


async def test_http_where_tls_is_expected(api: Api, clock: FakeClock) -> None:
    async with transport_to(Connection(server=api.url.replace("http:", "https:")), clock) as transport:
        with pytest.raises(Unavailable, match=r"TLS failed \("):
            await transport.send(READ)


async def test_a_proxy_that_is_not_there(api: Api, clock: FakeClock) -> None:
    proxy = f"http://user:secret@127.0.0.1:{closed_port()}"
    async with transport_to(Connection(server="https://10.0.0.1:6443", proxy=proxy), clock) as transport:
        with pytest.raises(Unavailable, match=r"the proxy http://127\.0\.0\.1:\d+ cannot be reached"):
            await transport.send(READ)


async def test_a_request_goes_through_the_proxy_with_its_password(api: Api, clock: FakeClock) -> None:
    api.says("GET /x", OK)
    proxy = api.url.replace("http://", "http://user:pass@")
    async with transport_to(Connection(server="http://10.0.0.1:6443", proxy=proxy), clock) as transport:
        assert (await transport.send(READ)).status == 200
    assert api.seen[0].headers["Host"] == "10.0.0.1:6443"
    assert api.seen[0].headers["Proxy-Authorization"].startswith("Basic ")


async def test_401_says_whose_credentials(api: Api, clock: FakeClock) -> None:
    api.says("GET /x", Reply(status=401))
    connection = Connection(server=api.url, user="alice", origin="/home/alice/.kube/config")
    async with transport_to(connection, clock) as transport:
        with pytest.raises(Unauthorized, match=r"user alice of /home/alice/\.kube/config \(401\)"):
            await transport.send(READ)
    assert len(api.seen) == 1


async def test_password_and_impersonation_are_headers(api: Api, clock: FakeClock) -> None:
    api.says("GET /x", OK)
    connection = Connection(
        server=api.url,
        identity=Identity(username="u", password=SecretText("p")),
        impersonation=Impersonation(user="bob", uid="7", groups=("a", "b"), extra={"fairlead.dev/token": ("5",)}),
    )
    async with transport_to(connection, clock) as transport:
        await transport.send(READ)
    headers = api.seen[0].headers
    assert headers["Authorization"] == "Basic dTpw"
    assert (headers["Impersonate-User"], headers["Impersonate-Uid"]) == ("bob", "7")
    assert headers.getall("Impersonate-Group") == ["a", "b"]
    assert headers["Impersonate-Extra-fairlead.dev%2Ftoken"] == "5"


async def test_a_header_is_not_broken_out_of(clock: FakeClock) -> None:
    connection = Connection(server="http://127.0.0.1:1", impersonation=Impersonation(user="a\r\nX: y"))
    with pytest.raises(InputError, match="Impersonate-User"):
        Transport(connection, clock=clock, timeout=1, concurrency=1, patience=Patience())


async def test_a_path_in_front_of_the_api_is_kept(api: Api, clock: FakeClock) -> None:
    api.says("GET /k8s/clusters/c-1/version", Reply(body={"gitVersion": "v1.34.2"}))
    cluster = KubeCluster(Connection(server=f"{api.url}/k8s/clusters/c-1"), clock=clock)
    assert (await cluster.version()).minor == "1.34"
    await cluster.close()


def test_openssl_lets_an_intermediate_be_the_root() -> None:
    from fairlead.adapters.kube.connection import Trust
    from fairlead.adapters.kube.tls import tls_context

    context = tls_context(Trust(), None, origin="")
    assert context.verify_flags & ssl.VERIFY_X509_PARTIAL_CHAIN
    assert context.verify_mode is ssl.CERT_REQUIRED
