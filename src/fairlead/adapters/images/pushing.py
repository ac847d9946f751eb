"""Pushes an image of an archive into a repository: what is there already is not sent again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fairlead.adapters.images.archive import MANIFEST_TYPE, ArchiveReader, open_archive
from fairlead.adapters.registry.client import Registries, RegistryClient
from fairlead.model.image import BuiltImage, short_digest


async def push_image(
    image: BuiltImage, repository: str, *, registries: Registries, tell: Callable[[str], None]
) -> bool:
    """Whether there was anything to send. The tag is set last, so that nobody finds half an image under it."""
    tag = short_digest(image.digest)
    async with registries.open(repository, may_push=True) as registry:
        found = await registry.manifest(tag)
        if found is not None and found.digest == image.digest:
            return False
        with open_archive(Path(image.archive)) as archive:
            for described in (*archive.layers, archive.config):
                await _send(described["digest"], int(described["size"]), archive, registry, tell=tell)
            await registry.put_manifest(tag, archive.manifest, media_type=MANIFEST_TYPE)
    return True


async def _send(
    digest: str, size: int, archive: ArchiveReader, registry: RegistryClient, *, tell: Callable[[str], None]
) -> None:
    if not await registry.has_blob(digest):
        tell(f"sending {size / 1e6:.1f} MB")
        await registry.put_blob(digest, size, lambda: archive.blob(digest))
