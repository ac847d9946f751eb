"""The port `ImageTags` by the registries themselves."""

from __future__ import annotations

from fairlead.adapters.registry.client import Registries
from fairlead.adapters.registry.name import DOCKER_HUB


class RegistryTags:
    def __init__(self, registries: Registries) -> None:
        self._registries = registries

    async def digest(self, reference: str) -> str | None:
        """As the port says: of the index where there is one for several platforms, as nodes ask for it."""
        repository, tag = split_reference(reference)
        async with self._registries.open(repository) as registry:
            found = await registry.manifest(tag)
        return found.digest if found else None


def split_reference(reference: str) -> tuple[str, str]:
    """The repository with its registry, and the tag, of an image as pods name it."""
    name, _, tag = reference.rpartition(":")
    if not name or "/" in tag:
        name, tag = reference, "latest"
    host, slash, _ = name.partition("/")
    # As nodes read it: what has no dot and no port is no host.
    is_host = bool(slash) and ("." in host or ":" in host or host == "localhost")
    return (name if is_host else f"{DOCKER_HUB}/{name}"), tag
