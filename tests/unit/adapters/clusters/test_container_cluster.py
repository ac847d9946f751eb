"""What is done with kind, k3d and minikube when things go wrong. The programs are stand-ins that keep clusters in a
file; what every driver does is in tests/contract, the real programs' flags in tests/e2e.

Cases: sizes and versions, a reboot, a part that stopped, an engine that does not answer, a creation that fails, a
cluster that somebody removed, images, programs that are missing or answer something else.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from container_programs import ContainerPrograms
from fairlead.adapters.clock import SystemClock
from fairlead.adapters.clusters.container_cluster import ContainerCluster
from fairlead.adapters.clusters.folder import cluster_folder
from fairlead.adapters.clusters.k3d import K3d
from fairlead.adapters.clusters.kind import NODE_IMAGES, Kind
from fairlead.adapters.clusters.made import MADE, maker_of
from fairlead.adapters.clusters.minikube import Minikube
from fairlead.adapters.clusters.product import Product, cluster_name
from fairlead.adapters.clusters.programs import Programs
from fairlead.model.errors import InputError, Refused, Unavailable
from fairlead.model.local_cluster import ClusterState

PRODUCTS: dict[str, Product] = {"kind": Kind(engine="docker"), "k3d": K3d(), "minikube": Minikube()}


@pytest.fixture
def programs(tmp_path: Path) -> ContainerPrograms:
    return ContainerPrograms.make(tmp_path / "bin", "docker", *PRODUCTS)


def make(
    tmp_path: Path, programs: ContainerPrograms, product: str, *, nodes: int = 2, kubernetes: str = "1.34"
) -> ContainerCluster:
    return ContainerCluster(
        cluster_folder(tmp_path / "state", "homelab", "local"),
        product=PRODUCTS[product],
        programs=Programs(programs, environ=programs.environ, tell=print),
        clock=SystemClock(),
        progress=print,
        nodes=nodes,
        kubernetes=kubernetes,
    )


@pytest.mark.parametrize("product", PRODUCTS)
async def test_the_project_file_says_how_many_nodes(tmp_path: Path, programs: ContainerPrograms, product: str) -> None:
    await make(tmp_path, programs, product, nodes=3).up()

    (cluster,) = programs.clusters().values()
    assert len(cluster["nodes"]) == 3


@pytest.mark.parametrize(
    ("product", "version", "image"),
    [
        ("kind", "1.34", NODE_IMAGES["1.34"]),
        ("kind", "1.33.4", "kindest/node:v1.33.4"),
        ("k3d", "1.34", "+v1.34"),
        ("k3d", "1.34.2", "rancher/k3s:v1.34.2-k3s1"),
        ("minikube", "1.34", "v1.34"),
    ],
)
async def test_the_project_file_says_which_kubernetes(
    tmp_path: Path, programs: ContainerPrograms, product: str, version: str, image: str
) -> None:
    await make(tmp_path, programs, product, kubernetes=version).up()

    (cluster,) = programs.clusters().values()
    assert cluster["image"] == image


async def test_kind_needs_the_patch_of_a_minor_it_has_no_image_for(tmp_path: Path, programs: ContainerPrograms) -> None:
    with pytest.raises(InputError, match=r"which patch of Kubernetes 1\.33"):
        await make(tmp_path, programs, "kind", kubernetes="1.33").up()
    assert programs.clusters() == {}


async def test_port_80_of_kind_is_reached_on_loopback_only(tmp_path: Path, programs: ContainerPrograms) -> None:
    made = await make(tmp_path, programs, "kind").up()

    (cluster,) = programs.clusters().values()
    (way_in,) = cluster["config"]["nodes"][0]["extraPortMappings"]
    assert way_in["listenAddress"] == "127.0.0.1"
    assert made.web_url == f"http://127.0.0.1:{way_in['hostPort']}"


@pytest.mark.parametrize("product", PRODUCTS)
async def test_after_a_reboot_the_cluster_is_stopped_and_up_starts_it_again(
    tmp_path: Path, programs: ContainerPrograms, product: str
) -> None:
    cluster = make(tmp_path, programs, product)
    before = await cluster.up()
    programs.stop_nodes()

    assert (await cluster.status()).state is ClusterState.STOPPED
    again = await cluster.up()
    assert (again.state, again.name) == (ClusterState.RUNNING, before.name)
    assert len(programs.clusters()) == 1


@pytest.mark.parametrize("product", ["kind", "k3d"])
async def test_a_node_that_stopped_breaks_the_cluster_and_up_repairs_it(
    tmp_path: Path, programs: ContainerPrograms, product: str
) -> None:
    cluster = make(tmp_path, programs, product)
    name = (await cluster.up()).name
    programs.stop_nodes(f"{product}-{name}-1")

    assert (await cluster.status()).state is ClusterState.BROKEN
    assert (await cluster.up()).state is ClusterState.RUNNING


@pytest.mark.parametrize("product", ["kind", "k3d"])
async def test_an_engine_that_does_not_answer_makes_the_cluster_stopped_with_its_words(
    tmp_path: Path, programs: ContainerPrograms, product: str
) -> None:
    cluster = make(tmp_path, programs, product)
    await cluster.up()
    programs.change(answers=False)

    status = await cluster.status()
    assert status.state is ClusterState.STOPPED
    assert "Cannot connect to the Docker daemon" in status.notes[0]


@pytest.mark.parametrize("product", PRODUCTS)
async def test_down_without_the_engine_keeps_the_record(
    tmp_path: Path, programs: ContainerPrograms, product: str
) -> None:
    cluster = make(tmp_path, programs, product)
    await cluster.up()
    programs.change(answers=False)

    with pytest.raises(Unavailable, match="Cannot connect") as caught:
        await cluster.down()
    assert caught.value.hint == "start the container engine, e.g. its daemon"
    assert maker_of(cluster.kubeconfig.parent) is PRODUCTS[product].driver


async def test_a_cluster_that_is_there_after_its_removal_is_told(tmp_path: Path, programs: ContainerPrograms) -> None:
    cluster = make(tmp_path, programs, "k3d")
    await cluster.up()
    programs.change(keeps=True)

    with pytest.raises(Unavailable, match="it is there still"):
        await cluster.down()
    assert (await cluster.status()).state is ClusterState.RUNNING


@pytest.mark.parametrize("product", PRODUCTS)
async def test_a_creation_that_fails_is_cleaned_up_and_named(
    tmp_path: Path, programs: ContainerPrograms, product: str
) -> None:
    cluster = make(tmp_path, programs, product)
    programs.change(dies=True)

    with pytest.raises(Unavailable, match="the node image cannot be pulled"):
        await cluster.up()
    assert programs.clusters() == {}
    assert (await cluster.up()).state is ClusterState.RUNNING


@pytest.mark.parametrize("product", PRODUCTS)
async def test_a_cluster_that_somebody_removed_is_made_anew(
    tmp_path: Path, programs: ContainerPrograms, product: str
) -> None:
    cluster = make(tmp_path, programs, product)
    name = (await cluster.up()).name
    programs.change(clusters={})

    status = await cluster.status()
    assert status.state is ClusterState.STOPPED
    assert f"knows no cluster {name}" in status.notes[0]
    assert (await cluster.up()).state is ClusterState.RUNNING


async def test_another_size_is_refused_and_says_what_to_do(tmp_path: Path, programs: ContainerPrograms) -> None:
    await make(tmp_path, programs, "kind").up()

    with pytest.raises(InputError, match=r"2 nodes, not 1\.34 and 3") as caught:
        await make(tmp_path, programs, "kind", nodes=3).up()
    assert "fairlead local down" in caught.value.hint


@pytest.mark.parametrize("product", PRODUCTS)
async def test_an_image_archive_goes_to_the_nodes(tmp_path: Path, programs: ContainerPrograms, product: str) -> None:
    archive = tmp_path / "web.tar"
    archive.touch()
    cluster = make(tmp_path, programs, product)
    await cluster.up()

    await cluster.load(archive, reference="example.test/web:1")
    (made,) = programs.clusters().values()
    assert made["images"] == [str(archive)]


@pytest.mark.parametrize("product", ["kind", "k3d"])
async def test_an_image_is_pulled_on_every_node(tmp_path: Path, programs: ContainerPrograms, product: str) -> None:
    cluster = make(tmp_path, programs, product)
    name = (await cluster.up()).name

    await cluster.pull("example.test/web:1")
    (made,) = programs.clusters().values()
    assert made["images"] == [f"{product}-{name}-{index} example.test/web:1" for index in (0, 1)]


async def test_an_archive_that_is_not_there_is_an_input_error(tmp_path: Path, programs: ContainerPrograms) -> None:
    cluster = make(tmp_path, programs, "kind")
    await cluster.up()

    with pytest.raises(InputError, match=r"no image archive .*web\.tar"):
        await cluster.load(tmp_path / "web.tar", reference="example.test/web:1")


async def test_images_for_a_cluster_that_is_not_there_are_refused(tmp_path: Path, programs: ContainerPrograms) -> None:
    with pytest.raises(Unavailable, match="not running"):
        await make(tmp_path, programs, "k3d").pull("example.test/web:1")


async def test_a_program_that_is_missing_is_named(tmp_path: Path) -> None:
    programs = ContainerPrograms.make(tmp_path / "bin", "docker")

    with pytest.raises(Unavailable, match="minikube is not on PATH"):
        await make(tmp_path, programs, "minikube").up()


async def test_an_answer_of_another_form_is_unavailable(tmp_path: Path, programs: ContainerPrograms) -> None:
    cluster = make(tmp_path, programs, "k3d")
    await cluster.up()
    (programs.folder / "k3d").write_text("#!/bin/sh\necho no clusters\n")

    status = await cluster.status()
    assert "the answer of k3d cluster list cannot be read" in status.notes[0]


async def test_a_record_that_is_none_is_an_input_error(tmp_path: Path, programs: ContainerPrograms) -> None:
    cluster = make(tmp_path, programs, "kind")
    await cluster.up()
    (cluster.kubeconfig.parent / MADE).write_text("{}")

    with pytest.raises(InputError, match="not the record of a cluster"):
        await cluster.status()


async def test_the_users_own_kubeconfig_is_left_alone(
    tmp_path: Path, programs: ContainerPrograms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    cluster = make(tmp_path, programs, "minikube")
    await cluster.up()

    await cluster.down()
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("product", PRODUCTS)
async def test_the_same_path_on_another_machine_is_another_cluster(
    tmp_path: Path, programs: ContainerPrograms, product: str
) -> None:
    """Two CI containers with one container engine: what fails in one must not remove the other's."""
    first = await make(tmp_path, programs, product).up()
    (tmp_path / "state").rename(tmp_path / "elsewhere")
    programs.change(dies=True)

    with pytest.raises(Unavailable, match="cannot be pulled"):
        await make(tmp_path, programs, product).up()
    assert list(programs.clusters()) == [first.name]
    second = await make(tmp_path, programs, product).up()
    assert set(programs.clusters()) == {first.name, second.name}


