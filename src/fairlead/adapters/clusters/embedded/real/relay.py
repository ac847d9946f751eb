"""Runs as a program of its own: carries connections from ports of 127.0.0.1 on this machine into a node's network.

A socket belongs to the network namespace in which it was made, for good. So the listening ones are made here, then the
process moves into the node's namespace, where all that it connects is made. Nothing of fairlead is imported here.

Its one argument is JSON: `namespace`, the path of the node's; `ports`, for each port here the addresses there, `[host,
port]`, of which the first that answers is taken.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import socket
import struct
import sys

_NEW_NETWORK = 0x40000000
_PIECE = 256 * 1024
_PATIENCE = 5.0

Address = tuple[str, int]


def main(namespace: str, ports: dict[str, list[Address]]) -> None:
    listening = [(_listen(int(port)), addresses) for port, addresses in ports.items()]
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = os.open(namespace, os.O_RDONLY)
    if libc.setns(descriptor, _NEW_NETWORK):
        raise OSError(ctypes.get_errno(), f"cannot enter {namespace}")
    os.close(descriptor)
    asyncio.run(_serve(listening))


def _listen(port: int) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    return listening


async def _serve(listening: list[tuple[socket.socket, list[Address]]]) -> None:
    servers = [await asyncio.start_server(_Way(addresses), sock=one, limit=_PIECE) for one, addresses in listening]
    await asyncio.gather(*(server.serve_forever() for server in servers))


class _Way:
    """From one port here to addresses there."""

    def __init__(self, addresses: list[Address]) -> None:
        self._addresses = addresses
        self._tasks: set[asyncio.Task[None]] = set()

    def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The loop itself holds tasks so weakly that they can vanish.
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner = await self._connect()
        if inner is None:
            # Closed with a reset, as by a machine where nobody listens.
            outer = writer.get_extra_info("socket")
            outer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            return
        try:
            await asyncio.gather(_carry(reader, inner[1]), _carry(inner[0], writer))
        finally:
            writer.close()
            inner[1].close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for host, port in self._addresses:
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(_PATIENCE):
                    return await asyncio.open_connection(host, port, limit=_PIECE)
        return None


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Bytes in one direction, and the end of them; the other direction may go on."""
    try:
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except (OSError, RuntimeError):
        # One side is gone without a word: then so is the other.
        writer.transport.abort()


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
