"""Places that a registry sends us to: which are the registry itself, which are safe, and by which proxy."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import unquote, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

from fairlead.adapters.registry.name import RepositoryName, is_loopback
from fairlead.model.errors import InputError
from fairlead.model.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    url: str | None = None
    headers: Mapping[str, str] | None = None


def is_same_server(one: str, other: str) -> bool:
    """Whether both URLs have the same scheme, host and port."""
    return _server(one) == _server(other)


def _server(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def is_safe(url: str, *, name: RepositoryName) -> bool:
    """Whether a request may go there: by https, or from a registry on loopback to loopback. No URL that brings a login
    of its own."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    is_private = name.is_loopback and is_loopback(host)
    return "@" not in parts.netloc and (parts.scheme == "https" or (parts.scheme == "http" and is_private))


def onward(url: str, location: str) -> str:
    """Where the answer of *url* sends us by its header *location*. Raises InputError."""
    try:
        return urljoin(url, location)
    except ValueError as err:
        raise InputError(f"{urlsplit(url).netloc} sends us to what is no URL", hint="ask its owner") from err


def proxy_for(url: str) -> Proxy:
    """The proxy that the environment names for *url*: `https_proxy`, `no_proxy`. Never one for loopback.

    Not by the HTTP library's trust in the environment: that sends the logins of `~/.netrc`, too.
    Raises InputError for a proxy that is none."""
    parts = urlsplit(url)
    if is_loopback(parts.hostname or "") or proxy_bypass(parts.netloc):
        return Proxy()
    named = getproxies().get(parts.scheme, "")
    return _proxy(named, scheme=parts.scheme) if named else Proxy()


def _proxy(named: str, *, scheme: str) -> Proxy:
    parts = urlsplit(named if "://" in named else f"http://{named}")
    if not parts.hostname or parts.scheme not in ("http", "https"):
        raise InputError(f"{scheme}_proxy names no HTTP proxy", hint="write it like http://proxy.example.test:3128")
    pair = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    login = {"Proxy-Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"} if parts.username else None
    return Proxy(url=f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", headers=login)
