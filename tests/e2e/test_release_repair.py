"""Helm releases whose last operation was cut off are repaired, with the real helm 4.

The chart has hooks, a CRD, a password that it makes up on each rendering, and an object that only some values ask for.
Cases: kill -9 in a post-upgrade hook, in a pre-upgrade hook, in the hooks of a first install and of an uninstall; an
upgrade that failed. After each: back to what was verified, or on to something new.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from e2e.crash_rig import SHORT_LEASE, Api, kill_all, release, started
from e2e.rig import Clone, eventually, tool
from fairlead.model.local_cluster import LocalCluster

pytestmark = pytest.mark.e2e

SPACE = "store"
CUT_OFF = "cut off; settled by fairlead"
HOOK = """
{{- if .Values.%(gate)s }}
apiVersion: batch/v1
kind: Job
metadata:
  name: store-%(name)s
  annotations: {helm.sh/hook: "%(events)s"}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      nodeSelector: {store/gate: never}
      containers: [{name: wait, image: example.test/wait:1}]
{{- end }}
"""
CHART = {
    "Chart.yaml": "apiVersion: v2\nname: store\nversion: 0.1.0\n",
    "values.yaml": "v: 0\n",
    "crds/gadget.yaml": """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.store.example.test}
spec:
  group: store.example.test
  scope: Namespaced
  names: {kind: Gadget, plural: gadgets}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
""",
    "templates/objects.yaml": """
