"""Names of repositories in a registry, and how their registry is reached."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from fairlead.model.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryName:
    """*host* with its port if it has one, e.g. `registry.example.test:5000`; *path* e.g. `team/shop`."""

    host: str
    path: str

    def __str__(self) -> str:
        return f"{self.host}/{self.path}"

    @property
    def is_loopback(self) -> bool:
        """Whether plain HTTP may be spoken: nobody else listens on the way."""
        name = self.host.rpartition(":")[0] if ":" in self.host else self.host
        if name == "localhost" or name.endswith(".localhost"):
            return True
        try:
            return ipaddress.ip_address(name.strip("[]")).is_loopback
        except ValueError:
            return False


def parse_repository(text: str) -> RepositoryName:
    """`HOST[:PORT]/PATH`, with or without `oci://`. Raises InputError."""
    host, slash, path = text.removeprefix("oci://").strip("/").partition("/")
    if not host or not slash or not path:
        raise InputError(
            f"{text} names no repository of a registry", hint="write it like registry.example.test/team/shop"
        )
    return RepositoryName(host=host, path=path)
