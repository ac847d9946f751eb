"""A port of this machine that leads to a port of a pod: one WebSocket to the API server for each connection."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Final
from urllib.parse import quote

from fairlead.adapters.http import aiohttp
from fairlead.adapters.kube.connection import Connection
from fairlead.adapters.kube.transport import Patience, Transport
from fairlead.model.errors import FairleadError, Unavailable
from fairlead.model.objects import ObjectRef
from fairlead.ports import Clock

# As in `probes`: one byte of channel, then content; the first frame of each channel holds the port.
_PROTOCOL: Final = "v4.channel.k8s.io"
_DATA, _ERROR = 0, 1
_CHUNK: Final = 64 * 1024
_LAST_WORDS: Final = 2.0
"""Seconds for an answer after the one who asked has closed its end."""


class KubeForwarding:
    """The port `Forwarding`; *timeout* in seconds is for opening one connection."""

    def __init__(
        self, connection: Connection, *, clock: Clock, tell: Callable[[str], None], timeout: float = 15.0
    ) -> None:
        self._transport = Transport(
            connection, clock=clock, timeout=timeout, concurrency=64, patience=Patience(attempts=1)
        )
        self._tell = tell

    @contextlib.asynccontextmanager
    async def forwarded(self, pod: ObjectRef, port: int, *, listen: int) -> AsyncIterator[int]:
        try:
            server = await asyncio.start_server(
                lambda reader, writer: self._serve(pod, port, reader, writer), host="127.0.0.1", port=listen
            )
        except OSError as err:
            raise Unavailable(
                f"port {listen} of this machine cannot be had: {err.strerror}", hint="name another with --port"
            ) from err
        try:
            number: int = server.sockets[0].getsockname()[1]
            yield number
        finally:
            server.close()

    async def close(self) -> None:
        await self._transport.close()

    async def _serve(
        self, pod: ObjectRef, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        path = f"/api/v1/namespaces/{quote(pod.namespace)}/pods/{quote(pod.name)}/portforward?ports={port}"
        try:
            async with self._transport.stream(path, protocol=_PROTOCOL, is_lasting=True) as stream:
                sending = asyncio.create_task(_send(reader, stream))
                receiving = asyncio.create_task(self._receive(stream, writer, pod))
                await asyncio.wait((sending, receiving), return_when=asyncio.FIRST_COMPLETED)
                # The protocol cannot say that only one end has finished: who has asked may still be answered.
                await asyncio.wait((receiving,), timeout=_LAST_WORDS)
                for task in (sending, receiving):
                    task.cancel()
                await asyncio.gather(sending, receiving, return_exceptions=True)
        except FairleadError as err:
            self._tell(err.message)
        finally:
            with contextlib.suppress(OSError):
                writer.close()
                await writer.wait_closed()

    async def _receive(
        self, stream: aiohttp.ClientWebSocketResponse, writer: asyncio.StreamWriter, pod: ObjectRef
    ) -> None:
        opened: set[int] = set()
        async for frame in stream:
            if frame.type is not aiohttp.WSMsgType.BINARY or not frame.data:
                continue
            channel, content = frame.data[0], frame.data[1:]
            if channel not in opened:
                opened.add(channel)
                content = content[2:]
            if channel == _ERROR and content:
                self._tell(f"{pod}: {content.decode(errors='replace').strip()}")
                return
            if channel == _DATA and content:
                writer.write(content)
                await writer.drain()


async def _send(reader: asyncio.StreamReader, stream: aiohttp.ClientWebSocketResponse) -> None:
    while content := await reader.read(_CHUNK):
        await stream.send_bytes(bytes([_DATA]) + content)
