"""What the driver does when programs do not do their part. The programs are scripts; the real ones are in tests/e2e."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fairlead.adapters.clusters.embedded.cluster import EmbeddedCluster, RealNodes
from fairlead.adapters.clusters.embedded.kinds import NodeChoice
from fairlead.adapters.clusters.embedded.processes import find_marked
from fairlead.adapters.clusters.embedded.real.machine import MOST_NODES
from fairlead.adapters.clusters.folder import MARKER, claim, cluster_folder
from fairlead.adapters.images.builder import ImageBuilder
from fairlead.adapters.tools.system import SystemPackages
from fairlead.model.environment import NodeKind
from fairlead.model.errors import InputError, Unavailable
from fairlead.model.local_cluster import ClusterState


class RealClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class ScriptTools:
    """Every tool is one shell script."""

    def __init__(self, folder: Path, script: str) -> None:
        self._path = folder / "tool.sh"
        self._path.write_text(f"#!/bin/sh\n{script}\n")
        self._path.chmod(0o755)

    async def path(self, name: str) -> Path:
        return self._path

    def version(self, name: str) -> str:
        return "1.34.2"


def make_cluster(
    tmp_path: Path, *, script: str = "exit 1", count: int = 2, kubernetes: str = "1.34"
) -> EmbeddedCluster:
    return EmbeddedCluster(
        cluster_folder(tmp_path / "state", "homelab", "local"),
        tools=ScriptTools(tmp_path, script),
        clock=RealClock(),
        progress=lambda line: None,
        count=count,
        kubernetes=kubernetes,
    )


def folder_of(cluster: EmbeddedCluster) -> Path:
    return cluster.kubeconfig.parent


async def test_program_that_ends_is_named_with_its_last_words(tmp_path: Path) -> None:
    cluster = make_cluster(tmp_path, script="echo the disk is on fire; exit 1")

    with pytest.raises(Unavailable, match="etcd ended while waiting for etcd: the disk is on fire"):
        await cluster.up()
    assert (await cluster.status()).state is ClusterState.STOPPED
    assert not any(find_marked(folder_of(cluster)))


async def test_cancelled_start_leaves_no_process(tmp_path: Path) -> None:
    cluster = make_cluster(tmp_path, script="exec sleep 60")
    start = asyncio.create_task(cluster.up())
    deadline = time.monotonic() + 60
    while not any(find_marked(folder_of(cluster))):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
    start.cancel()

    with pytest.raises(asyncio.CancelledError):
        await start
    assert not any(find_marked(folder_of(cluster)))


async def test_down_after_a_failed_start_leaves_nothing(tmp_path: Path) -> None:
    cluster = make_cluster(tmp_path)
    with pytest.raises(Unavailable):
        await cluster.up()

    await cluster.down()
    assert (await cluster.status()).state is ClusterState.ABSENT
    assert list((tmp_path / "state/clusters").iterdir()) == []


async def test_down_of_nothing_makes_nothing(tmp_path: Path) -> None:
    await make_cluster(tmp_path).down()
    assert not (tmp_path / "state").exists()


async def test_down_removes_a_cluster_whose_record_is_damaged(tmp_path: Path) -> None:
    cluster = make_cluster(tmp_path)
    claim(folder_of(cluster))
    (folder_of(cluster) / "cluster.json").write_text("{")
    assert (await cluster.status()).state is ClusterState.BROKEN

    await cluster.down()
    assert (await cluster.status()).state is ClusterState.ABSENT


async def test_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    cluster = make_cluster(tmp_path)
    folder_of(cluster).mkdir(parents=True)
    (folder_of(cluster) / "letter.txt").touch()

    for operation in (cluster.up, cluster.down):
        with pytest.raises(InputError, match="belong to no cluster"):
            await operation()
    assert [path.name for path in folder_of(cluster).iterdir()] == ["letter.txt"]


async def test_place_that_holds_no_folder_is_unavailable_and_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")

    with pytest.raises(Unavailable, match=str(tmp_path / "state")):
        await make_cluster(tmp_path).up()


@pytest.mark.parametrize("kubernetes", ["1.33", "1.3", "2"])
async def test_version_that_is_not_pinned_is_an_input_error(tmp_path: Path, kubernetes: str) -> None:
    with pytest.raises(InputError, match=r"only 1\.34\.2"):
        await make_cluster(tmp_path, kubernetes=kubernetes).up()


async def test_cluster_without_nodes_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="-1 nodes"):
        await make_cluster(tmp_path, count=-1).up()


@pytest.mark.parametrize("verb", ["load", "pull"])
async def test_simulated_nodes_take_no_image(tmp_path: Path, verb: str) -> None:
    cluster = make_cluster(tmp_path)
    with pytest.raises(InputError, match=r"simulated nodes hold no images: example\.test/web:1"):
        await (
            cluster.load(tmp_path / "web.tar", reference="example.test/web:1")
            if verb == "load"
            else cluster.pull("example.test/web:1")
        )


def test_marker_is_what_makes_a_folder_ours(tmp_path: Path) -> None:
    claim(tmp_path / "cluster")
    assert [path.name for path in (tmp_path / "cluster").iterdir()] == [MARKER]


async def test_too_many_real_nodes_are_refused_before_anything_is_fetched(tmp_path: Path) -> None:
    asked: list[str] = []

    async def ask(words: str) -> bool:
        asked.append(words)
        return False

    cluster = EmbeddedCluster(
        cluster_folder(tmp_path / "state", "homelab", "local"),
        tools=ScriptTools(tmp_path, "exit 1"),
        clock=RealClock(),
        progress=asked.append,
        nodes=NodeKind.REAL,
        count=MOST_NODES + 1,
        real=RealNodes(
            choice=NodeChoice(packages=SystemPackages(progress=asked.append), may_install=ask),
            images=ImageBuilder(cache=tmp_path / "cache"),
            addons={},
        ),
    )
    with pytest.raises(InputError, match=f"does not carry {MOST_NODES + 1} real nodes"):
        await cluster.up()
    assert asked == []
