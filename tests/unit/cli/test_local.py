"""`fairlead local` from the command line to the programs, which are stand-ins: which driver is used, and what is said.

What a driver does is in tests/contract and tests/unit/adapters/clusters, real clusters are in tests/e2e.
"""

from __future__ import annotations

import os
from pathlib import Path

import orjson
import pytest

from container_programs import ContainerPrograms
from fairlead.cli.main import run

PROJECT = """
apiVersion: fairlead.dev/v1
project: homelab
environments:
  local: {{cluster: {{driver: {driver}, count: 2}}}}
components:
  - {{name: m, tier: applications, manifests: [m.yaml]}}
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ContainerPrograms:
    """On PATH before all others; the homes are empty, and we are not root."""
    made = ContainerPrograms.make(tmp_path / "bin", "docker", "kind", "k3d", "minikube")
    monkeypatch.setenv("PATH", f"{made.folder}{os.pathsep}{os.environ['PATH']}")
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    for name in ("FAIRLEAD_NODES", "FAIRLEAD_ENVIRONMENT", "KUBECONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    Path("m.yaml").touch()
    return made


def write(driver: str) -> None:
    Path("fairlead.yaml").write_text(PROJECT.format(driver=driver))


@pytest.mark.parametrize("driver", ["kind", "k3d", "minikube"])
def test_the_driver_of_the_project_makes_and_removes_the_cluster(
    programs: ContainerPrograms, driver: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(driver)

    assert run(["local", "up", "-q"]) == 0
    assert f"Kubernetes 1.34 by {driver} (homelab-local-" in capsys.readouterr().out
    assert [len(one["nodes"]) for one in programs.clusters().values()] == [2]
    assert run(["local", "down", "-q"]) == 0
    assert programs.clusters() == {}


def test_auto_takes_the_first_that_is_installed_and_stays_with_it(
    programs: ContainerPrograms, capsys: pytest.CaptureFixture[str]
) -> None:
    write("auto")

    assert run(["local", "up"]) == 0
    assert "driver auto -> minikube on docker: real nodes of our own need root" in capsys.readouterr().err
    (programs.folder / "minikube").rename(programs.folder / "minikube-away")
    assert run(["local", "status"]) == 1
    assert "driver auto -> minikube: it made the cluster that is there" in capsys.readouterr().out


def test_another_driver_in_the_project_is_refused_until_the_cluster_is_removed(
    programs: ContainerPrograms, capsys: pytest.CaptureFixture[str]
) -> None:
    write("kind")
    assert run(["local", "up", "-q"]) == 0
    write("k3d")

    assert run(["local", "up", "-q"]) == 4
    assert "the cluster that is there was made by kind, not by k3d" in capsys.readouterr().err
    assert run(["local", "down", "-q"]) == 0
    assert run(["local", "up", "-q"]) == 0
    assert list(programs.state["clusters"]["k3d"]) == list(programs.clusters())


@pytest.mark.parametrize("driver", ["k3s", "kubeadm"])
def test_a_driver_that_is_not_built_is_refused(
    programs: ContainerPrograms, driver: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(driver)

    for verb in ("up", "status", "verify"):
        assert run(["local", verb]) == 4
        assert f"cluster driver {driver} is not built yet" in capsys.readouterr().err
    assert programs.state["calls"] == []


def test_the_list_is_empty_before_and_has_the_cluster_after(
    programs: ContainerPrograms, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    write("kind")
    assert run(["local", "list"]) == 0
    assert capsysbinary.readouterr().out == b"no local cluster of this user\n"
    assert run(["local", "up", "-q"]) == 0
    capsysbinary.readouterr()

    assert run(["local", "list", "-o", "json"]) == 0
    (listed,) = orjson.loads(capsysbinary.readouterr().out)["clusters"]
    assert (listed["driver"], listed["state"], listed["name"]) == ("kind", "running", *programs.clusters())


def test_logs_of_a_cluster_of_containers_are_elsewhere(
    programs: ContainerPrograms, capsys: pytest.CaptureFixture[str]
) -> None:
    write("kind")
    assert run(["local", "up", "-q"]) == 0

    assert run(["local", "logs"]) == 4
    assert "its nodes are containers" in capsys.readouterr().err
