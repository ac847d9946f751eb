"""The port `Probes`: HTTP by the API server's service proxy, names by a port-forward to a DNS server's pod."""

from __future__ import annotations

import asyncio
import itertools
import struct
from typing import Final
from urllib.parse import quote

from fairlead.adapters.http import aiohttp
from fairlead.adapters.kube.connection import Connection
from fairlead.adapters.kube.transport import Patience, Request, Transport
from fairlead.formats.dns_message import AAAA, A, read_answer, write_question
from fairlead.model.errors import Unavailable
from fairlead.model.objects import ObjectRef
from fairlead.model.probe import HttpAnswer, HttpTarget, NameAnswer
from fairlead.ports import Clock

BODY_LIMIT: Final = 256 * 1024
"""Bytes of a body that are read and looked at."""

_DNS_PORT: Final = 53
# The kubelet's own protocol for WebSockets, which the API server passes through: a frame is one byte of channel and
# content, and each channel's first frame holds the port.
_PROTOCOL: Final = "v4.channel.k8s.io"
_DATA, _ERROR = 0, 1
_LENGTH: Final = struct.Struct("!H")


class KubeProbes:
    """*timeout* in seconds is the most that any single question takes."""

    def __init__(self, connection: Connection, *, clock: Clock, timeout: float = 15.0) -> None:
        # One try each: a 503 is an answer here, and tries again would be counted into the latency.
        self._connection, self._clock, self._timeout = connection, clock, timeout
        self._transport = Transport(
            connection, clock=clock, timeout=timeout, concurrency=8, patience=Patience(attempts=1)
        )
        self._numbers = itertools.count(1)

    async def http(self, target: HttpTarget, *, scheme: str, timeout: float) -> HttpAnswer:
        path = _proxy_path(target, scheme)
        started = self._clock.monotonic()
        try:
            async with asyncio.timeout(min(timeout, self._timeout)):
                answer = await self._transport.send(Request(method="GET", path=path, accept="*/*", limit=BODY_LIMIT))
        except TimeoutError as err:
            raise Unavailable(f"{target} does not answer within {min(timeout, self._timeout):g} s") from err
        seconds = self._clock.monotonic() - started
        return HttpAnswer(status=answer.status, body=answer.body, seconds=seconds, headers=dict(answer.headers))

    async def resolve(self, name: str, *, pod: ObjectRef, timeout: float) -> NameAnswer:
        try:
            async with asyncio.timeout(min(timeout, self._timeout)):
                answer = await self._ask(name, A, pod)
                return answer if answer.addresses or answer.code else await self._ask(name, AAAA, pod)
        except TimeoutError as err:
            raise Unavailable(f"{pod} does not say within {min(timeout, self._timeout):g} s what {name} is") from err

    async def close(self) -> None:
        await self._transport.close()

    async def _ask(self, name: str, record: int, pod: ObjectRef) -> NameAnswer:
        """Over TCP (RFC 7766): each message with its length before it."""
        number = next(self._numbers) & 0xFFFF
        question = write_question(name, record=record, number=number)
        path = f"/api/v1/namespaces/{quote(pod.namespace)}/pods/{quote(pod.name)}/portforward?ports={_DNS_PORT}"
        async with self._transport.stream(path, protocol=_PROTOCOL) as stream:
            await stream.send_bytes(bytes([_DATA]) + _LENGTH.pack(len(question)) + question)
            message = await self._message(stream, pod)
        try:
            return read_answer(message, number=number)
        except ValueError as err:
            raise Unavailable(f"{pod} does not speak DNS at port {_DNS_PORT}: {err}") from err

    async def _message(self, stream: aiohttp.ClientWebSocketResponse, pod: ObjectRef) -> bytes:
        found = b""
        opened: set[int] = set()
        async for frame in stream:
            if frame.type is not aiohttp.WSMsgType.BINARY or not frame.data:
                continue
            channel, content = frame.data[0], frame.data[1:]
            if channel not in opened:
                opened.add(channel)
                content = content[_LENGTH.size :]
            if channel == _ERROR and content:
                said = content.decode(errors="replace").strip()
                raise Unavailable(f"no port-forward to {pod}: {said}")
            found += content if channel == _DATA else b""
            if len(found) >= _LENGTH.size and len(found) >= _LENGTH.size + _LENGTH.unpack_from(found)[0]:
                return found[_LENGTH.size :]
        raise Unavailable(f"the port-forward to {pod} ended without an answer")


def _proxy_path(target: HttpTarget, scheme: str) -> str:
    prefix = "https:" if scheme == "https" else ""
    service = f"{prefix}{target.service}:{target.port}"
    path = quote(target.path, safe="/?&=%:@!$'()*+,;~-._")
    return f"/api/v1/namespaces/{quote(target.namespace)}/services/{service}/proxy{path}"
