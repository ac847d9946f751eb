"""Names of repositories in a registry, and how their registry is reached."""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from fairlead.model.errors import InputError
from fairlead.model.frozen import dataclass

DOCKER_HUB: Final = "docker.io"
DOCKER_HUB_INDEX: Final = "index.docker.io"
"""Another name of the same; `docker login` keeps its logins under `https://index.docker.io/v1/`."""
_DOCKER_HUB_SERVER: Final = "registry-1.docker.io"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryName:
    """*host* with its port if it has one, e.g. `registry.example.test:5000`; *path* e.g. `team/shop`."""

    host: str
    path: str

    def __str__(self) -> str:
        return f"{self.host}/{self.path}"

    @property
    def is_docker_hub(self) -> bool:
        return self.host in (DOCKER_HUB, _DOCKER_HUB_SERVER)

    @property
    def server(self) -> str:
        """The host that answers; what is named docker.io is served by another."""
        return _DOCKER_HUB_SERVER if self.is_docker_hub else self.host

    @property
    def is_loopback(self) -> bool:
        """Whether plain HTTP may be spoken: nobody else listens on the way."""
        try:
            return is_loopback(urlsplit(f"//{self.host}").hostname or "")
        except ValueError:
            return False


def is_loopback(host: str) -> bool:
    """Whether *host*, a name or an address without its port, is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def parse_repository(text: str) -> RepositoryName:
    """`HOST[:PORT]/PATH`, with or without `oci://`. Raises InputError."""
    host, slash, path = text.removeprefix("oci://").strip("/").partition("/")
    if not host or not slash or not path:
        raise InputError(
            f"{text} names no repository of a registry", hint="write it like registry.example.test/team/shop"
        )
    if host in (DOCKER_HUB, DOCKER_HUB_INDEX):
        return RepositoryName(host=DOCKER_HUB, path=path if "/" in path else f"library/{path}")
    return RepositoryName(host=host, path=path)
