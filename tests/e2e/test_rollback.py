"""A release through its bad days: upgraded, refused, failed, rolled back by itself and by hand, twice.

One chart with hooks, CRDs and a password that it makes up on each rendering; a Secret of plain manifests beside it. At
each step: the record, `helm history`, the live objects.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from e2e.crash_rig import SHORT_LEASE, Api, catch, child, release
from e2e.helm_tools import CHARTS
from e2e.objects import config_map, stream
from e2e.rig import Clone, ended, eventually, tool

pytestmark = pytest.mark.e2e


class Shop:
    """One project with a release `shop` and plain objects `plain`, in a namespace of its own."""

    def __init__(self, clone: Clone) -> None:
        self.clone = clone
        self.space = f"shop{uuid4().hex[:6]}"
        self.group = f"{self.space}.example.test"
        shutil.copytree(CHARTS / "shop", clone.folder / "shop")
        # A definition belongs to one project of a cluster, and each test has a project.
        for file in ("crds/coupons.yaml", "templates/shop.yaml"):
            self.clone.write(
                f"shop/{file}", (CHARTS / "shop" / file).read_text().replace("shop.example.test", self.group)
            )
        self.plain(colour="red")
        self.values()

    def project(self, **environment: Any) -> None:
        shop = {"name": "shop", "namespace": self.space, "helm": {"chart": "shop"}, "timeout": "20s"}
        plain = {"name": "plain", "namespace": self.space, "manifests": ["plain.yaml"], "needs": ["shop"]}
        self.clone.project(self.space, shop, plain, **environment)

    def values(self, **values: Any) -> None:
        self.clone.write("environments/local/shop.yaml", values)

    def plain(self, *more: dict[str, Any], password: str = "same", colour: str) -> None:
        secret = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "login"},
            "stringData": {"password": password},
        }
        self.clone.write("plain.yaml", stream(config_map("settings", colour=colour), secret, *more))

    def newer_crds(self) -> None:
        """The chart's CRD with a column more."""
        file = self.clone.folder / "shop/crds/coupons.yaml"
        column = "      additionalPrinterColumns: [{name: Percent, type: integer, jsonPath: .percent}]\n"
        file.write_text(file.read_text().replace("      storage: true\n", f"      storage: true\n{column}"))

    @property
    def columns(self) -> list[dict[str, Any]]:
        crd = json.loads(self.clone.kubectl("get", "crd", f"coupons.{self.group}", "-o", "json"))
        found: list[dict[str, Any]] = crd["spec"]["versions"][0].get("additionalPrinterColumns", [])
        return found

    def deploy(self, *flags: str, code: int = 0) -> Any:
        done = self.clone.run("deploy", "-o", "json", *flags).expect(code)
        return done.json if done.out else done.err

    def rollback(self, *words: str, code: int = 0) -> Any:
        done = self.clone.run("rollback", "--now", "-o", "json", *words).expect(code)
        return done.json if done.out else done.err

    def live(self, kind: str, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.clone.kubectl("get", kind, name, "-n", self.space, "-o", "json"))
        return found

    @property
    def image(self) -> str:
        found: str = self.live("deployment", "shop")["spec"]["template"]["spec"]["containers"][0]["image"]
        return found.rpartition(":")[2]

    @property
    def password(self) -> str:
        return self.secret("shop-password")

    def secret(self, name: str) -> str:
        return base64.b64decode(self.live("secret", name)["data"]["password"]).decode()

    @property
    def colour(self) -> str:
        found: str = self.live("configmap", "settings")["data"]["colour"]
        return found

    def history(self) -> list[tuple[int, str]]:
        """Revision and status of each revision of the release."""
        words = ["history", "shop", "-n", self.space, "-o", "json", f"--kubeconfig={self.clone.kubeconfig}"]
        done = subprocess.run([str(tool("helm")), *words], capture_output=True, check=True)
        return [(int(one["revision"]), one["status"]) for one in json.loads(done.stdout)]

    def runs(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.clone.run("history", "-o", "json").expect().json["runs"]
        return found


@pytest.fixture
def api(cluster_kubeconfig: Path) -> Iterator[Api]:
    found = Api(cluster_kubeconfig)
    yield found
    found.close()


@pytest.fixture
def shop(clone: Clone) -> Shop:
    made = Shop(clone)
    made.project()
    return made


def test_an_upgrade_rolled_back_twice_and_the_pin_between(shop: Shop) -> None:
    first = shop.deploy()
    password = shop.password
    shop.values(tag="two")
    shop.plain(config_map("later"), colour="blue")
    shop.newer_crds()
    second = shop.deploy()
    assert (shop.image, shop.colour, shop.history()) == ("two", "blue", [(1, "superseded"), (2, "deployed")])
    newer = shop.password
    assert newer != password
    assert shop.columns

    assert "not built yet" in shop.clone.run("rollback").expect(3).err
    assert "back from revision 2 to revision 1" in shop.clone.run("rollback", "--dry-run").expect().out
    back = shop.rollback("--reason", "it was slow")
    assert (shop.image, shop.colour, shop.password) == ("one", "red", password)
    assert shop.history() == [(1, "superseded"), (2, "superseded"), (3, "deployed")]
    assert back["run"]["bundle"]["digest"] == first["run"]["bundle"]["digest"]
    assert shop.columns, "no rollback takes a CRD back"
    assert shop.live("configmap", "later")
    assert f"coupon.{shop.group}/shop-one" in shop.clone.kubectl(
        "get", f"coupons.{shop.group}", "-o", "name", "-n", shop.space
    )
    assert shop.runs()[0]["rollback"] == first["run"]["id"]

    assert "pinned to bundle" in shop.deploy(code=3)
    assert "it was slow" in shop.clone.run("status").expect().out

    again = shop.rollback()
    assert (shop.image, shop.colour, shop.password) == ("two", "blue", newer)
    assert again["run"]["bundle"]["digest"] == second["run"]["bundle"]["digest"]
    assert shop.history()[-1] == (4, "deployed")
    # What the project says is what it is pinned to now: the pin ends, and nothing is to be done.
    assert shop.deploy()["changed"] is False
    assert "pinned" not in shop.clone.run("status").expect().out


def test_an_immutable_field_a_failed_upgrade_and_an_automatic_rollback(shop: Shop) -> None:
    good = shop.deploy()
    password = shop.password

    shop.values(side="right")
    assert "field is immutable" in shop.deploy(code=4)
    assert shop.history() == [(1, "deployed")]

    shop.values(tag="two", failingHook=True)
    failed = shop.deploy(code=1)
    assert failed["run"]["state"] == "failed"
    assert (shop.image, shop.history()) == ("two", [(1, "deployed"), (2, "failed")])
    back = shop.rollback()
    assert (shop.image, shop.password) == ("one", password)
    assert shop.history() == [(1, "superseded"), (2, "failed"), (3, "deployed")]
    assert back["run"]["bundle"]["digest"] == good["run"]["bundle"]["digest"]
    assert "no more" in shop.clone.run("unpin").expect().out

    shop.project(onFailure="rollback")
    shop.values(tag="three", nowhere=True)
    report = shop.deploy("--timeout", "4s", code=5)
    assert (report["run"]["rollback"]["after"], report["before"]["run"]["state"]) == (
        report["before"]["run"]["id"],
        "failed",
    )
    assert (shop.image, shop.password) == ("one", password)
    assert shop.history()[-2:] == [(4, "superseded"), (5, "deployed")]
    newest = shop.runs()[0]
    assert newest["state"] == "succeeded"
    assert newest["cause"].startswith(f"run {report['before']['run']['id']} failed: shop:")


def test_a_release_left_pending_and_a_rollback_that_was_killed(shop: Shop, api: Api) -> None:
    shop.deploy()
    password = shop.password
    shop.values(tag="two", stalledHook=True)
    kill_helm(shop, api, shop.clone.start("deploy", "--yes", "--timeout", "60s"))
    assert shop.history() == [(1, "deployed"), (2, "pending-upgrade")]

    process = shop.clone.start("rollback", "--now", "--yes", **SHORT_LEASE)
    catch(process, lambda: "rollback" in api.head(shop.space)["run"] and "shop" in api.steps(shop.space).in_doubt)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    release(shop.clone)
    shop.clone.run("resume", "--yes").expect()
    assert (shop.image, shop.password) == ("one", password)
    assert shop.history()[-1][1] == "deployed"
    assert not [status for _, status in shop.history() if status.startswith("pending")]
    assert "pinned to bundle" in shop.clone.run("status").expect().out


def kill_helm(shop: Shop, api: Api, process: subprocess.Popen[str]) -> None:
    """Kill helm while it waits for a hook: the revision stays pending, and the deployment has failed."""
    jobs = f"/apis/batch/v1/namespaces/{shop.space}/jobs"
    eventually(lambda: any(job["spec"].get("suspend") for job in api.items(jobs)), seconds=120)
    helm = child(shop.clone, "helm", "upgrade")
    assert helm is not None
    os.kill(helm, signal.SIGKILL)
    ended(process).expect(1)


def test_plain_objects_their_secrets_and_a_part_of_the_environment(clone: Clone) -> None:
    shop = Shop(clone)
    plain = {"name": "plain", "namespace": shop.space, "manifests": ["plain.yaml"]}
    other = {"name": "other", "namespace": shop.space, "manifests": ["other.yaml"]}
    check = {"name": "check", "test": {"command": ["test", "!", "-e", "broken"]}}
    clone.project(shop.space, plain, other, check, onFailure="rollback")
    clone.write("other.yaml", config_map("other", x="1"))
    clone.write("broken", "")
    assert "nothing here to roll back to" in shop.deploy(code=1)["notes"][0]

    (clone.folder / "broken").unlink()
    shop.plain(password="first", colour="red")
    shop.deploy()
    # What is taken back at once has the older value of the Secret at hand.
    shop.plain(password="second", colour="blue")
    clone.write("broken", "")
    assert shop.deploy(code=5)["before"]["run"]["state"] == "failed"
    assert (shop.secret("login"), shop.colour) == ("first", "red")

    (clone.folder / "broken").unlink()
    clone.write("other.yaml", config_map("other", x="2"))
    shop.deploy()
    refused = clone.run("rollback", "--now").expect(3).err
    assert f"Secret {shop.space}/login has another secret value now" in refused
    assert (shop.secret("login"), shop.live("configmap", "other")["data"]) == ("second", {"x": "2"})

    # A part of it returns, and is pinned; the rest is free.
    shop.rollback("other")
    assert shop.live("configmap", "other")["data"] == {"x": "1"}
    assert "says something else for other" in shop.deploy(code=3)
    shop.plain(password="second", colour="green")
    shop.deploy("-l", "plain")
    assert shop.colour == "green"
