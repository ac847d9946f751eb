from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fairlead.planning.image_nodes import LATE, MOST_LISTED, nodes_without

REFERENCE = "fairlead.local/shop:0123456789ab"
LOADED = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
LONG_AFTER = LOADED + timedelta(hours=1)


def node(*images: str, created: datetime = LOADED - timedelta(days=1)) -> dict[str, Any]:
    return {
        "metadata": {"name": "node-1", "creationTimestamp": created.isoformat().replace("+00:00", "Z")},
        "status": {"images": [{"names": [image]} for image in images]},
    }


@pytest.mark.parametrize(
    ("found", "loaded", "now", "lacks"),
    [
        (node(REFERENCE), None, LONG_AFTER, False),
        (node(), None, LONG_AFTER, True),
        (node("other"), LOADED, LONG_AFTER, True),
        (node(created=LOADED + timedelta(minutes=5)), LOADED, LONG_AFTER, True),
        (node(), LOADED, LOADED + LATE / 2, False),
        (node(*map(str, range(MOST_LISTED))), LOADED, LONG_AFTER, False),
        (node(*map(str, range(MOST_LISTED))), None, LONG_AFTER, True),
    ],
    ids=[
        "it is named",
        "nobody loaded it",
        "it was thrown away",
        "the node is newer",
        "the kubelet is late",
        "the kubelet names no more than so many",
        "so many, and nobody loaded it",
    ],
)
def test_whether_a_node_lacks_an_image(
    found: dict[str, Any], loaded: datetime | None, now: datetime, *, lacks: bool
) -> None:
    assert nodes_without([found], reference=REFERENCE, loaded=loaded, now=now) == (("node-1",) if lacks else ())
