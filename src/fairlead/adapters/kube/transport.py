"""Requests to one API server: credentials, at most so many at once, and one request tried again where that is safe.

One time budget holds for all tries of a request, waiting included: who takes a lock over from us may rely on nothing of
ours being sent later than that after it was begun. Steps are tried again by the executor only.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import quote

import orjson
from multidict import CIMultiDict
from yarl import URL

from fairlead.adapters.http import aiohttp, system_trust
from fairlead.adapters.kube.connection import ClientCertificate, Connection
from fairlead.adapters.kube.credentials import credentials_for
from fairlead.adapters.kube.faults import Unauthorized, is_passing, is_refused, is_sent, unreachable
from fairlead.adapters.kube.gate import Gate
from fairlead.adapters.kube.json_body import parse_json
from fairlead.adapters.kube.login import Login
from fairlead.adapters.kube.tls import tls_context
from fairlead.model.errors import InputError, Unavailable
from fairlead.model.frozen import dataclass, field
from fairlead.ports import Clock

SocketFactory = Callable[[Any], socket.socket]
"""Makes the socket for an address tuple of getaddrinfo; e.g. one made inside a network namespace."""

_LOG: Final = logging.getLogger(__name__)
"""Paths and status only: bodies may hold secrets."""

JSON: Final = "application/json"
_BUSY: Final = (429, 503)

CONNECT_SECONDS: Final = 15.0
"""The most that connecting may take, TLS included: an address that nobody answers is told sooner than a slow answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """*attempts* counts the first; waits double from *first_wait* seconds unless the server states Retry-After.

    A refused connection is tried again to the end only once the server has answered us before (it restarts);
    at first contact only *first_contact_attempts* times, so that a wrong address is told soon.
    """

    attempts: int = 6
    first_wait: float = 0.25
    first_contact_attempts: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """*path* is percent-encoded and begins with a slash. *is_repeatable* says that sending it twice does no harm.
    *limit* is the most bytes of the answer that are read, 0 all."""

    method: str
    path: str
    accept: str = JSON
    limit: int = 0
    body: bytes | None = None
    content_type: str = JSON
    is_repeatable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """*is_repeated*: an earlier try may have been carried out, its answer was lost."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    is_repeated: bool = False

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body; a body that is not JSON (a proxy's page) becomes a Status with its first words."""
        try:
            return parse_json(self.body)
        except orjson.JSONDecodeError:
            said = self.body.decode(errors="replace").strip()
            return {"kind": "Status", "reason": "", "message": said[:200]}


class _AnswerLost(Exception):
    """Keeps aiohttp from sending PUT and DELETE twice on its own, which would hide that the first may have worked."""

    def __init__(self, cause: aiohttp.ClientError) -> None:
        super().__init__(str(cause))
        self.cause = cause


