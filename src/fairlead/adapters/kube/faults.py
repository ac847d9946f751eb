"""One sentence for what kept a request from being answered, or for an answer that is about us and not an object."""

from __future__ import annotations

import ssl

from fairlead.adapters.http import aiohttp
from fairlead.adapters.kube.connection import Connection
from fairlead.model.errors import InputError, Unavailable


class Unauthorized(InputError):
    """401: the server does not know us. Not `Unavailable`, for another try would end the same."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(
            f"{connection.server} does not accept the credentials of {_identity(connection)} (401)",
            hint="log in again, or renew the token or certificate of this user",
        )


class Forbidden(InputError):
    """403 on a read: the server knows us and says no."""

    def __init__(self, connection: Connection, *, message: str) -> None:
        super().__init__(
            f"{connection.server} refuses {_identity(connection)}: {message}",
            hint="grant this right (`kubectl auth can-i --list` shows what is granted), or use another context",
        )


def _identity(connection: Connection) -> str:
    user = f"user {connection.user}" if connection.user else "no user"
    return f"{user} of {connection.origin}" if connection.origin else user


def unreachable(connection: Connection, cause: Exception, *, seconds: float) -> Unavailable:
    """Translate a transport error; *seconds* is how long was tried."""
    problem, hint = _explain(cause, connection, seconds=seconds)
    return Unavailable(f"{connection.server} does not answer: {problem}", hint=hint)


def is_sent(cause: Exception) -> bool:
    """Whether the server may have carried out the request whose answer *cause* kept from us."""
    return not isinstance(
        cause, aiohttp.ClientConnectorError | aiohttp.ClientHttpProxyError | aiohttp.ConnectionTimeoutError
    )


def is_refused(cause: Exception) -> bool:
    return isinstance(cause, aiohttp.ClientConnectorError) and isinstance(cause.os_error, ConnectionRefusedError)


def is_passing(cause: Exception) -> bool:
    """Whether a second try may go better: the connection was refused, reset or cut. Time-outs are not tried again."""
    if isinstance(cause, aiohttp.ClientSSLError | TimeoutError):
        return False
    if isinstance(cause, aiohttp.ClientConnectorError):
        return isinstance(cause.os_error, ConnectionRefusedError | ConnectionResetError)
    return isinstance(cause, aiohttp.ClientOSError | aiohttp.ServerDisconnectedError | aiohttp.ClientPayloadError)


def _explain(cause: Exception, connection: Connection, *, seconds: float) -> tuple[str, str]:
    """The problem and its hint."""
    match cause:
        case aiohttp.ClientHttpProxyError():
            return f"the proxy {connection.proxy_label} said {cause.status} {cause.message}", "see the proxy's rules"
        case aiohttp.ClientConnectorError() | aiohttp.ClientConnectorCertificateError():
            return _explain_connecting(cause, connection)
        case aiohttp.ConnectionTimeoutError():
            return "it could not be connected to in time", "see the network between here and the cluster"
        case TimeoutError():
            return f"nothing came within {seconds:g} s", "see the network between here and the cluster, and its load"
        case aiohttp.ClientResponseError():
            return f"what it says is not HTTP ({cause.message.splitlines()[0]})", "see `server` in the kubeconfig"
        case _:
            return "the connection was cut", "see the API server's log and what stands between"


def _explain_connecting(
    cause: aiohttp.ClientConnectorError | aiohttp.ClientConnectorCertificateError, connection: Connection
) -> tuple[str, str]:
    match cause:
        case aiohttp.ClientConnectorCertificateError():
            return _untrusted(cause.certificate_error)
        case aiohttp.ClientConnectorSSLError():
            reason = getattr(cause.os_error, "reason", None) or str(cause.os_error)
            return f"TLS failed ({reason})", "see that the address speaks TLS, and which client certificate it wants"
        case aiohttp.ClientProxyConnectionError():
            return f"the proxy {connection.proxy_label} cannot be reached", "see proxy-url, HTTPS_PROXY and NO_PROXY"
        case aiohttp.ClientConnectorDNSError():
            return "its name is not found", "see `server` in the kubeconfig, and the name resolution of this machine"
    if isinstance(cause.os_error, ConnectionRefusedError):
        return "the connection is refused", "see that the cluster runs and that the port is right"
    return str(cause.os_error.strerror or cause.os_error), "see the network between here and the cluster"


def _untrusted(error: Exception) -> tuple[str, str]:
    why = getattr(error, "verify_message", "") if isinstance(error, ssl.SSLCertVerificationError) else ""
    return (
        f"its certificate is not trusted ({why or error})",
        "see certificate-authority and tls-server-name in the kubeconfig",
    )
