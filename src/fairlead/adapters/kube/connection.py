"""How to reach one API server and as whom: what a kubeconfig context comes down to, as data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fairlead.model.frozen import dataclass, field
from fairlead.model.secret import SecretText


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCertificate:
    """A certificate chain and its key, both PEM."""

    certificate: bytes
    key: SecretText


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whom to believe: *authorities* (PEM) in place of the system's, or nobody's check at all."""

    authorities: bytes = b""
    skip_verify: bool = False
    server_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecPlugin:
    """A credential program; *env* is added to ours. *cluster_config* is the cluster's extension for such programs."""

    command: str
    api_version: str
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    install_hint: str = ""
    provides_cluster: bool = False
    cluster_config: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What proves who we are. *token_file* is read again as it rotates and wins over *token*."""

    certificate: ClientCertificate | None = None
    token: SecretText | None = None
    token_file: Path | None = None
    username: str = ""
    password: SecretText | None = None
    plugin: ExecPlugin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Impersonation:
    user: str
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One API server and one identity.

    *server* has a scheme and no trailing slash; a path prefix is kept. *origin* says where this was read, for messages.
    """

    server: str
    origin: str = ""
    context: str = ""
    user: str = ""
    namespace: str = "default"
    trust: Trust = field(default_factory=Trust)
    identity: Identity = field(default_factory=Identity)
    proxy: str = field(default="", repr=False)
    impersonation: Impersonation | None = None

    @property
    def proxy_label(self) -> str:
        """The proxy without the password its URL may hold."""
        address = urlsplit(self.proxy)
        return f"{address.scheme}://{address.netloc.rpartition('@')[2]}" if self.proxy else ""
