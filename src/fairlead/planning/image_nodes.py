"""Which nodes lack an image that was loaded into them: new ones, and those that have thrown it away."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from fairlead.formats.json_data import as_list, dig, dig_text, maps_in
from fairlead.model.objects import Manifest

MOST_LISTED: Final = 50
"""A kubelet names this many images in a node's status by default (`nodeStatusMaxImages`), the largest first."""

LATE: Final = timedelta(minutes=2)
"""How long a kubelet may take to name an image that it has."""


def nodes_without(
    nodes: Iterable[Manifest], *, reference: str, loaded: datetime | None, now: datetime
) -> tuple[str, ...]:
    """Names of *nodes* that do not hold the image *reference*; *loaded* is when it was put on all there were then."""
    return tuple(
        dig_text(node, "metadata", "name")
        for node in nodes
        if not _holds(node, reference=reference, loaded=loaded, now=now)
    )


def _holds(node: Manifest, *, reference: str, loaded: datetime | None, now: datetime) -> bool:
    images = maps_in(dig(node, "status", "images"))
    if any(reference in as_list(image.get("names")) for image in images):
        return True
    if loaded is None or _created(node) > loaded:
        return False
    return len(images) >= MOST_LISTED or now - loaded < LATE


def _created(node: Manifest) -> datetime:
    return datetime.fromisoformat(dig_text(node, "metadata", "creationTimestamp").replace("Z", "+00:00"))
