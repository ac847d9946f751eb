"""What the tests of the Kubernetes client share: a real clock, kubectl, a CONNECT proxy and waiting for a condition."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from fairlead.adapters import process


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def kubectl_path() -> Path:
    """The kubectl of FAIRLEAD_TEST_KUBECTL, else the newest one in the tool cache; older ones check less."""
    if named := os.environ.get("FAIRLEAD_TEST_KUBECTL"):
        return Path(named)
    found = sorted((Path.home() / ".cache" / "fairlead" / "tools" / "kubernetes").glob("*/kubectl"))
    assert found, "kubectl is not in the tool cache: `fairlead tools` puts it there"
    return found[-1]


async def kubectl(*words: str, kubeconfig: str) -> process.Finished:
    return await process.run([kubectl_path(), *words], env={"KUBECONFIG": kubeconfig}, timeout=120)


async def eventually(condition: Callable[[], Awaitable[bool]], *, seconds: float = 120) -> None:
    """Ask until *condition* holds; fails after *seconds*."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def connect_proxy() -> AsyncIterator[tuple[str, list[str]]]:
    """A CONNECT proxy on loopback: its URL and the targets it was asked for."""
    targets: list[str] = []
    tunnels: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        target = head.split(b" ")[1].decode()
        targets.append(target)
        host, _, port = target.rpartition(":")
        far_reader, far_writer = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await asyncio.gather(_relay(reader, far_writer), _relay(far_reader, writer))

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tunnels.add(asyncio.create_task(serve(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", targets
    finally:
        server.close()
        await asyncio.wait_for(asyncio.gather(*tunnels), timeout=60)


async def _relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
