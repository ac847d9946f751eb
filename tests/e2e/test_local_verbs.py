"""`fairlead local …` on a cluster with one real node: verify, with what it tries broken; load, open, logs, list. And
verify by a mere context, and on simulated nodes.

Left out: a way in through an Ingress controller, for none builds here; nodes whose clocks differ (tests/unit).
"""

from __future__ import annotations

import concurrent.futures
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e.rig import Clone, eventually, tool
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
    kubectl(real, "-n", "kube-system", "wait", "pod", "-l", "k8s-app=kube-dns", "--for=delete", "--timeout=240s")
    yield real
    kubectl(real, "annotate", storage_class, f"{mark}/is-default-class=true", "--overwrite")
    kubectl(real, "-n", "kube-system", "scale", "deployment/coredns", "--replicas=1")
    kubectl(real, "-n", "kube-system", "rollout", "status", "deployment/coredns", "--timeout=240s")


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
    eventually(lambda: "fairlead-check" in kubectl(real, "get", "namespaces", "-o", "name"), seconds=120)
    started.send_signal(signal.SIGINT)
    started.communicate(timeout=120)

    assert started.returncode == 130
    eventually(lambda: "fairlead-check" not in kubectl(real, "get", "namespaces", "-o", "name"), seconds=120)


def test_simulated_nodes_verify_nothing(local_cluster: LocalCluster, clone: Clone) -> None:
    write_project(clone, driver="context", kubeconfig=local_cluster.kubeconfig)

    found = clone.run("local", "verify", "-o", "json", "-q").expect(1)
    assert found.json["is_verified"] is False
    passed = {name for name, status in statuses(found.json).items() if status == "passed"}
    assert passed == {"API latency", "clock"}
    assert "failed" not in statuses(found.json).values()


def test_a_service_is_opened_until_ctrl_c(real: Clone) -> None:
    started = real.start("local", "open", "kube-system/kube-dns:metrics")
    assert started.stdout is not None
    url = started.stdout.readline().strip()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        pages = list(pool.map(fetch, [f"{url}/metrics"] * 8))
    started.send_signal(signal.SIGINT)
    started.communicate(timeout=180)

    assert all(b"coredns_build_info" in page for page in pages)
    assert started.returncode == 0


def fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=60) as answer:
        content: bytes = answer.read()
    return content


@pytest.mark.parametrize(
    ("service", "said"),
    [
        ("kube-system/kube-dns", "Service kube-dns has 3 ports"),
        ("kube-system/kube-dns:99", "Service kube-dns has no port 99"),
        ("kube-system/nobody:1", "there is no Service kube-system/nobody"),
        ("kube-dns:53", "not a Service: kube-dns:53"),
    ],
)
def test_a_service_that_cannot_be_opened_is_told(real: Clone, service: str, said: str) -> None:
    assert said in real.run("local", "open", service).expect(4).err


def test_logs_of_a_process_are_printed_and_its_name_is_checked(real: Clone) -> None:
    assert "kube-apiserver" in real.run("local", "logs").expect().out
    assert len(real.run("local", "logs", "kubelet-0", "--tail", "3").expect().out.splitlines()) == 3
    assert "known processes are" in real.run("local", "logs", "nobody").expect(4).err


def test_the_cluster_is_listed_from_any_folder(real: Clone) -> None:
    (real.folder / "fairlead.yaml").rename(real.folder / "away.yaml")
    try:
        line = real.run("local", "list").expect().out
    finally:
        (real.folder / "away.yaml").rename(real.folder / "fairlead.yaml")
    assert line.split()[:3] == ["checks/local", "running", "embedded"]
