"""A release through its bad days: upgraded, refused, failed, rolled back by itself and by hand, twice.

One chart with hooks, CRDs and a password that it makes up on each rendering; a Secret and a claim of plain manifests
beside it. At each step: the record, `helm history`, the live objects.
"""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from typing import Any
from uuid import uuid4

import pytest

from e2e.helm_tools import CHARTS
from e2e.objects import config_map, stream
from e2e.rig import Clone, tool

pytestmark = pytest.mark.e2e


class Shop:
    """One project with a release `shop` and plain objects `plain`, in a namespace of its own."""

    def __init__(self, clone: Clone) -> None:
        self.clone = clone
        self.space = f"shop{uuid4().hex[:6]}"
        shutil.copytree(CHARTS / "shop", clone.folder / "shop")
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
        claim = {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "data"},
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "storageClassName": "",
                "resources": {"requests": {"storage": "1Gi"}},
            },
        }
        # Nobody binds it, which is none of our business here: it is not waited for.
        self.clone.write("plain.yaml", stream(config_map("settings", colour=colour), secret, *more))
        self.claim = claim

    def deploy(self, *flags: str, code: int = 0) -> Any:
        return self.clone.run("deploy", "-o", "json", *flags).expect(code).json

    def rollback(self, *words: str, code: int = 0) -> Any:
        done = self.clone.run("rollback", "--now", "-o", "json", *words).expect(code)
        return done.json if done.out else done

    def live(self, kind: str, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.clone.kubectl("get", kind, name, "-n", self.space, "-o", "json"))
        return found

    @property
    def image(self) -> str:
        found: str = self.live("deployment", "shop")["spec"]["template"]["spec"]["containers"][0]["image"]
        return found.rpartition(":")[2]

    @property
    def password(self) -> str:
        return base64.b64decode(self.live("secret", "shop-password")["data"]["password"]).decode()

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
def shop(clone: Clone) -> Shop:
    made = Shop(clone)
    made.project()
    return made


def test_an_upgrade_rolled_back_twice_and_the_pin_between(shop: Shop) -> None:
    first = shop.deploy()
    password, image = shop.password, shop.image
    shop.values(tag="two")
    shop.plain(colour="blue")
    second = shop.deploy()
    assert (shop.image, shop.colour, shop.history()) == ("two", "blue", [(1, "superseded"), (2, "deployed")])
    newer = shop.password
    assert newer != password

    shop.clone.run("rollback").expect(3)
    back = shop.rollback("--reason", "it was slow")
    assert (shop.image, shop.colour, shop.password) == (image, "red", password)
    assert shop.history() == [(1, "superseded"), (2, "superseded"), (3, "deployed")]
    assert back["run"]["bundle"]["digest"] == first["run"]["bundle"]["digest"]
    assert shop.runs()[0]["rollback"] == first["run"]["id"]

    refused = shop.clone.run("deploy").expect(3)
    assert "pinned to bundle" in refused.err
    assert "it was slow" in shop.clone.run("status").expect().out
    assert "pinned to bundle" in shop.clone.run("plan").expect().out

    again = shop.rollback()
    assert (shop.image, shop.colour, shop.password) == ("two", "blue", newer)
    assert again["run"]["bundle"]["digest"] == second["run"]["bundle"]["digest"]
    assert shop.history()[-1] == (4, "deployed")
    # What the project says is what it is pinned to now: the pin ends, and nothing is to be done.
    assert shop.deploy()["changed"] is False
    assert "pinned" not in shop.clone.run("status").expect().out
