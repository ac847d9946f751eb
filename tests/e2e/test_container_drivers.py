"""Our command lines before the real kind and k3d: every flag is theirs, and without a container engine they fail for
that reason only, after they have read all we give them.

No engine runs where these tests do, so no cluster is made. Left out: minikube, which does not build from Go modules.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from e2e.rig import tool
from fairlead.adapters.clusters.k3d import K3d
from fairlead.adapters.clusters.kind import Kind
from fairlead.adapters.clusters.product import Command, Order, Product
from fairlead.adapters.clusters.programs import Programs
from fairlead.adapters.tools.cache import default_cache
from fairlead.adapters.tools.chain import ToolChain
from fairlead.model.errors import Unavailable

pytestmark = pytest.mark.e2e

PRODUCTS: dict[str, Product] = {"kind": Kind(engine="docker"), "k3d": K3d()}
DEAD_DOCKER = "#!/bin/sh\necho 'Cannot connect to the Docker daemon at unix:///x.sock.' >&2\nexit 1\n"


def commands(product: Product, folder: Path) -> dict[str, Command]:
    """All that we say to the product itself."""
    # A full version: for a minor, k3d asks the network which patch is the newest.
    order = Order(
        name="homelab-local-3fa9c2", kubernetes="1.34.2", nodes=3, web_port=21080, kubeconfig=folder / "kubeconfig"
    )
    archive = folder / "web.tar"
    archive.touch()
    said = {
        "survey": product.survey(order),
        "create": product.create(order),
        "start": product.start(order, ("a", "b")),
        "kubeconfig": product.kubeconfig(order),
        "delete": product.delete(order),
        "load": product.load(order, archive),
    }
    return {word: each for word, each in said.items() if each is not None and each.program == product.driver.value}


@pytest.mark.parametrize("name", PRODUCTS)
def test_every_flag_of_ours_is_one_of_theirs(name: str, tmp_path: Path) -> None:
    for command in commands(PRODUCTS[name], tmp_path).values():
        verb = command.arguments[:2]
        asked = subprocess.run([tool(name), *verb, "--help"], capture_output=True, text=True, check=True, timeout=180)
        flags = {word.partition("=")[0] for word in command.arguments if word.startswith("--")}
        assert {flag for flag in flags if f"{flag} " not in asked.stdout} == set(), verb
        # An unknown verb shows the help of the word before it.
        assert f"{name} {' '.join(verb)} " in asked.stdout


WORDS = [(name, word) for name in PRODUCTS for word in ("survey", "create", "start", "kubeconfig", "delete", "load")]
# kind leaves the first two to its engine; `k3d cluster delete` ends with 0 when no engine answers, which is why the
# driver looks before and after it.
LEFT_OUT = {("kind", "survey"), ("kind", "start"), ("k3d", "delete")}


@pytest.mark.parametrize(("name", "word"), sorted({*WORDS} - LEFT_OUT))
def test_without_an_engine_it_is_the_engine_that_is_missed(name: str, word: str, tmp_path: Path) -> None:
    command = commands(PRODUCTS[name], tmp_path)[word]
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(DEAD_DOCKER)
    docker.chmod(0o755)
    environ = {"PATH": f"{docker.parent}{os.pathsep}{os.defpath}", "DOCKER_HOST": f"unix://{tmp_path}/no.sock"}
    # kind asks the program docker, by the PATH that children see; k3d asks the socket.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", environ["PATH"])
        chain = ToolChain(default_cache(os.environ), progress=print, search_path=os.defpath)
        programs = Programs(chain, environ=environ, tell=print)
        with pytest.raises(
            Unavailable, match=r"(?i)docker daemon|docker command|failed to list|failed to get"
        ) as caught:
            asyncio.run(programs.run(command))
    assert "unknown flag" not in str(caught.value)


def test_a_wrong_flag_would_be_seen() -> None:
    asked = subprocess.run(
        [tool("kind"), "create", "cluster", "--nodes=3"], capture_output=True, text=True, timeout=180, check=False
    )
    assert "unknown flag" in asked.stderr


def test_kind_refuses_a_configuration_that_it_does_not_know() -> None:
    """So that the test above shows that ours is read: the engine is missed only after that."""
    command = [tool("kind"), "create", "cluster", "--config", "-"]
    asked = subprocess.run(command, input=b'{"kind": "Cluster"}', capture_output=True, timeout=180, check=False)
    assert asked.returncode == 1
    assert b"unknown apiVersion" in asked.stderr
