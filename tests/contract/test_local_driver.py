"""What every driver of local clusters does, on stand-ins for the programs that need a container engine, and (e2e) on
the embedded cluster with its real programs and simulated nodes.

Left out: load and pull, which simulated nodes refuse (tests/unit/adapters/clusters/).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from container_programs import ContainerPrograms
from e2e.rig import tools_folder
from fairlead.adapters.clock import SystemClock
from fairlead.adapters.clusters.container_cluster import ContainerCluster
from fairlead.adapters.clusters.embedded.cluster import EmbeddedCluster
from fairlead.adapters.clusters.folder import cluster_folder
from fairlead.adapters.clusters.k3d import K3d
from fairlead.adapters.clusters.kind import Kind
from fairlead.adapters.clusters.made import maker_of
from fairlead.adapters.clusters.minikube import Minikube
from fairlead.adapters.clusters.programs import Programs
from fairlead.adapters.tools.chain import ToolChain
from fairlead.model.environment import Driver
from fairlead.model.local_cluster import ClusterState
from fairlead.ports import LocalDriver

PRODUCTS = {Driver.KIND: Kind(engine="docker"), Driver.K3D: K3d(), Driver.MINIKUBE: Minikube()}


def make_driver(driver: Driver, root: Path, programs: ContainerPrograms) -> LocalDriver:
    folder = cluster_folder(root / "state", "homelab", "local")
    if driver is Driver.EMBEDDED:
        tools = ToolChain(tools_folder(), progress=print)
        return EmbeddedCluster(folder, tools=tools, clock=SystemClock(), progress=print)
    return ContainerCluster(
        folder,
        product=PRODUCTS[driver],
        programs=Programs(programs, environ=programs.environ, tell=print),
        clock=SystemClock(),
        progress=print,
        nodes=2,
        kubernetes="1.34",
    )


@pytest.fixture(params=[pytest.param(Driver.EMBEDDED, marks=pytest.mark.e2e), *PRODUCTS])
async def driver(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[LocalDriver]:
    programs = ContainerPrograms.make(tmp_path / "bin", "docker", "kind", "k3d", "minikube")
    made = make_driver(request.param, tmp_path, programs)
    yield made
    await made.down()
    assert programs.clusters() == {}


async def test_a_cluster_that_was_never_made_is_absent(driver: LocalDriver) -> None:
    status = await driver.status()

    assert (status.state, status.project, status.environment) == (ClusterState.ABSENT, "homelab", "local")


async def test_down_of_nothing_makes_nothing(driver: LocalDriver, tmp_path: Path) -> None:
    await driver.down()

    assert not (tmp_path / "state").exists()


async def test_up_makes_a_running_cluster_that_says_who_made_it(driver: LocalDriver) -> None:
    made = await driver.up()

    assert (made.state, made.nodes) == (ClusterState.RUNNING, 2)
    assert made.since is not None
    assert made.kubernetes.startswith("1.34")
    assert made.api_url.startswith("https://127.0.0.1:")
    assert maker_of(Path(made.folder)) is made.driver


async def test_status_after_up_is_what_up_said(driver: LocalDriver) -> None:
    made = await driver.up()

    assert await driver.status() == made


async def test_the_kubeconfig_is_in_our_folder_and_for_its_owner_only(driver: LocalDriver) -> None:
    made = await driver.up()

    assert driver.kubeconfig == Path(made.kubeconfig) == Path(made.folder) / "kubeconfig"
    assert driver.kubeconfig.stat().st_mode & 0o077 == 0


async def test_a_second_up_changes_nothing(driver: LocalDriver) -> None:
    made = await driver.up()

    assert await driver.up() == made


async def test_down_leaves_nothing_and_may_be_said_twice(driver: LocalDriver, tmp_path: Path) -> None:
    await driver.up()

    await driver.down()
    await driver.down()
    assert (await driver.status()).state is ClusterState.ABSENT
    assert list((tmp_path / "state" / "clusters").glob("*")) == []
