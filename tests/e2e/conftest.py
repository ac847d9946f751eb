"""Simulated clusters for test modules, and a clone of a project per test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from e2e.rig import Clone, empty_cluster
from fairlead.model.local_cluster import LocalCluster


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "own_cluster: a simulated cluster that no other module writes to")


@pytest.fixture(scope="session")
def shared_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    """The cluster of all modules of this worker that ask for none of their own: each start costs 8 s of processor."""
    with empty_cluster(tmp_path_factory.mktemp("shared")) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def own_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    """Empty when the module starts."""
    with empty_cluster(tmp_path_factory.mktemp("state")) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def local_cluster(request: pytest.FixtureRequest) -> LocalCluster:
    """A cluster with simulated nodes.

    Other modules were there before: projects, namespaces and kinds have names of the module's own, and audit events
    are read from where the log ended. A module that cannot do with that has the mark `own_cluster`.
    """
    own = request.node.get_closest_marker("own_cluster")
    found: LocalCluster = request.getfixturevalue("own_cluster" if own else "shared_cluster")
    return found


@pytest.fixture(scope="module")
def cluster(local_cluster: LocalCluster) -> LocalCluster:
    """The same; a module may give this name to its client."""
    return local_cluster


@pytest.fixture
def cluster_kubeconfig(local_cluster: LocalCluster) -> Path:
    return Path(local_cluster.kubeconfig)


@pytest.fixture
def audit_log(local_cluster: LocalCluster) -> Path:
    return Path(local_cluster.audit_log)


@pytest.fixture
def clone(cluster_kubeconfig: Path, tmp_path: Path) -> Clone:
    return Clone(folder=tmp_path / "project", home=tmp_path / "home", kubeconfig=cluster_kubeconfig)


@pytest.fixture
def another_clone(clone: Clone, tmp_path: Path) -> Callable[[str], Clone]:
    """Clone the repository of `clone` again, under new homes: another person's machine."""

    def make(name: str) -> Clone:
        other = Clone(folder=tmp_path / name, home=tmp_path / f"{name}-home", kubeconfig=clone.kubeconfig)
        other.folder.rmdir()
        clone.git("clone", "--quiet", str(clone.folder), str(other.folder))
        return other

    return make
