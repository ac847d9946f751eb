"""Charts from OCI registries: one exact version of one chart, as helm stores it there.

Not by `helm pull`: it would have to be told of plain HTTP and of the user's logins, and sets no limit to a download.
Format: https://helm.sh/docs/topics/registries/#oci-feature-deprecation-and-behavior-changes.
"""

from __future__ import annotations

from typing import Final

from fairlead.adapters.helm.archive import MAX_PACKED
from fairlead.adapters.helm.chart_version import check_exact
from fairlead.adapters.registry.client import Found, Registries, RegistryClient
from fairlead.formats.json_data import dig_text, maps_in
from fairlead.model.errors import InputError

_CHART_TYPE: Final = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
_SHOWN_TAGS: Final = 5


async def fetch_chart(registries: Registries, repository: str, name: str, version: str) -> bytes:
    """The archive of chart *name* at exactly *version*; *repository* is `oci://HOST/PATH`.

    Raises InputError where it does not exist or we may not read it, Unavailable where the registry does not answer,
    Refused where the content is not the one that the registry's manifest names.
    """
    check_exact(name, version)
    place = f"{repository.rstrip('/')}/{name}"
    async with registries.open(place) as registry:
        manifest = await _manifest(registry, place, version)
        layers = [layer for layer in maps_in(manifest.read().get("layers")) if layer.get("mediaType") == _CHART_TYPE]
        if len(layers) != 1:
            raise InputError(f"{place}:{version} is no chart", hint="charts are put there by `helm push`")
        return await registry.blob(dig_text(layers[0], "digest"), limit=MAX_PACKED)


async def chart_tags(registries: Registries, repository: str, name: str) -> tuple[str, ...]:
    """Every version of chart *name*, as charts write them; none where there is no such repository."""
    async with registries.open(f"{repository.rstrip('/')}/{name}") as registry:
        return tuple(tag.replace("_", "+") for tag in await registry.tags())


async def _manifest(registry: RegistryClient, place: str, version: str) -> Found:
    # A tag cannot hold a `+`: helm writes `_` in its place.
    plain = version.removeprefix("v").replace("+", "_")
    for tag in dict.fromkeys((version.replace("+", "_"), plain, f"v{plain}")):
        found = await registry.manifest(tag)
        if found is not None:
            return found
    tags = [tag.replace("_", "+") for tag in await registry.tags()]
    known = ", ".join(tags[-_SHOWN_TAGS:])
    raise InputError(
        f"{place} has no version {version}", hint=f"it has {known}" if known else "there is no such repository"
    )
