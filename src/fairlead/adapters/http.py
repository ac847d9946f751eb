"""aiohttp, imported without the certificates of this machine's authorities.

While it is imported, aiohttp makes two TLS contexts for those who name none, and OpenSSL reads every authority of the
machine for each: 40 ms of nearly every verb, for contexts that nothing here uses. So it is imported from here alone,
and a session that meets the public web asks for `system_trust()`. One that forgets to trusts nobody, and fails.
"""

from __future__ import annotations

import contextlib
import os
import ssl
from collections.abc import Iterator
from functools import cache

__all__ = ["aiohttp", "system_trust"]

_PLACES = {"SSL_CERT_FILE": os.devnull, "SSL_CERT_DIR": os.devnull}
"""Where OpenSSL looks for authorities, see `SSL_CTX_set_default_verify_paths`(3)."""


@contextlib.contextmanager
def _no_authorities() -> Iterator[None]:
    kept = {name: os.environ.get(name) for name in _PLACES}
    os.environ.update(_PLACES)
    try:
        yield
    finally:
        for name, value in kept.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


with _no_authorities():
    import aiohttp


@cache
def system_trust() -> ssl.SSLContext:
    """A context that trusts the authorities this machine trusts."""
    return ssl.create_default_context()
