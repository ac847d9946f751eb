"""All clusters of a user, whatever made them; which drivers a machine has. The programs are stand-ins."""

from __future__ import annotations

from pathlib import Path

import pytest

from container_programs import ContainerPrograms
from fairlead.adapters.clock import SystemClock
from fairlead.adapters.clusters.drivers import ContainerDrivers
from fairlead.adapters.clusters.folder import claim, cluster_folder
from fairlead.adapters.clusters.made import MADE
from fairlead.adapters.tools.chain import ToolChain
from fairlead.adapters.tools.table import TABLE
from fairlead.model.environment import Driver
from fairlead.model.local_cluster import ClusterState


@pytest.fixture
def programs(tmp_path: Path) -> ContainerPrograms:
    return ContainerPrograms.make(tmp_path / "bin", "docker", "kind", "minikube")


def make_drivers(tmp_path: Path, programs: ContainerPrograms) -> ContainerDrivers:
    table = {name: TABLE[name] for name in ("kind", "k3d")}
    tools = ToolChain(tmp_path / "tools", table=table, progress=print, search_path=str(programs.folder))
    return ContainerDrivers(tools, clock=SystemClock(), environ=programs.environ, tell=print)


async def test_clusters_of_all_drivers_are_listed_with_their_names(tmp_path: Path, programs: ContainerPrograms) -> None:
    drivers = make_drivers(tmp_path, programs)
    claim(cluster_folder(tmp_path, "homelab", "a/b"))
    folder = cluster_folder(tmp_path, "homelab", "mini")
    await (await drivers.cluster(Driver.MINIKUBE, folder, nodes=1, kubernetes="1.34")).up()

    found = [(one.project, one.environment, one.driver, one.state) for one in await drivers.list_clusters(tmp_path)]
    assert found == [
        ("homelab", "a/b", Driver.EMBEDDED, ClusterState.STOPPED),
        ("homelab", "mini", Driver.MINIKUBE, ClusterState.RUNNING),
    ]


async def test_a_damaged_record_does_not_hide_the_others(tmp_path: Path, programs: ContainerPrograms) -> None:
    for environment in ("a", "b"):
        claim(cluster_folder(tmp_path, "homelab", environment))
    (cluster_folder(tmp_path, "homelab", "a") / MADE).write_text("[]")

    first, second = await make_drivers(tmp_path, programs).list_clusters(tmp_path)
    assert (first.state, second.state) == (ClusterState.BROKEN, ClusterState.STOPPED)
    assert "is not the record of a cluster" in first.notes[0]


async def test_no_clusters_are_listed_where_none_were_made(tmp_path: Path, programs: ContainerPrograms) -> None:
    assert await make_drivers(tmp_path, programs).list_clusters(tmp_path) == ()


async def test_what_is_on_the_path_is_installed(tmp_path: Path, programs: ContainerPrograms) -> None:
    (programs.folder / "kind").write_text("#!/bin/sh\necho kind version 0.31.0\n")

    found = await make_drivers(tmp_path, programs).installed()
    assert found == {Driver.MINIKUBE: True, Driver.KIND: True, Driver.K3D: False}


async def test_the_engine_that_answers_is_named(tmp_path: Path, programs: ContainerPrograms) -> None:
    drivers = make_drivers(tmp_path, programs)
    assert await drivers.engine() == "docker"
    programs.change(answers=False)
    assert await drivers.engine() == ""
