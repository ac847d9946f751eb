"""What counts as wanted when something is to be removed. The rest of removing: tests/e2e/test_prune.py."""

from __future__ import annotations

import contextlib
import dataclasses
from types import SimpleNamespace
from typing import Any

import pytest

from fairlead.engine.busy_releases import PATIENCE_SECONDS
from fairlead.engine.preparing import Memory, Prepared, Preparer
from fairlead.engine.releases import Releases
from fairlead.engine.removing import RemovalPlanner, Wanted, wanted_of
from fairlead.engine.site import Remembered
from fairlead.model.component import Component, ManifestsSource
from fairlead.model.errors import Refused
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.model.record import Head, Standing
from fairlead.model.removal import Removal
from fairlead.model.rendering import Rendering
from fairlead.planning.desired import CRD_KEY, scopes_of
from fairlead.testing.clock import FakeClock
from fairlead.testing.state import MemoryState
from unit.engine.test_dropped import Store, recorded, revision

WEB = Component(name="web", source=ManifestsSource(paths=()))
WIDGETS: Manifest = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": CRD_KEY[1],
    "metadata": {"name": "widgets.example.test"},
    "spec": {"group": "example.test", "names": {"kind": "Widget"}, "scope": "Namespaced", "versions": []},
}


class WithoutSecrets:
    async def secret_texts(self, *_: object) -> frozenset[str]:
        return frozenset()


async def test_definition_that_is_skipped_is_wanted_all_the_same() -> None:
    given: Any = WithoutSecrets()
    nothing: Any = None
    preparer = Preparer(
        cluster=nothing,
        charts=nothing,
        renderer=given,
        comparer=nothing,
        releases=Releases({}),
        key=b"",
        skip_crds=True,
    )
    memory = Memory(records={}, metadata={}, moved={})
    rendering = Rendering(objects=(WIDGETS,))
    desired = await preparer.arrange(WEB, rendering, scopes_of([], None), memory, outputs={})
    assert not desired.crds
    wanted = wanted_of({"web": Prepared(component=WEB, changes=(), desired=desired)}, {})
    assert wanted.refs["web"] == {ObjectRef(group=CRD_KEY[0], kind=CRD_KEY[1], name="widgets.example.test")}


@pytest.mark.parametrize(("age", "is_refused"), [(42.0, True), (PATIENCE_SECONDS + 1, False)])
async def test_release_at_which_somebody_elses_helm_may_be_is_not_uninstalled(age: float, is_refused: bool) -> None:
    cluster, clock, state = await pending_release(age)
    site: Any = SimpleNamespace(
        cluster=cluster, clock=clock, state=state, environment=None, project=SimpleNamespace(components_of=lambda _: ())
    )
    ground: Any = SimpleNamespace(kinds=await cluster.kinds())
    planner = RemovalPlanner(
        site,
        ground=ground,
        remembered=Remembered(head=await state.head(), records={"web": RELEASED}),
        removal=Removal(prune=True),
        is_partial=False,
        key=b"",
    )
    with pytest.raises(Refused, match="another helm may be at work") if is_refused else contextlib.nullcontext():
        await planner.plan(Wanted())


RELEASED = dataclasses.replace(recorded(3), standing=Standing(namespace="shop"))


async def pending_release(age: float) -> tuple[Any, FakeClock, MemoryState]:
    clock, state = FakeClock(), MemoryState()
    await state.head()
    await state.swap_head(Head(environment="local"))
    cluster = Store(clock=clock)
    pending = revision(3, status="pending-upgrade")
    pending["metadata"]["labels"]["modifiedAt"] = str(int(clock.now().timestamp() - age))
    cluster.put(pending)
    return cluster, clock, state
