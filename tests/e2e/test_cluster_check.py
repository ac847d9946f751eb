"""`fairlead local verify` on a real node, with what it tries broken one after the other; by a mere context; and on
simulated nodes.

Left out: a way in through an Ingress controller, for none builds here; nodes whose clocks differ (tests/unit).
"""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e.rig import Clone, tool
from fairlead.model.local_cluster import LocalCluster

pytestmark = pytest.mark.e2e

INSIDE = ("image", "DNS from a pod", "Service", "API from a pod", "storage", "way in")


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """A project whose cluster has one real node."""
    root = tmp_path_factory.mktemp("real")
    clone = Clone(folder=root / "project", home=root / "home", kubeconfig=root / "none")
    write_project(clone, driver="embedded", nodes="real")
    try:
        clone.run("local", "up", "--yes", timeout=900).expect()
        yield clone
    finally:
        clone.run("local", "down", timeout=300).expect()


def write_project(clone: Clone, **cluster: str) -> None:
    clone.write("m.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m, namespace: m}\n")
    clone.write(
        "fairlead.yaml",
        {
            "apiVersion": "fairlead.dev/v1",
            "project": "checks",
            "environments": {"local": {"cluster": cluster}},
            "components": [{"name": "m", "tier": "applications", "manifests": ["m.yaml"]}],
        },
    )


def kubectl(clone: Clone, *words: str) -> str:
    kubeconfig = clone.run("local", "kubeconfig").expect().out.strip()
    done = subprocess.run(
        [tool("kubectl"), f"--kubeconfig={kubeconfig}", *words], capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout


def statuses(found: Any) -> dict[str, str]:
    return {check["name"]: check["status"] for check in found["checks"]}


def assert_nothing_left(clone: Clone) -> None:
    assert "fairlead-check" not in kubectl(clone, "get", "namespaces", "-o", "name")


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_cluster_that_is_well_is_verified_and_nothing_stays(real: Clone) -> None:
    found = real.run("local", "verify", "-o", "json", "-q", timeout=300).expect()

    assert set(statuses(found.json).values()) == {"passed"}, found.out
    assert found.json["is_verified"] is True
    assert_nothing_left(real)


@pytest.fixture
def broken(real: Clone) -> Iterator[Clone]:
    """No DNS server runs, and no storage class is the default one."""
    storage_class, mark = kubectl(real, "get", "storageclass", "-o", "name").strip(), "storageclass.kubernetes.io"
    kubectl(real, "annotate", storage_class, f"{mark}/is-default-class=false", "--overwrite")
    kubectl(real, "-n", "kube-system", "scale", "deployment/coredns", "--replicas=0")
    kubectl(real, "-n", "kube-system", "wait", "pod", "-l", "k8s-app=kube-dns", "--for=delete", "--timeout=90s")
    yield real
    kubectl(real, "annotate", storage_class, f"{mark}/is-default-class=true", "--overwrite")
    kubectl(real, "-n", "kube-system", "scale", "deployment/coredns", "--replicas=1")
    kubectl(real, "-n", "kube-system", "rollout", "status", "deployment/coredns", "--timeout=90s")


def test_what_is_broken_is_found_and_nothing_else(broken: Clone) -> None:
    found = broken.run("local", "verify", "-o", "json", "-q", timeout=400).expect(1)

    said = statuses(found.json)
    failed = {name for name, status in said.items() if status == "failed"}
    assert failed == {"DNS server", "DNS from a pod", "Service", "API from a pod", "storage"}
    assert {said[name] for name in set(said) - failed} == {"passed"}
    assert all(check["remedy"] for check in found.json["checks"] if check["status"] == "failed")
    assert_nothing_left(broken)


def test_a_context_is_verified_as_far_as_it_can_be(real: Clone, tmp_path: Path) -> None:
    kubeconfig = real.run("local", "kubeconfig").expect().out.strip()
    other = Clone(folder=tmp_path / "project", home=tmp_path / "home", kubeconfig=Path(kubeconfig))
    write_project(other, driver="context", kubeconfig=kubeconfig)

    found = other.run("local", "verify", "-o", "json", "-q", timeout=300).expect()
    said = statuses(found.json)
    assert {said.pop(name) for name in INSIDE} == {"not evaluated"}
    assert set(said.values()) == {"passed"}


def test_a_context_is_verified_in_full_with_an_image_that_its_nodes_have(real: Clone, tmp_path: Path) -> None:
    archive = str(tmp_path / "check.tar")
    image = real.run("local", "verify", "--save-image", archive, "-q", timeout=300).expect().out.split()[0]
    real.run("local", "load", archive, "-q", timeout=120).expect()
    kubeconfig = real.run("local", "kubeconfig").expect().out.strip()
    other = Clone(folder=tmp_path / "project", home=tmp_path / "home", kubeconfig=Path(kubeconfig))
    write_project(other, driver="context", kubeconfig=kubeconfig)

    found = other.run("local", "verify", "--image", image, "-o", "json", "-q", timeout=300).expect()
    said = statuses(found.json)
    assert said.pop("way in") == "not evaluated"
    assert set(said.values()) == {"passed"}


def test_an_image_that_does_not_come_is_told_and_nothing_stays(real: Clone) -> None:
    image = "fairlead.local/not-there:1"
    found = real.run("local", "verify", "--image", image, "--timeout", "10s", "-o", "json", "-q", timeout=300).expect(1)

    said = statuses(found.json)
    assert said["image"] == "failed"
    assert {said[name] for name in INSIDE[1:]} == {"not evaluated"}
    assert_nothing_left(real)


def test_an_interrupted_check_leaves_nothing(real: Clone) -> None:
    started = real.start("local", "verify")
    until(lambda: "fairlead-check" in kubectl(real, "get", "namespaces", "-o", "name"))
    started.send_signal(signal.SIGINT)
    started.communicate(timeout=120)

    assert started.returncode == 130
    until(lambda: "fairlead-check" not in kubectl(real, "get", "namespaces", "-o", "name"))


def test_simulated_nodes_verify_nothing(local_cluster: LocalCluster, clone: Clone) -> None:
    write_project(clone, driver="context", kubeconfig=local_cluster.kubeconfig)

    found = clone.run("local", "verify", "-o", "json", "-q").expect(1)
    assert found.json["is_verified"] is False
    passed = {name for name, status in statuses(found.json).items() if status == "passed"}
    assert passed == {"API latency", "clock"}
    assert "failed" not in statuses(found.json).values()
