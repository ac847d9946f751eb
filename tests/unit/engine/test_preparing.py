"""Which revision a release returns to when its last operation was cut off."""

from __future__ import annotations

import dataclasses
from typing import Any

from fairlead.engine.preparing import Memory, Preparer
from fairlead.engine.releases import read_releases
from fairlead.formats.helm_release import helm_metadata
from fairlead.model.objects import Manifest, ref_of
from fairlead.model.rendering import Rendering
from fairlead.testing.clock import FakeClock
from unit.engine.test_dropped import TEXT, WEB, Store, plain, recorded, revision

FRESH = Rendering(objects=(plain(dataclasses.replace(TEXT, name="fresh")),))


class Maker:
    """Renders the chart of the project, by helm's dry-run too."""

    has_crds = False

    async def input_digest(self, *_: object) -> str:
        return "given"

    async def secret_texts(self, *_: object) -> frozenset[str]:
        return frozenset()

    async def chart(self, _: object) -> Maker:
        return self

    async def chart_request(self, *_: object) -> None: ...

    async def dry_run(self, _: object) -> Rendering:
        return FRESH


async def rendered(*revisions: Manifest, holds: str) -> list[str]:
    """The names of what the release is to be, where the record knows revision 1 as object *holds*."""
    cluster: Any = Store(clock=FakeClock())
    cluster.put(*revisions)
    maker: Any = Maker()
    nothing: Any = None
    preparer = Preparer(
        cluster=cluster,
        charts=maker,
        renderer=maker,
        comparer=nothing,
        releases=await read_releases(cluster),
        key=b"",
        skip_crds=False,
    )
    kept = helm_metadata(plain(dataclasses.replace(TEXT, name=holds)), release="web", namespace="shop")
    record = dataclasses.replace(recorded(1, kept), input_digest="given")
    memory = Memory(records={"web": record}, metadata={}, moved={})
    return [ref_of(manifest).name for manifest in (await preparer.render(WEB, {}, memory)).objects]


FIRST = revision(1, ("ConfigMap", "text"), status="superseded")
FAILED = revision(2, ("ConfigMap", "other"), status="failed")


async def test_release_returns_to_the_revision_that_the_record_holds() -> None:
    assert await rendered(FIRST, FAILED, holds="text") == ["text"]


async def test_revision_of_a_release_that_was_made_anew_is_not_the_one_on_record() -> None:
    assert await rendered(FIRST, FAILED, holds="old") == ["fresh"]
