"""Requests to one registry: plain HTTP on loopback only, a login when it asks for one, its errors as ours."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import orjson

from fairlead.adapters.http import aiohttp
from fairlead.adapters.registry.answer import first_bytes, json_map, limited
from fairlead.adapters.registry.challenge import Challenge, parse_challenge
from fairlead.adapters.registry.credentials import Login, LoginFiles
from fairlead.adapters.registry.name import RepositoryName
from fairlead.adapters.registry.place import is_safe, is_same_server, onward, proxy_for
from fairlead.adapters.registry.trust import FOLDERS, tls_context
from fairlead.formats.json_data import as_map, dig_text, maps_in
from fairlead.model.errors import InputError, Unavailable

Body = Callable[[], Any]
"""Makes the body of a request anew: it may be sent twice."""

TIMEOUT: Final = aiohttp.ClientTimeout(total=1800, sock_connect=15, sock_read=60)
_REDIRECTS: Final = frozenset((307, 308))
_REDIRECTS_OF_READING: Final = _REDIRECTS | {301, 302, 303}
_MAX_REDIRECTS: Final = 10
_TRY_AGAIN: Final = frozenset((408, 425, 429))
_MAX_ANSWER: Final = 1 << 20


class RegistryConnection:
    """One repository of a registry, for as long as *session* is open."""

    def __init__(
        self, name: RepositoryName, *, session: aiohttp.ClientSession, logins: LoginFiles, actions: str, base: str
    ) -> None:
        self.name = name
        self._session = session
        self._logins = logins
        self._scope = f"repository:{name.path}:{actions}"
        self._base = base
        self._authorization = ""

    def url(self, path: str) -> str:
        return f"{self._base}/v2/{self.name.path}/{path}"

    @asynccontextmanager
    async def request(
        self,
        method: str,
        url: str,
        *,
        fine: frozenset[int],
        headers: Mapping[str, str] | None = None,
        body: Body | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer, if its status is in *fine*. Raises InputError where the registry refuses us or does not have
        what is asked for, Unavailable where it does not answer."""
        try:
            async with self._follow(method, url, headers, body) as answer:
                if answer.status != 401:
                    await _check(answer, self.name, fine=fine)
                    yield answer
                    return
                self._must_be_ours(answer)
                challenge = parse_challenge(answer.headers.get("WWW-Authenticate", ""))
            self._authorization = await self._log_in(challenge)
            async with self._follow(method, url, headers, body) as answer:
                await _check(answer, self.name, fine=fine)
                yield answer
        except (aiohttp.ClientError, TimeoutError, OSError) as err:
            reason = str(err).splitlines()[0] if str(err) else type(err).__name__
            raise Unavailable(
                f"the registry {self.name.host} could not be read to its end: {reason}",
                hint="try again, or check its address and the network",
            ) from err

    @asynccontextmanager
    async def _follow(
        self, method: str, url: str, headers: Mapping[str, str] | None, body: Body | None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer at the end of all redirects. Each place on the way is looked at before anything goes there."""
        redirects = _REDIRECTS_OF_READING if method in ("GET", "HEAD") else _REDIRECTS
        for _ in range(_MAX_REDIRECTS):
            if not is_safe(url, name=self.name):
                hint = "plain HTTP is for loopback only: see the registry's settings"
                raise InputError(f"{self.name.host} sends us to what is no https URL", hint=hint)
            proxy = proxy_for(url)
            async with self._session.request(
                method,
                url,
                headers=self._headers(url, headers),
                data=body() if body else None,
                allow_redirects=False,
                proxy=proxy.url,
                proxy_headers=proxy.headers,
            ) as answer:
                location = answer.headers.get("Location")
                if location is None or answer.status not in redirects:
                    yield answer
                    return
            url = onward(url, location)
        raise InputError(f"{self.name.host} sends us on and on", hint="see the registry's settings")

    def _must_be_ours(self, answer: aiohttp.ClientResponse) -> None:
        """Raises InputError where another server than the registry wants a login: it gets none."""
        if not is_same_server(str(answer.url), self._base):
            raise InputError(
                f"{self.name.host} sends us to {answer.url.authority}, which wants a login", hint="ask its owner"
            )

    def _headers(self, url: str, given: Mapping[str, str] | None) -> dict[str, str]:
        """Our login goes to the registry only, not where it may send us."""
        is_ours = self._authorization and is_same_server(url, self._base)
        return {**(given or {}), **({"Authorization": self._authorization} if is_ours else {})}

    async def _log_in(self, challenge: Challenge) -> str:
        """The header that the registry wants. Raises InputError where we have no login for it."""
        login = await self._logins.find(self.name)
        if challenge.scheme == "bearer":
            return f"Bearer {await self._token(challenge, login)}"
        if challenge.scheme != "basic" or login is None or not login.user:
            raise _no_login(self.name)
        return _basic(login)

    async def _token(self, challenge: Challenge, login: Login | None) -> str:
        realm = challenge.parameters.get("realm", "")
        if not is_safe(realm, name=self.name):
            raise InputError(
                f"{self.name.host} wants our login at {realm!r}, which is no https URL", hint="ask its owner"
            )
        asked = {"service": challenge.parameters.get("service", ""), "scope": self._scope}
        if login is not None and login.token is not None:
            form = {
                **asked,
                "grant_type": "refresh_token",
                "refresh_token": login.token.reveal(),
                "client_id": "fairlead",
            }
            request = partial(self._session.post, data=form)
        else:
            headers = {"Authorization": _basic(login)} if login is not None else {}
            request = partial(self._session.get, params=asked, headers=headers)
        proxy = proxy_for(realm)
        # Not redirected: who we trust with a login is the realm, not whom it names.
        answering = request(realm, allow_redirects=False, proxy=proxy.url, proxy_headers=proxy.headers)
        async with answering as answer:
            if answer.status in (400, 401, 403):
                raise _refused(self.name) if login else _no_login(self.name)
            await _check(answer, self.name, fine=frozenset({200}))
            what = f"the token of {self.name.host}"
            said = json_map(await limited(answer, limit=_MAX_ANSWER, what=what), what=what)
        token = dig_text(said, "token") or dig_text(said, "access_token")
        if not token:
            raise InputError(f"{self.name.host} gave no token", hint="log in again")
        return token


@asynccontextmanager
async def connect(
    name: RepositoryName, *, logins: LoginFiles, actions: str, certificates: tuple[Path, ...] = FOLDERS
) -> AsyncIterator[RegistryConnection]:
    """A connection for *actions*, `pull` or `pull,push`. A registry on loopback may speak plain HTTP, no other."""
    connector = aiohttp.TCPConnector(ssl=tls_context(name, folders=certificates))
    async with aiohttp.ClientSession(timeout=TIMEOUT, connector=connector) as session:
        scheme = "http" if name.is_loopback and await _speaks_plain(session, name) else "https"
        yield RegistryConnection(
            name, session=session, logins=logins, actions=actions, base=f"{scheme}://{name.server}"
        )


async def _speaks_plain(session: aiohttp.ClientSession, name: RepositoryName) -> bool:
    """Whether *name* answers plain HTTP; Go's TLS servers answer it with 400, others not at all."""
    try:
        async with session.get(f"http://{name.host}/v2/", allow_redirects=False) as answer:
            return answer.status != 400 and not answer.headers.get("Location", "").startswith(f"https://{name.host}/")
    except aiohttp.ClientConnectorError as err:
        raise Unavailable(
            f"the registry {name.host} does not answer: {err.os_error.strerror or err}", hint="check its address"
        ) from err
    except (aiohttp.ClientError, OSError, TimeoutError):
        return False


async def _check(answer: aiohttp.ClientResponse, name: RepositoryName, *, fine: frozenset[int]) -> None:
    status = answer.status
    if status in fine:
        return
    if status >= 500 or status in _TRY_AGAIN:
        raise Unavailable(f"the registry {name.host} answered with status {status}", hint="try again later")
    if status in (401, 403):
        raise _refused(name)
    said = _fault_in(await first_bytes(answer, _MAX_ANSWER))
    raise InputError(
        f"the registry refuses {name} (status {status}){said}", hint="check the name and your rights there"
    )


def _fault_in(answer: bytes) -> str:
    """The first error of an answer, https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes."""
    try:
        errors = maps_in(as_map(orjson.loads(answer)).get("errors"))
    except orjson.JSONDecodeError:
        return ""
    return f": {dig_text(errors[0], 'message')}" if errors else ""


def _basic(login: Login) -> str:
    pair = f"{login.user}:{login.password.reveal() if login.password else ''}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def _no_login(name: RepositoryName) -> InputError:
    hint = f"`docker login {name.host}`, `podman login {name.host}` or `helm registry login {name.host}`"
    return InputError(f"the registry {name.host} wants a login, and there is none", hint=hint)


def _refused(name: RepositoryName) -> InputError:
    return InputError(
        f"the registry refuses our login for {name}", hint=f"log in to {name.host} again, or ask for the right"
    )