async def _no_hidden_repeat(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as err:
        raise _AnswerLost(err) from err


class Transport:
    """*timeout* in seconds, for all tries of one request together."""

    def __init__(
        self,
        connection: Connection,
        *,
        clock: Clock,
        timeout: float,
        concurrency: int,
        patience: Patience,
        socket_factory: SocketFactory | None = None,
    ) -> None:
        self.connection = connection
        self.gate = Gate(concurrency)
        self._clock = clock
        self._timeout = timeout
        self._patience = patience
        self._socket_factory = socket_factory
        self._credentials = credentials_for(connection, clock=clock)
        self._session: aiohttp.ClientSession | None = None
        self._tls: dict[ClientCertificate | None, ssl.SSLContext] = {}
        self._fixed = _fixed_headers(connection)
        self._has_answered = False

    async def send(self, request: Request) -> Answer:
        """The server's answer, whatever its status but 401; 429 and 503 only once patience is at its end.

        Raises Unavailable when there is no answer, Unauthorized for 401.
        """
        async with self.gate.place() as entry:
            return await self._attempts(request, entry)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _attempts(self, request: Request, entry: int) -> Answer:
        end = self._clock.monotonic() + self._timeout
        is_repeated = False
        attempt = 0
        while True:
            attempt += 1
            try:
                answer = await self._authorized(request, end=end)
            except (_AnswerLost, aiohttp.ClientError, TimeoutError) as err:
                cause = err.cause if isinstance(err, _AnswerLost) else err
                if isinstance(cause, TimeoutError):
                    self.gate.slow_down(entry)  # whoever sends it again finds less under way beside it
                wait = self._wait_after_fault(cause, request, attempt)
                if wait is None or not self._fits(wait, end):
                    raise self._given_up(cause, request) from cause
                is_repeated = is_repeated or is_sent(cause)
            else:
                self._has_answered = True
                wait = self._wait_after_answer(answer, entry, attempt)
                if wait is None or not self._fits(wait, end):
                    return Answer(
                        status=answer.status, body=answer.body, headers=answer.headers, is_repeated=is_repeated
                    )
            await self._clock.sleep(wait)

    def _fits(self, wait: float, end: float) -> bool:
        return self._clock.monotonic() + wait < end

    def _backoff(self, attempt: int) -> float | None:
        if attempt >= self._patience.attempts:
            return None
        return self._patience.first_wait * 2.0 ** (attempt - 1)

    def _wait_after_fault(self, cause: Exception, request: Request, attempt: int) -> float | None:
        if not is_passing(cause) or (is_sent(cause) and not request.is_repeatable):
            return None
        if is_refused(cause) and not self._has_answered and attempt >= self._patience.first_contact_attempts:
            return None
        return self._backoff(attempt)

    def _wait_after_answer(self, answer: Answer, entry: int, attempt: int) -> float | None:
        if answer.status not in _BUSY:
            self.gate.speed_up()
            return None
        if answer.status == 429:
            self.gate.slow_down(entry)
        wait = self._backoff(attempt)
        if wait is None:
            return None
        stated = self._retry_after(answer.headers.get("Retry-After", ""))
        return stated if stated is not None else wait

    def _retry_after(self, value: str) -> float | None:
        """Seconds or an HTTP date, RFC 9110 section 10.2.3."""
        if value.isdecimal():
            return float(value)
        try:
            return max(0.0, (parsedate_to_datetime(value) - self._clock.now()).total_seconds())
        except (ValueError, TypeError):
            return None

    def _given_up(self, cause: Exception, request: Request) -> Unavailable:
        error = unreachable(self.connection, cause, seconds=self._timeout)
        if request.method != "GET" and is_sent(cause):
            return Unavailable(
                f"{error.message}; whether it carried out the {request.method} is not known", hint=error.hint
            )
        return error

    async def _authorized(self, request: Request, *, end: float) -> Answer:
        login = await self._credentials.current()
        answer = await self._once(request, login, end=end)
        if answer.status != 401:
            return answer
        renewed = await self._credentials.renewed(login)
        if renewed is None:
            raise Unauthorized(self.connection)
        answer = await self._once(request, renewed, end=end)
        if answer.status == 401:
            raise Unauthorized(self.connection)
        return answer

    async def _once(self, request: Request, login: Login, *, end: float) -> Answer:
        started = self._clock.monotonic()
        left = max(0.001, end - started)
        headers = self._headers(request, login)
        async with self._open_session().request(
            request.method,
            URL(self.connection.server + request.path, encoded=True),
            # A stream: aiohttp warns of large bytes. Made anew for each try.
            data=None if request.body is None else io.BytesIO(request.body),
            headers=headers,
            ssl=self._tls_for(login),
            server_hostname=self.connection.trust.server_name or None,
            proxy=self.connection.proxy or None,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=min(left, self._timeout), sock_connect=CONNECT_SECONDS),
        ) as response:
            body = await (_first_bytes(response, request.limit) if request.limit else response.read())
            seconds = self._clock.monotonic() - started
            _LOG.debug("%s %s: %d after %.0f ms", request.method, request.path, response.status, seconds * 1000)
            return Answer(status=response.status, body=body, headers=response.headers)

    @contextlib.asynccontextmanager
    async def stream(
        self, path: str, *, protocol: str, is_lasting: bool = False
    ) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """A WebSocket at *path*; with *is_lasting* only its opening is limited in time. Raises Unavailable,
        Unauthorized for 401."""
        login = await self._credentials.current()
        headers = self._fixed.copy()
        if login.authorization is not None:
            headers["Authorization"] = login.authorization.reveal()
        try:
            async with (
                asyncio.timeout(self._timeout) as limit,
                self._open_session().ws_connect(
                    URL(self.connection.server + path, encoded=True),
                    protocols=(protocol,),
                    headers=headers,
                    ssl=self._tls_for(login),
                    server_hostname=self.connection.trust.server_name or None,
                    proxy=self.connection.proxy or None,
                ) as socket,
            ):
                if is_lasting:
                    limit.reschedule(None)
                yield socket
        except aiohttp.WSServerHandshakeError as err:
            if err.status == 401:
                raise Unauthorized(self.connection) from err
            raise Unavailable(
                f"{self.connection.server} opens no stream: {err.status} {err.message}",
                hint="see whether this user may open it, and what stands between here and the API server",
            ) from err
        except (_AnswerLost, aiohttp.ClientError, TimeoutError) as err:
            cause = err.cause if isinstance(err, _AnswerLost) else err
            raise unreachable(self.connection, cause, seconds=self._timeout) from err

    def _headers(self, request: Request, login: Login) -> CIMultiDict[str]:
        headers = self._fixed.copy()
        headers["Accept"] = request.accept
        if request.body is not None:
            headers["Content-Type"] = request.content_type
        if login.authorization is not None:
            headers["Authorization"] = login.authorization.reveal()
        return headers

    def _tls_for(self, login: Login) -> ssl.SSLContext:
        if not self.connection.server.startswith("https:"):
            return system_trust()  # for a proxy that speaks TLS
        context = self._tls.get(login.certificate)
        if context is None:
            context = tls_context(self.connection.trust, login.certificate, origin=self.connection.origin)
            self._tls = {login.certificate: context}
        return context

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            # The gate limits, not the pool; cookies of a proxy in front are nobody's business here.
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, socket_factory=self._socket_factory),
                cookie_jar=aiohttp.DummyCookieJar(),
                middlewares=(_no_hidden_repeat,),
            )
        return self._session


async def _first_bytes(response: aiohttp.ClientResponse, limit: int) -> bytes:
    found = b""
    while len(found) < limit and (more := await response.content.read(limit - len(found))):
        found += more
    return found


def _fixed_headers(connection: Connection) -> CIMultiDict[str]:
    headers = CIMultiDict({"User-Agent": "fairlead"})
    impersonation = connection.impersonation
    if impersonation is None:
        return headers
    headers["Impersonate-User"] = impersonation.user
    if impersonation.uid:
        headers["Impersonate-Uid"] = impersonation.uid
    for group in impersonation.groups:
        headers.add("Impersonate-Group", group)
    for key, values in impersonation.extra.items():
        for value in values:
            headers.add(f"Impersonate-Extra-{quote(key, safe='')}", value)
    for name, text in headers.items():
        if not text.isprintable():
            raise InputError(f"{name} cannot hold {text!r}", hint=f"see the impersonation in {connection.origin}")
    return headers
