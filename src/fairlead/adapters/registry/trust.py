"""TLS towards a registry: the machine's authorities, and those that docker and podman keep for one registry."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from fairlead.adapters.registry.name import RepositoryName
from fairlead.model.errors import InputError

FOLDERS: Final = (Path("/etc/docker/certs.d"), Path("/etc/containers/certs.d"))


def tls_context(name: RepositoryName, *, folders: Iterable[Path] = FOLDERS) -> ssl.SSLContext:
    """Trusts also `FOLDER/HOST:PORT/*.crt`. SSL_CERT_FILE counts, as for every program. Raises InputError."""
    context = ssl.create_default_context()
    for folder in folders:
        for file in sorted((folder / name.host).glob("*.crt")):
            try:
                context.load_verify_locations(cafile=file)
            except (OSError, ssl.SSLError) as err:
                raise InputError(
                    f"the authority of {name.host} in {file} cannot be read", hint="see that it is PEM"
                ) from err
    return context
