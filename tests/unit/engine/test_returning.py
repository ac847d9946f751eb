"""What an automatic rollback cannot bring back. The rest of returning: tests/e2e/test_rollback.py."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from fairlead.engine.returning import ReturnPlanner, find_uninstalled
from fairlead.engine.returning_component import Target
from fairlead.engine.site import Remembered
from fairlead.model.errors import Refused
from fairlead.model.record import ComponentRecord, Standing
from fairlead.model.run import Rollback
from fairlead.testing.clock import FakeClock
from unit.engine.cluster import StagedCluster
from unit.engine.test_removing import pending_release


def record(name: str, *, release: str = "") -> ComponentRecord:
    return ComponentRecord(component=name, release=release, revision=1, standing=Standing(namespace="shop"))


async def test_release_that_is_gone_cannot_return() -> None:
    cluster: Any = StagedCluster(clock=FakeClock())
    labels = {"owner": "helm", "name": "web", "version": "1", "status": "deployed"}
    metadata = {"name": "sh.helm.release.v1.web.v1", "namespace": "shop", "uid": "u", "labels": labels}
    cluster.put({"apiVersion": "v1", "kind": "Secret", "metadata": metadata})
    records = {"web": record("web", release="web"), "cache": record("cache", release="cache"), "pages": record("pages")}
    assert await find_uninstalled(cluster, records) == ("cache",)


@dataclasses.dataclass
class Place:
    """As much of a site, and of its project, as is looked at before it is known who works at a release."""

    cluster: Any = None
    clock: Any = None
    state: Any = None
    project: Any = None
    components: Any = ()


async def test_release_at_which_somebody_elses_helm_may_be_is_not_rolled_back() -> None:
    cluster, clock, state = await pending_release(42)
    nothing: Any = None
    site: Any = Place(cluster=cluster, clock=clock, state=state, project=Place())
    planner = ReturnPlanner(
        site=site,
        ground=nothing,
        remembered=Remembered(head=await state.head()),
        key=b"",
        target=Target(run="r1", bundle=nothing, records={"web": record("web", release="web")}),
        rollback=Rollback(to="r1", digest=""),
    )
    with pytest.raises(Refused, match="another helm may be at work"):
        await planner.plan()
