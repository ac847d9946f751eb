"""Images on a real node, which needs root: built and loaded, fetched early by the driver and by pods."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e.registry_rig import Registry, no_logins, running
from e2e.rig import Clone
from fairlead.adapters.images.builder import ImageBuilder
from fairlead.formats.json_data import dig
from fairlead.model.image import GoSource, ImageRequest, ImageSource, short_digest

pytestmark = pytest.mark.e2e

SERVER = """
package main

import "net/http"

func main() { panic(http.ListenAndServe(":8080", nil)) }
"""
GO = GoSource(texts={"go.mod": "module example.test/server\n\ngo 1.21\n", "main.go": SERVER}, programs={"/server": "."})
REAL = {"driver": "embedded", "nodes": "real", "count": 1}


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """A project with a cluster of its own."""
    root = tmp_path_factory.mktemp("real")
    clone = Clone(folder=root / "project", home=root / "home", kubeconfig=root / "none")
    for name in ("GOCACHE", "GOMODCACHE"):
        done = subprocess.run(["go", "env", name], capture_output=True, text=True, check=True)
        clone.environ[name] = done.stdout.strip()
    write(clone, REAL)
    try:
        clone.run("local", "up", timeout=600).expect()
        status = clone.run("local", "status", "--output", "json").expect().json
        clone.kubeconfig = Path(status["kubeconfig"])
        yield clone
    finally:
        write(clone, REAL)
        clone.run("local", "down").expect()


def write(clone: Clone, cluster: dict[str, Any], *components: dict[str, Any], project: str = "images") -> None:
    clone.write(
        "fairlead.yaml",
        {
            "apiVersion": "fairlead.dev/v1",
            "project": project,
            "environments": {"local": {"cluster": cluster}},
            "components": list(components),
        },
    )


def workload(clone: Clone, name: str, *images: str) -> dict[str, Any]:
    """A component of one Deployment, all of whose containers must be ready."""
    labels = {"app": name}
    pod = {"containers": [{"name": f"c{n}", "image": image} for n, image in enumerate(images)]}
    clone.write(
        f"{name}.yaml",
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name, "namespace": name},
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": pod},
            },
        },
    )
    return {"name": name, "manifests": f"{name}.yaml", "timeout": "60s"}


def pushed(registry: Registry, name: str, home: Path) -> str:
    """An image that is in the registry and on no node."""
    builder = ImageBuilder(cache=home / "cache" / "fairlead", registries=no_logins(home))
    request = ImageRequest(name=name, source=ImageSource(go=GO, labels={"name": name}))
    image = asyncio.run(builder.build(request, tell=print))
    asyncio.run(builder.push(image, f"{registry.host}/{name}", tell=print))
    return f"{registry.host}/{name}:{short_digest(image.digest)}"


def node_network(clone: Clone) -> tuple[str, ...]:
    """The words that run a program in the node's network."""
    record = json.loads((clone.kubeconfig.parent / "cluster.json").read_text())
    return ("nsenter", "--net", "--target", str(dig(record, "processes", "containerd-0", "pid")))


def test_a_built_image_runs_and_is_left_alone_after(real: Clone) -> None:
    real.write("server/go.mod", GO.texts["go.mod"])
    real.write("server/main.go", GO.texts["main.go"])
    image = {"name": "server-image", "image": {"go": {"folder": "server"}}}
    write(real, REAL, image, {**workload(real, "server", "server"), "images": {"server": "server-image"}})
    first = real.run("deploy", "--yes").expect()
    assert "loaded into 1 node" in first.out + first.err
    again = real.run("deploy", "--yes").expect()
    assert "source as recorded: fairlead.local/server-image:" in again.out + again.err
    assert "loading" not in again.out + again.err


def test_the_driver_fetches_what_the_node_cannot_reach(real: Clone, tmp_path: Path) -> None:
    with running(tmp_path / "registry") as registry:
        image = pushed(registry, "early", tmp_path)
        write(real, REAL, workload(real, "early", image))
        done = real.run("deploy", "--yes", "--cache-images").expect()
    assert "1 fetched for 1 nodes, 1 wanted" in done.out + done.err


def test_pods_fetch_in_a_cluster_of_somebody_else(real: Clone, tmp_path: Path) -> None:
    cluster = {"driver": "context", "kubeconfig": str(real.kubeconfig)}
    with running(tmp_path / "registry") as registry:
        image = pushed(registry, "theirs", tmp_path)
        absent = {**workload(real, "absent", f"{registry.host}/absent:1"), "timeout": "1s"}
        write(real, cluster, workload(real, "theirs", image), absent, project="theirs")
    with running(tmp_path / "registry", host=registry.host, within=node_network(real)):
        done = real.run("deploy", "--yes", "--cache-images").expect(1)
    said = done.out + done.err
    assert "1 fetched for 1 nodes, 2 wanted; 1 not:" in said
    assert f"{registry.host}/absent:1 was not fetched on " in said
    assert "✓ theirs: changed" in said
    assert real.kubectl("-n", "fairlead-system", "get", "pods", "-o", "name") == ""


def test_a_pushed_image_runs_where_the_node_cannot_reach_the_registry(real: Clone, tmp_path: Path) -> None:
    real.write("server/go.mod", GO.texts["go.mod"])
    real.write("server/main.go", GO.texts["main.go"])
    with running(tmp_path / "registry") as registry:
        place = f"{registry.host}/team/pushed"
        image = {"name": "pushed-image", "image": {"go": {"folder": "server"}, "push": place}}
        write(real, REAL, image, {**workload(real, "pushed", "server"), "images": {"server": "pushed-image"}})
        done = real.run("deploy", "--yes").expect()
    assert "pushed, loaded into 1 node" in done.out + done.err
    named = real.kubectl("-n", "pushed", "get", "pods", "-o", "jsonpath={.items[0].spec.containers[0].image}")
    assert named.startswith(f"{place}@sha256:")
    by_tag = f"{place}:{named.rpartition(':')[2][:12]}"
    write(real, REAL, image, workload(real, "tagged", by_tag))
    real.run("deploy", "--yes", "--selector", "tagged").expect()
