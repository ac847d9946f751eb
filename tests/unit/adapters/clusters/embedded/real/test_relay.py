"""What the relay does with one connection; moving into another network is left to tests/e2e."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest

from fairlead.adapters.clusters.embedded.real.relay import Address, _Way


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer only when the other side has said all."""
    writer.write(b"heard " + await reader.read())
    await writer.drain()
    writer.close()


@pytest.fixture
async def echo() -> AsyncIterator[Address]:
    server = await asyncio.start_server(_echo, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()
    server.close()
    await server.wait_closed()


@contextlib.asynccontextmanager
async def relayed(*addresses: Address) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    server = await asyncio.start_server(_Way(list(addresses)), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    try:
        yield reader, writer
    finally:
        writer.close()
        server.close()
        await server.wait_closed()


def nobody() -> Address:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return ("127.0.0.1", probe.getsockname()[1])


async def test_bytes_and_their_end_are_carried_both_ways(echo: Address) -> None:
    async with relayed(echo) as (reader, writer):
        writer.write(b"x" * 1_000_000)
        writer.write_eof()
        assert await reader.read() == b"heard " + b"x" * 1_000_000


async def test_first_address_that_answers_is_taken(echo: Address) -> None:
    async with relayed(nobody(), echo) as (reader, writer):
        writer.write_eof()
        assert await reader.read() == b"heard "


async def test_connection_is_reset_where_nobody_answers() -> None:
    async with relayed(nobody()) as (reader, _):
        with pytest.raises(ConnectionResetError):
            await reader.read()