apiVersion: v1
kind: Secret
metadata: {name: password}
stringData: {password: "{{ randAlphaNum 12 }}"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {v: "{{ .Values.v }}"}
{{- if .Values.extra }}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: extra}
{{- end }}
""",
    "templates/before.yaml": HOOK % {"gate": "before", "name": "before", "events": "pre-install,pre-upgrade"},
    "templates/after.yaml": HOOK % {"gate": "after", "name": "after", "events": "post-upgrade"},
    "templates/delete.yaml": HOOK % {"gate": "keep", "name": "delete", "events": "pre-delete"},
}


class Store:
    """The project with its one release, and what the cluster says of it."""

    def __init__(self, clone: Clone) -> None:
        self.clone = clone
        clone.project("store", {"name": "store", "namespace": SPACE, "helm": {"chart": "chart"}, "timeout": "60s"})
        for name, text in CHART.items():
            clone.write(f"chart/{name}", text)

    def want(self, **values: Any) -> None:
        self.clone.write("environments/local/store.yaml", {"keep": True, **values})

    def deploy(self, **values: Any) -> None:
        self.want(**values)
        self.clone.run("deploy", "--yes").expect()

    def plan(self) -> dict[str, Any]:
        steps = self.clone.run("plan", "-o", "json").expect().json["steps"]
        found: dict[str, Any] = next(step for step in steps if step["name"] == "store")
        return found

    def helm(self, *words: str) -> str:
        line = [str(tool("helm")), f"--kubeconfig={self.clone.kubeconfig}", f"--namespace={SPACE}", *words]
        return subprocess.run(line, capture_output=True, text=True, check=True).stdout

    def history(self) -> list[tuple[int, str, str]]:
        found = json.loads(self.helm("history", "store", "-o", "json"))
        return [(one["revision"], one["status"], one["description"]) for one in found]

    def statuses(self) -> list[str]:
        return [status for _, status, _ in self.history()]

    def has(self, kind: str, name: str) -> bool:
        return bool(self.clone.kubectl("-n", SPACE, "get", kind, name, "--ignore-not-found", "-o", "name"))

    def value(self, kind: str, name: str, key: str) -> str:
        return self.clone.kubectl("-n", SPACE, "get", kind, name, "-o", f"jsonpath={{.data.{key}}}")

    @property
    def state(self) -> tuple[str, str, bool]:
        password = self.value("secret", "password", "password")
        return password, self.value("configmap", "settings", "v"), self.has("configmap", "extra")

    def cut_off(self, hook: str, **values: Any) -> None:
        """kill -9 of the whole deploy, helm included, while helm waits for *hook*."""
        self.want(**values)
        self.clone.kubectl("-n", SPACE, "delete", "job", hook, "--ignore-not-found")
        with started(self.clone, "deploy", "--yes", **SHORT_LEASE) as process:
            self.wait_for(hook)
            kill_all(process, self.clone)
        release(self.clone)

    def wait_for(self, hook: str) -> None:
        job = f"/apis/batch/v1/namespaces/{SPACE}/jobs/{hook}"
        with contextlib.closing(Api(self.clone.kubeconfig)) as api:
            eventually(lambda: api.get(job), seconds=120)

    def label(self, *labels: str) -> int:
        """Put *labels* on the newest revision; its number."""
        number = max(revision for revision, _, _ in self.history())
        secret = f"secret/sh.helm.release.v1.store.v{number}"
        self.clone.kubectl("-n", SPACE, "label", secret, *labels, "--overwrite")
        return number

    def settles_to(self, **values: Any) -> None:
        """A deploy over the dead run, which then has nothing left to do."""
        self.want(**values)
        self.clone.run("deploy", "--yes", **SHORT_LEASE).expect()
        assert not self.clone.run("plan", "-o", "json").expect().json["has_changes"]


@pytest.fixture(scope="module")
def store(local_cluster: LocalCluster, tmp_path_factory: pytest.TempPathFactory) -> Store:
    place = tmp_path_factory.mktemp("store")
    return Store(Clone(folder=place / "project", home=place / "home", kubeconfig=Path(local_cluster.kubeconfig)))


def test_a_first_install_that_was_cut_off_is_made_anew(store: Store) -> None:
    store.cut_off("store-before", v=1, before=True)
    assert store.statuses() == ["pending-install"]
    store.settles_to(v=1)
    assert [status for _, status, _ in store.history()] == ["deployed"]
    assert store.clone.kubectl("get", "crd", "gadgets.store.example.test", "-o", "name")


def test_an_upgrade_that_was_cut_off_returns_to_what_was_verified(store: Store) -> None:
    store.deploy(v=2)
    verified, revision = store.state, len(store.history())
    store.cut_off("store-after", v=3, extra=True, after=True)
    assert store.statuses()[-1] == "pending-upgrade"
    assert store.state[1:] == ("3", True)
    assert store.state[0] != verified[0]
    store.want(v=2)
    (own, *_) = store.plan()["changes"]
    assert f"back to revision {revision}, the last that a run saw healthy" in own["reason"]
    store.settles_to(v=2)
    assert store.state == verified, "values, objects and the password are as they were"
    assert store.history()[-2:] == [
        (revision + 1, "failed", CUT_OFF),
        (revision + 2, "deployed", f"Rollback to {revision}"),
    ]


def test_an_upgrade_that_was_cut_off_goes_on_to_something_new_and_leaves_nothing_behind(store: Store) -> None:
    store.cut_off("store-after", v=4, extra=True, after=True)
    assert store.has("configmap", "extra")
    store.want(v=5)
    deleted = [c["target"]["name"] for c in store.plan()["changes"] if c["action"] == "delete"]
    assert deleted == ["extra"]
    store.settles_to(v=5)
    assert store.state[1:] == ("5", False)
    assert [(s, d) for _, s, d in store.history()[-2:]] == [("failed", CUT_OFF), ("deployed", "Upgrade complete")]


def test_a_failed_upgrade_returns_with_its_password(store: Store) -> None:
    store.deploy(v=5)
    verified = store.state
    store.want(v=6, after=True)
    store.clone.run("deploy", "--yes", "--timeout", "2s").expect(1)
    assert store.statuses()[-1] == "failed"
    store.settles_to(v=5)
    assert store.state == verified
    assert store.statuses()[-2:] == ["failed", "deployed"]


def test_an_uninstall_that_was_cut_off_is_taken_back(store: Store) -> None:
    store.deploy(v=5)
    verified = store.state
    with started(store.clone, "destroy", "--yes", **SHORT_LEASE) as process:
        store.wait_for("store-delete")
        kill_all(process, store.clone)
    release(store.clone)
    assert store.statuses()[-1] == "uninstalling"
    store.clone.kubectl("-n", SPACE, "delete", "configmap", "settings")
    store.settles_to(v=5)
    assert store.state == verified
    assert store.statuses()[-2:] == ["failed", "deployed"]


def test_a_revision_that_somebody_else_just_began_is_left_to_him(store: Store) -> None:
    store.deploy(v=30)
    number = store.label("status=pending-upgrade")
    store.want(v=31)
    refused = store.clone.run("deploy", "--yes").expect(3)
    assert f"release store/store: revision {number} is pending-upgrade since" in refused.err
    assert "counts as cut off after 600 s" in refused.err
    store.helm("rollback", "store")
    store.settles_to(v=31)
