"""examples/homelab for real: one cluster with a real node, one deployment, and what a person does after it. Needs root.

- five green phases, every pod running
- pages of both applications, fetched from the host through the gateway
- a second deployment starts no tool
- what the cache holds outlives its pod
- what somebody breaks is found, refused, mended
- metrics of its pods
- no drift, after its pods ran for as long as all of this took
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from e2e.rig import HOMELAB, Clone, eventually, tools_folder

pytestmark = pytest.mark.e2e

PATIENCE = 120.0
"""Seconds that a page may take to appear: the gateway looks every 3 s, but the machine may be busy."""


@pytest.fixture(scope="module")
def homelab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """The example as it is, deployed on a cluster of its own."""
    assert os.geteuid() == 0, "real nodes need root"
    root = tmp_path_factory.mktemp("homelab")
    clone = Clone(folder=root / "project", home=root / "home", kubeconfig=root / "none")
    clone.share_images()
    clone.environ |= {"FAIRLEAD_ENVIRONMENT": "local", "FAIRLEAD_NODES": "real", "CI": "true"}
    shutil.copytree(HOMELAB, clone.folder, dirs_exist_ok=True)
    clone.commit()
    try:
        clone.run("local", "up", timeout=1800).expect()
        clone.kubeconfig = Path(clone.run("local", "kubeconfig").expect().out.strip())
        yield clone
    finally:
        clone.run("local", "down", timeout=300).expect()


@pytest.fixture(scope="module")
def deployed(homelab: Clone) -> dict[str, Any]:
    """The report of the first deployment. Images that nobody built yet take minutes."""
    report: dict[str, Any] = homelab.run("deploy", "--yes", "-o", "json", timeout=3000).expect().json
    return report


@pytest.fixture
def platform(homelab: Clone, deployed: dict[str, Any]) -> Clone:
    return homelab


def page(clone: Clone, name: str) -> tuple[int, str]:
    """What the gateway answers to the host; 0 where nobody answers."""
    web = urlsplit(clone.run("local", "status", "-o", "json").expect().json["web_url"])
    connection = http.client.HTTPConnection(web.hostname or "", web.port, timeout=60)
    try:
        connection.request("GET", "/", headers={"Host": f"{name}.localhost"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except OSError as err:
        return 0, str(err)
    finally:
        connection.close()


def redis(clone: Clone, *words: str) -> str:
    """A command to the cache by its own client in its pod."""
    program = ("redis-cli", "-a", password(clone), "--no-auth-warning")
    return clone.kubectl("exec", "-n", "data", "cache-0", "--", "/usr/bin/" + program[0], *program[1:], *words).strip()


def password(clone: Clone) -> str:
    settings = clone.kubectl("get", "secret", "cache", "-n", "data", "-o", 'go-template={{index .data "redis.conf"}}')
    lines = base64.b64decode(settings).decode().splitlines()
    return next(line.split()[1] for line in lines if line.startswith("requirepass "))


def test_all_five_phases_are_green(deployed: dict[str, Any]) -> None:
    outcomes = {p["phase"]: p["outcome"] for p in deployed["run"]["phases"]}
    assert outcomes == {
        "validate": "passed",
        "provision": "changed",
        "deploy": "changed",
        "secure": "passed",
        "test": "passed",
    }
    assert "unpromotable" not in deployed["run"]["bundle"]


def test_every_pod_runs(platform: Clone) -> None:
    pods = json.loads(platform.kubectl("get", "pods", "-A", "-o", "json"))["items"]
    assert len(pods) >= 12
    assert {p["metadata"]["name"]: p["status"]["phase"] for p in pods if p["status"]["phase"] != "Running"} == {}


@pytest.mark.parametrize(
    ("name", "message"),
    [("podinfo", "Deployed by Fairlead to development"), ("pages", "Deployed by Fairlead, built by Kustomize")],
)
def test_page_is_fetched_from_the_host(platform: Clone, name: str, message: str) -> None:
    body = eventually(lambda: (found := page(platform, name))[0] == 200 and found[1], seconds=PATIENCE)
    assert json.loads(body)["message"] == message


def test_second_deployment_starts_no_tool(platform: Clone, tmp_path: Path) -> None:
    cache = platform.cache / "fairlead" / "tools"
    cache.unlink()
    traps = tmp_path / "traps"
    programs = {"helm": "4.3.1", "kustomize": "5.8.1", "tofu": "1.12.6"}
    try:
        for program, version in programs.items():
            trap = traps / program / f"{version}-linux-amd64" / program
            trap.parent.mkdir(parents=True)
            trap.write_text(f"#!/bin/sh\necho {program} >> {tmp_path}/started\nexit 1\n")
            trap.chmod(0o755)
        cache.symlink_to(traps)
        report = platform.run("deploy", "--yes", "-o", "json").expect().json
    finally:
        cache.unlink()
        cache.symlink_to(tools_folder())
    assert not report["changed"]
    assert not (tmp_path / "started").exists()


def test_what_the_cache_holds_outlives_its_pod(platform: Clone) -> None:
    assert redis(platform, "SET", "answer", "42") == "OK"
    before = platform.kubectl("get", "pod", "cache-0", "-n", "data", "-o", "jsonpath={.metadata.uid}")
    platform.kubectl("delete", "pod", "cache-0", "-n", "data")
    platform.kubectl("wait", "--for=condition=Ready", "pod/cache-0", "-n", "data", f"--timeout={PATIENCE:.0f}s")
    assert platform.kubectl("get", "pod", "cache-0", "-n", "data", "-o", "jsonpath={.metadata.uid}") != before
    assert redis(platform, "GET", "answer") == "42"


def test_what_somebody_breaks_is_found_and_mended(platform: Clone) -> None:
    platform.kubectl("-n", "podinfo", "set", "selector", "service", "podinfo", "app=nothing")
    assert eventually(lambda: page(platform, "podinfo")[0] not in (0, 200), seconds=PATIENCE)
    plan = platform.run("plan", "--detailed-exitcode", "-o", "json").expect(2).json
    (change,) = [c for s in plan["steps"] for c in s["changes"] if c.get("conflicts")]
    (conflict,) = change["conflicts"]
    assert conflict.pop("since")
    assert conflict == {"path": ".spec.selector.app", "wanted": "podinfo", "found": "nothing", "owner": "kubectl-set"}
    platform.run("deploy", "--yes", "-l", "podinfo").expect(3)
    platform.run("deploy", "--yes", "-l", "podinfo", "--force-conflicts", timeout=300).expect()
    assert eventually(lambda: page(platform, "podinfo")[0] == 200, seconds=PATIENCE)


def test_metrics_of_pods_are_there(platform: Clone) -> None:
    assert eventually(
        lambda: "podinfo" in platform.kubectl("top", "pods", "-n", "podinfo", check=False), seconds=PATIENCE
    )


def test_no_drift_is_found_after_real_pods_ran(platform: Clone) -> None:
    """What controllers, defaulting, webhooks and status did since the deployment is none."""
    report = platform.run("drift", "-o", "json", timeout=120).expect(0).json
    assert report["objects"] > 60
    assert report.get("drifts", []) == []