@pytest.mark.parametrize("product", PRODUCTS)
async def test_a_cluster_that_nobody_recorded_is_not_taken_over(
    tmp_path: Path, programs: ContainerPrograms, product: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secrets.token_hex", lambda size: "ab" * size)
    first = await make(tmp_path, programs, product).up()
    (tmp_path / "state").rename(tmp_path / "elsewhere")

    with pytest.raises(Refused, match=f"there is a cluster {first.name} already"):
        await make(tmp_path, programs, product).up()
    await make(tmp_path, programs, product).down()
    assert list(programs.clusters()) == [first.name]


@pytest.mark.parametrize("verb", ["up", "down"])
async def test_a_state_folder_that_cannot_be_written_is_told(
    tmp_path: Path, programs: ContainerPrograms, verb: str
) -> None:
    cluster = make(tmp_path, programs, "kind")
    folder = cluster.kubeconfig.parent
    folder.mkdir(parents=True)
    (folder.parent / f".{folder.name}.lock").mkdir()

    with pytest.raises(Unavailable, match="cannot keep a cluster in") as caught:
        await getattr(cluster, verb)()
    assert "check its space and its rights" in caught.value.hint


def test_names_differ_where_all_words_are_the_same() -> None:
    assert len({cluster_name("homelab", "local") for _ in range(8)}) > 1


def test_a_long_name_is_shortened() -> None:
    name = cluster_name("x" * 80, "Производство")
    assert len(name) <= 32
    assert name.isascii()
