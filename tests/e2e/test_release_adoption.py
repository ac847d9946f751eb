"""Helm releases and objects that were there before us, with the real helm 4.

Cases: a release of helm 3 (applied on the client's side, nothing on record of how); conflicts with all three choices;
objects of `kubectl apply` that a chart renders now; an object of another release.
"""

from __future__ import annotations

import base64
import gzip
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from e2e.rig import Clone, tool
from fairlead.model.local_cluster import LocalCluster

pytestmark = pytest.mark.e2e

OBJECTS = """
apiVersion: v1
kind: ConfigMap
metadata: {name: %s-settings}
data:
  v: "{{ .Values.v }}"
{{- if .Values.more }}
  more: "yes"
{{- end }}
"""


class Place:
    """A project with one release of its own name and namespace."""

    def __init__(self, clone: Clone, name: str) -> None:
        self.clone, self.name = clone, name
        clone.project(name, {"name": name, "namespace": name, "helm": {"chart": "chart"}})
        clone.write("chart/Chart.yaml", "apiVersion: v2\nname: chart\nversion: 0.1.0\n")
        clone.write("chart/templates/settings.yaml", OBJECTS % name)
        self.kubectl("create", "namespace", name)

    def want(self, **values: Any) -> None:
        self.clone.write(f"environments/local/{self.name}.yaml", values)

    def deploy(self, *flags: str, **values: Any) -> None:
        self.want(**values)
        self.clone.run("deploy", "--yes", *flags).expect()

    def kubectl(self, *words: str, stdin: str | None = None) -> str:
        return self.clone.kubectl("-n", self.name, *words, stdin=stdin)

    def helm(self, *words: str) -> str:
        line = [str(tool("helm")), f"--kubeconfig={self.clone.kubeconfig}", f"--namespace={self.name}", *words]
        return subprocess.run(line, capture_output=True, text=True, check=True, cwd=self.clone.folder).stdout

    def history(self) -> list[tuple[int, str]]:
        return [(one["revision"], one["status"]) for one in json.loads(self.helm("history", self.name, "-o", "json"))]

    def settings(self) -> Any:
        return json.loads(
            self.kubectl("get", "configmap", f"{self.name}-settings", "-o", "json", "--show-managed-fields")
        )

    def writers(self) -> set[tuple[str, str]]:
        return {(e["manager"], e["operation"]) for e in self.settings()["metadata"]["managedFields"]}

    def changes(self) -> list[dict[str, Any]]:
        steps = self.clone.run("plan", "-o", "json").expect().json["steps"]
        found: list[dict[str, Any]] = next(step["changes"] for step in steps if step["name"] == self.name)
        return found

    def as_helm_3_left_it(self) -> None:
        """helm 3 writes as `helm` by client-side updates, and its releases do not say how they were applied."""
        name = f"sh.helm.release.v1.{self.name}.v1"
        secret = json.loads(self.kubectl("get", "secret", name, "-o", "json"))
        release = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(secret["data"]["release"]))))
        assert release.pop("apply_method") == "csa"
        packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(release).encode()))).decode()
        self.kubectl("patch", "secret", name, "-p", json.dumps({"data": {"release": packed}}))


def test_a_release_of_helm_3_goes_on_with_its_history(clone: Clone) -> None:
    place = Place(clone, "three")
    place.helm("install", "three", "chart", "--server-side=false", "--set=v=1,more=true")
    place.as_helm_3_left_it()
    uid = place.settings()["metadata"]["uid"]
    place.want(v=1, more=True)
    (own, *others) = place.changes()
    assert (own["action"], own["reason"]) == ("adopt", "exists at revision 1")
    assert {change["action"] for change in others} == {"no-op"}
    clone.run("deploy", "--yes").expect()
    assert (place.history(), place.writers()) == ([(1, "deployed")], {("helm", "Update")})

    place.want(v=2)
    (change,) = [change for change in place.changes() if change["action"] == "update"]
    assert {field["path"] for field in change["fields"]} == {".data.v", ".data.more"}
    place.deploy(v=2)
    assert place.settings()["data"] == {"v": "2"}
    assert (place.settings()["metadata"]["uid"], place.writers()) == (uid, {("helm", "Apply")})
    assert place.history() == [(1, "superseded"), (2, "deployed")]
    assert not clone.run("plan", "-o", "json").expect().json["has_changes"]

    written = place.settings()
    written["data"]["v"] = "3"  # as helm 3 would write it again: an update as `helm`
    place.kubectl("replace", "--field-manager=helm", "-f", "-", stdin=json.dumps(written))
    assert place.writers() == {("helm", "Apply"), ("helm", "Update")}
    place.deploy(v=4)
    assert (place.settings()["data"], place.writers()) == ({"v": "4"}, {("helm", "Apply")})


def test_a_conflict_in_a_release_is_found_before_helm_writes_and_can_be_taken_back_or_over(clone: Clone) -> None:
    place = Place(clone, "fought")
    place.deploy(v=1)
    place.kubectl("patch", "configmap", "fought-settings", "-p", '{"data": {"v": "9"}}')
    refused = clone.run("deploy", "--yes", "-o", "json").expect(3)
    (conflict,) = refused.json["conflicts"]
    (field,) = conflict["fields"]
    assert (field["path"], field["wanted"], field["found"], field["owner"]) == (".data.v", "1", "9", "kubectl-patch")
    assert place.history() == [(1, "deployed")], "helm did not write"
    place.deploy("--force-conflicts", v=1)
    assert place.settings()["data"]["v"] == "1"
    place.kubectl("patch", "configmap", "fought-settings", "-p", '{"data": {"v": "9"}}')
    place.deploy(v=9)
    assert place.settings()["data"]["v"] == "9"
    assert not clone.run("plan", "-o", "json").expect().json["has_changes"]


def test_objects_of_kubectl_come_into_a_release_and_those_of_another_do_not(
    clone: Clone, tmp_path: Path, local_cluster: LocalCluster
) -> None:
    place = Place(clone, "joined")
    made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "joined-settings"}}
    place.kubectl("apply", "-f", "-", stdin=yaml.safe_dump({**made, "data": {"v": "1", "more": "no"}}))
    uid = place.settings()["metadata"]["uid"]
    place.want(v=1)
    (change,) = [change for change in place.changes() if change["action"] == "adopt"]
    assert "was made by kubectl apply" in change["reason"]
    place.deploy(v=1)
    assert (place.settings()["metadata"]["uid"], place.settings()["data"]) == (uid, {"v": "1"})
    assert place.writers() == {("helm", "Apply")}
    assert not clone.run("plan", "-o", "json").expect().json["has_changes"]

    other = Clone(folder=tmp_path / "other", home=tmp_path / "other-home", kubeconfig=Path(local_cluster.kubeconfig))
    other.project("other", {"name": "other", "namespace": "joined", "helm": {"chart": "chart"}})
    other.write("chart/Chart.yaml", "apiVersion: v2\nname: chart\nversion: 0.1.0\n")
    other.write("chart/templates/settings.yaml", OBJECTS % "joined")
    other.write("environments/local/other.yaml", {"v": 1})
    refused = other.run("deploy", "--yes").expect(3)
    assert "ConfigMap joined/joined-settings belongs to release joined/joined, not to other" in refused.err
