from __future__ import annotations

from typing import Any

import pytest

from fairlead.engine.site import Ground
from fairlead.model.objects import Kinds

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
