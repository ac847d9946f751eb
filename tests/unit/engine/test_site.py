from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest

from fairlead.engine.site import Ground, remember
from fairlead.model.errors import Unavailable
from fairlead.model.objects import Kinds
from fairlead.model.record import ComponentRecord, Head
from fairlead.testing.state import MemoryState

KWOK = {"metadata": {"annotations": {"kwok.x-k8s.io/node": "fake"}}}
EMBEDDED = {"metadata": {"labels": {"fairlead.dev/driver": "embedded"}}}
CLOUD = {"metadata": {}, "spec": {"providerID": "aws:///eu-1/i-1"}}
BARE: dict[str, Any] = {"metadata": {}, "spec": {}}


@pytest.mark.parametrize(
    ("nodes", "gives_addresses"),
    [((KWOK,), False), ((EMBEDDED, EMBEDDED), False), ((CLOUD, CLOUD), True), ((BARE,), True), ((), True)],
)
def test_embedded_clusters_have_nobody_who_gives_addresses(nodes: tuple[Any, ...], gives_addresses: bool) -> None:
    ground = Ground(version="v1.34.2", minor="1.34", kinds=Kinds({}), nodes=nodes)
    assert ground.gives_addresses is gives_addresses


class BrokenState(MemoryState):
    async def components(self, secrets: Collection[str]) -> dict[str, ComponentRecord]:
        raise Unavailable(f"{next(iter(secrets))} cannot be read")


async def keep(state: MemoryState, *names: str) -> None:
    await state.head()
    components = {name: await state.store_component(ComponentRecord(component=name)) for name in names}
    await state.swap_head(Head(environment="local", components={**components, "lost": "gone"}))


async def test_records_are_those_of_the_head_and_a_lost_one_is_left_out() -> None:
    state, names = MemoryState(), tuple(f"part-{n:02}" for n in range(30))
    await keep(state, *names)
    found = await remember(state, environment="local")
    assert tuple(found.records) == names
    assert all(found.records[name].component == name for name in names)


async def test_a_record_that_cannot_be_read_is_no_empty_one() -> None:
    state = BrokenState()
    await keep(state, "part-0", "part-1", "part-2")
    with pytest.raises(Unavailable, match="part-0"):
        await remember(state, environment="local")
