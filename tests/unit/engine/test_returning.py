"""What an automatic rollback cannot bring back. The rest of returning: tests/e2e/test_rollback.py."""

from __future__ import annotations

from typing import Any

from fairlead.engine.returning import find_uninstalled
from fairlead.model.record import ComponentRecord, Standing
from fairlead.testing.clock import FakeClock
from unit.engine.cluster import StagedCluster


def record(name: str, *, release: str = "") -> ComponentRecord:
    return ComponentRecord(component=name, release=release, revision=1, standing=Standing(namespace="shop"))


async def test_release_that_is_gone_cannot_return() -> None:
    cluster: Any = StagedCluster(clock=FakeClock())
    labels = {"owner": "helm", "name": "web", "version": "1", "status": "deployed"}
    metadata = {"name": "sh.helm.release.v1.web.v1", "namespace": "shop", "uid": "u", "labels": labels}
    cluster.put({"apiVersion": "v1", "kind": "Secret", "metadata": metadata})
    records = {"web": record("web", release="web"), "cache": record("cache", release="cache"), "pages": record("pages")}
    assert await find_uninstalled(cluster, records) == ("cache",)
