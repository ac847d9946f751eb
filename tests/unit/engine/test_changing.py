"""Read, change, compare-and-swap: on an object that others write at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from fairlead.engine.changing import TRIES, Swapper
from fairlead.engine.refusal import RefusedWrite
from fairlead.model.errors import StepFailed
from fairlead.model.objects import ApplyResult, Manifest, ref_of

LIVE: Manifest = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "a", "namespace": "shop", "uid": "u", "managedFields": []},
    "data": {"password": "aHVudGVyMjI="},
}
REF = ref_of(LIVE)


class Server:
    """Answers writes with *statuses*, one after the other, and then takes them."""

    def __init__(self, live: Manifest | None, *statuses: int) -> None:
        self.live = live
        self.statuses = list(statuses)
        self.writes = 0

    async def get(self, _: object) -> Manifest | None:
        return self.live

    async def replace(self, wanted: Manifest, *, manager: str = "") -> ApplyResult:
        self.writes += 1
        if self.statuses:
            return ApplyResult(ref=REF, status=self.statuses.pop(0), message=f"hunter22 is no good, {manager}")
        self.live = wanted
        return ApplyResult(ref=REF, live=wanted)

    async def hand_over(self, live: Manifest, entries: Sequence[Any]) -> ApplyResult:
        return await self.replace({**live, "metadata": {**live["metadata"], "managedFields": list(entries)}})


def labelled(live: Manifest) -> Manifest:
    return {**live, "metadata": {**live["metadata"], "labels": {"a": "b"}}}


def swapper(server: Server, fence: Any = lambda: None) -> Swapper:
    given: Any = server
    return Swapper(cluster=given, fence=fence, purpose="be labelled", manager="us")


async def test_an_object_that_moves_is_read_and_written_again() -> None:
    server = Server(LIVE, 409, 409)
    assert await swapper(server).replace(REF, labelled) == labelled(LIVE)
    assert server.writes == 3


async def test_one_that_keeps_moving_ends_it() -> None:
    server = Server(LIVE, *[409] * TRIES)
    with pytest.raises(StepFailed, match="Secret shop/a kept changing; it was to be labelled"):
        await swapper(server).replace(REF, labelled)
    assert server.writes == TRIES


async def test_a_refusal_is_final_and_does_not_repeat_a_secret() -> None:
    with pytest.raises(RefusedWrite) as caught:
        await swapper(Server(LIVE, 422)).replace(REF, labelled)
    assert caught.value.message == "Secret shop/a cannot be labelled: *** is no good, us"


async def test_nothing_is_written_where_nothing_changes() -> None:
    server = Server(LIVE)
    assert await swapper(server).replace(REF, lambda live: live) == LIVE
    assert server.writes == 0


async def test_another_object_of_that_name_is_left_alone() -> None:
    server = Server(LIVE)
    assert await swapper(server).replace(REF, labelled, uid="other") == LIVE
    assert server.writes == 0


async def test_what_is_gone_is_nothing() -> None:
    assert await swapper(Server(None)).replace(REF, labelled) is None


async def test_owners_are_changed_without_the_rest() -> None:
    found = await swapper(Server(LIVE)).hand_over(
        REF, lambda live: {**live, "metadata": {**live["metadata"], "managedFields": [{"manager": "us"}]}, "data": {}}
    )
    assert found is not None
    assert (found["data"], found["metadata"]["managedFields"]) == (LIVE["data"], [{"manager": "us"}])


async def test_a_lost_lock_stops_the_write() -> None:
    def fence() -> None:
        raise StepFailed("lost")

    server = Server(LIVE)
    with pytest.raises(StepFailed, match="lost"):
        await swapper(server, fence).replace(REF, labelled)
    assert server.writes == 0
