"""`drift --revert`: what is put back, as whom, what is left, and what the record says afterwards."""

from __future__ import annotations

import itertools
import json
import signal
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from e2e.rig import Clone, accepted_writes, audit_events, ended, writes
from e2e.test_drift import CHART
from fairlead.formats.managed_fields import owners_of
from fairlead.model.local_cluster import LocalCluster

pytestmark = pytest.mark.e2e

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: plain}}\ndata: {{a: '1', b: '2'}}\n"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: key, namespace: plain}\nstringData: {password: hunter2}\n"
CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.revert.example.test}
spec:
  group: revert.example.test
  names: {plural: things, kind: Thing}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
"""
THING = (
    "apiVersion: revert.example.test/v1\nkind: Thing\nmetadata: {name: one, namespace: plain}\nspec: {size: small}\n"
)


@pytest.fixture(scope="module")
def deployed(local_cluster: LocalCluster, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    root = tmp_path_factory.mktemp("revert")
    clone = Clone(folder=root / "project", home=root / "home", kubeconfig=Path(local_cluster.kubeconfig))
    names = ("web", "back", "gone", "extra", "twin")
    parts = [*(CONFIG.format(name=name) for name in names), SECRET, CRD, THING]
    clone.write("plain.yaml", "---\n".join(parts))
    clone.write("charts/app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.0\n")
    clone.write("charts/app/values.yaml", "replicas: 1\n")
    for name, text in CHART.items():
        clone.write(f"charts/app/templates/{name}", text)
    clone.project(
        "revert",
        {"name": "plain", "namespace": "plain", "manifests": "plain.yaml"},
        {"name": "app", "namespace": "app", "helm": {"chart": "charts/app"}},
        drift={"revert": True},
    )
    clone.commit()
    clone.run("deploy", "--yes", timeout=300).expect()
    return clone


def patch(
    clone: Clone, kind: str, name: str, data: Any, *, space: str = "plain", manager: str = "kubectl-edit"
) -> None:
    words = ("patch", kind, name, "-n", space, "--type=merge", f"--field-manager={manager}", "-p", json.dumps(data))
    clone.kubectl(*words)


def data_of(clone: Clone, name: str, kind: str = "configmap") -> dict[str, str]:
    found: dict[str, str] = json.loads(clone.kubectl("get", kind, name, "-n", "plain", "-o", "json"))["data"]
    return found


def owners(clone: Clone, name: str, path: str) -> set[str]:
    words = ("get", "configmap", name, "-n", "plain", "--show-managed-fields", "-o", "json")
    return {owner.manager for owner in owners_of(json.loads(clone.kubectl(*words)), path)}


def test_everything_of_ours_comes_back(deployed: Clone, local_cluster: LocalCluster) -> None:
    clone = deployed
    patch(clone, "configmap", "web", {"data": {"a": "9"}})
    patch(clone, "configmap", "back", {"data": {"a": "9"}})
    patch(clone, "configmap", "back", {"data": {"a": "1"}})
    patch(clone, "configmap", "extra", {"data": {"c": "3"}})
    patch(clone, "secret", "key", {"stringData": {"password": "letmein"}})
    clone.kubectl("delete", "configmap", "gone", "twin", "-n", "plain")
    clone.kubectl("create", "-f", "-", stdin=CONFIG.format(name="twin"))
    clone.kubectl("delete", "crd", "things.revert.example.test")
    clone.kubectl("set", "image", "deployment/app", "main=example.test/main:2", "-n", "app")
    clone.kubectl("delete", "service", "app", "-n", "app")
    patch(clone, "secret", "app", {"stringData": {"password": "letmein"}}, space="app")
    before = clone.run("status", "-o", "json").expect().json

    log = Path(local_cluster.audit_log)
    start = log.stat().st_size
    done = clone.run("drift", "--revert", "--yes", "-o", "json", timeout=180).expect(0).json

    assert clone.run("drift").expect(0).out.startswith("✓ local: as the last run left it")
    assert clone.run("plan", "--detailed-exitcode").expect(0)
    for name in ("web", "back", "gone", "extra", "twin"):
        assert data_of(clone, name) == {"a": "1", "b": "2"}, name
    assert data_of(clone, "key", "secret") == {"password": "aHVudGVyMg=="}
    assert done["run"]["is_revert"] is True
    assert done["left"] == []
    assert "fairlead:plain" in owners(clone, "back", ".data.a")
    # As whom: the release keeps its revision, and its objects their manager.
    events = list(accepted_writes(log, since=start, agents=("fairlead",)))
    assert {e["objectRef"]["namespace"] for e in events if "fieldManager=helm" in e["requestURI"]} == {"app"}
    assert writes(log, since=start, agents=("Helm",)) == []
    after = clone.run("status", "-o", "json").expect().json
    assert after["bundle"]["digest"] == before["bundle"]["digest"] == done["run"]["bundle"]["digest"]
    assert [c["version"] for c in after["components"]] == [c["version"] for c in before["components"]]


def test_a_deployment_afterwards_has_nothing_to_do(deployed: Clone) -> None:
    patch(deployed, "configmap", "web", {"data": {"a": "9"}})
    deployed.run("drift", "--revert", "--yes").expect(0)
    report = deployed.run("deploy", "--yes", "-o", "json").expect(0).json
    assert not report["changed"]


def test_a_revert_is_not_resumed(deployed: Clone) -> None:
    patch(deployed, "configmap", "web", {"data": {"a": "9"}})
    deployed.run("drift", "--revert", "--yes").expect(0)
    assert "put drift back" in deployed.run("resume").expect(3).err


def test_nothing_is_put_back_where_nothing_drifted(deployed: Clone, audit_log: Path) -> None:
    start = audit_log.stat().st_size
    deployed.run("drift", "--revert", "--yes").expect(0)
    assert list(accepted_writes(audit_log, since=start, agents=("fairlead",))) == []


def test_what_was_deployed_is_put_back_not_what_the_repository_says_now(deployed: Clone) -> None:
    text = (deployed.folder / "plain.yaml").read_text()
    try:
        deployed.write("plain.yaml", text.replace("a: '1'", "a: '5'"))
        patch(deployed, "configmap", "web", {"data": {"a": "9"}})
        patch(deployed, "secret", "key", {"stringData": {"password": "other"}})
        found = deployed.run("drift").expect(2).out
        assert "the repository differs from what is deployed (see `plan`): plain" in found
        done = deployed.run("drift", "--revert", "--yes").expect(2)
        assert "Secret plain/key" in done.out
        assert "its secret value is not in the record" in done.out
        assert data_of(deployed, "web")["a"] == "1"
    finally:
        deployed.write("plain.yaml", text)
        deployed.run("drift", "--revert", "--yes").expect(0)
    assert data_of(deployed, "key", "secret") == {"password": "aHVudGVyMg=="}


def test_a_watch_answers_who_keeps_changing_a_field_later_each_time_and_then_names_it(deployed: Clone) -> None:
    """The script writes whenever the value is ours again; the pauses are those of the watch."""
    watch = deployed.start("drift", "--watch", "--interval", "200ms", "--cycles", "10000", "-o", "json")
    assert watch.stdout is not None
    news = []
    try:
        patch(deployed, "configmap", "web", {"data": {"a": "9"}}, manager="naughty-script")
        for text in watch.stdout:
            news.append(json.loads(text))
            if news[-1]["kind"] == "reverted":
                patch(deployed, "configmap", "web", {"data": {"a": "9"}}, manager="naughty-script")
            if news[-1].get("given_up"):
                break
        watch.send_signal(signal.SIGINT)
    finally:
        last = ended(watch)
    assert [one["said"].startswith("put back by run") for one in news if one["kind"] == "reverted"] == [True] * 5
    (given_up,) = news[-1]["given_up"]
    assert (given_up["subject"], given_up["owner"], given_up["reverts"]) == ("ConfigMap plain/web", "naughty-script", 5)
    moments = [datetime.fromisoformat(one["time"]) for one in news if one["kind"] == "reverted"]
    gaps = [(after - before).total_seconds() for before, after in itertools.pairwise(moments)]
    assert all(gap >= 0.2 * 2**n for n, gap in enumerate(gaps))
    end = json.loads(last.out.splitlines()[-1])
    assert (last.code, end["kind"], end["put_back"], len(end["drifts"])) == (2, "ended", 5, 1)
    assert data_of(deployed, "web")["a"] == "9"
    deployed.run("drift", "--revert", "--yes").expect(0)


def test_a_calm_watch_reads_metadata_and_ends_when_told(deployed: Clone, audit_log: Path) -> None:
    start = audit_log.stat().st_size
    done = deployed.run("drift", "--watch", "--interval", "100ms", "--cycles", "3").expect(0)
    assert done.out == "Watched: 3 looks, 0 objects put back, no drift at the end.\n"
    events = [e for e in audit_events(audit_log, since=start) if e.get("userAgent", "").startswith("fairlead")]
    assert {e["verb"] for e in events} <= {"get", "list"}
    deployed.run("drift", "--watch", "--interval", "100ms", "--for", "300ms").expect(0)


def test_what_was_found_goes_into_the_files_and_is_ours_after_a_deployment(deployed: Clone) -> None:
    clone = deployed
    before = clone.folder.joinpath("plain.yaml").read_text()
    own = clone.folder / "environments/local/app.yaml"
    patch(clone, "configmap", "web", {"data": {"a": "9", "c": "3"}})
    patch(clone, "secret", "key", {"stringData": {"password": "other"}})
    clone.kubectl("scale", "deployment/app", "-n", "app", "--replicas=3")
    for value in ("9", "1"):  # nobody decided about what was taken over and is as wanted
        patch(clone, "configmap", "back", {"data": {"a": value}})
    try:
        told = clone.run("drift", "--adopt", "--dry-run").expect(2).out
        assert "-data: {a: '1', b: '2'}\n+data: {a: '9', b: '2', c: '3'}\n" in told
        assert (clone.folder / "plain.yaml").read_text() == before
        done = clone.run("drift", "--adopt", "--yes", "-o", "json").expect(2).json
        reasons = {left["path"]: left["reason"] for left in done["left"]}
        assert reasons.keys() == {".data.a", ".data.password"}
        assert "never written in clear" in reasons[".data.password"]
        assert {(taken["file"], taken["how"]) for taken in done["taken"]} == {
            ("plain.yaml", "data.a"),
            ("plain.yaml", "data.c"),
            ("environments/local/app.yaml", "replicas"),
        }
        assert own.read_text() == "replicas: 3\n"
        (changed,) = {*(clone.folder / "plain.yaml").read_text().split("\n")} - {*before.split("\n")}
        assert changed == "data: {a: '9', b: '2', c: '3'}"
        assert "ours from now on, as set by kubectl-edit: .data.a, .data.c\n" in clone.run("plan").expect(0).out
        clone.run("deploy", "--yes", "--force-conflicts").expect(0)
        (left,) = clone.run("drift", "-o", "json").expect(2).json["drifts"]
        assert (left["target"]["name"], left["kind"]) == ("back", "ownership lost")
        clone.run("drift", "--revert", "--yes").expect(0)
        clone.run("plan", "--detailed-exitcode").expect(0)
        assert data_of(clone, "web")["a"] == "9"
        assert clone.kubectl("get", "deployment", "app", "-n", "app", "-o", "jsonpath={.spec.replicas}") == "3"
    finally:
        clone.write("plain.yaml", before)
        patch(clone, "configmap", "web", {"data": {"c": None}})
        own.unlink(missing_ok=True)
        clone.run("deploy", "--yes", "--force-conflicts", timeout=180).expect(0)


def ignoring(clone: Clone, *entries: dict[str, Any], expires: str = "2999-12-31") -> None:
    listed = [{"reason": "tuned by hand", "owner": "anna", "expires": expires, **entry} for entry in entries]
    clone.write("fairlead.ignore.yaml", {"apiVersion": "fairlead.dev/v1", "ignore": listed})


def test_what_the_ignore_file_names_is_no_drift_and_no_deployment_takes_it_back(deployed: Clone) -> None:
    clone = deployed
    patch(clone, "configmap", "web", {"data": {"a": "9"}})
    field = {"component": "plain", "kind": "ConfigMap", "name": "web", "fields": [".data.a"]}
    text = (clone.folder / "plain.yaml").read_text()
    try:
        ignoring(clone, field, {"kind": "Service", "name": "nobody", "fields": ["*"]})
        found = clone.run("drift").expect(0).out
        assert "ignored: plain: ConfigMap plain/web .data.a: tuned by hand" in found
        assert "Service nobody need not be ignored: no deployed object matches" in found
        clone.run("plan", "--detailed-exitcode").expect(0)
        # A deployment of another field writes the object, but for what is ignored.
        clone.write("plain.yaml", text.replace("b: '2'", "b: '3'"))
        clone.run("deploy", "--yes", timeout=180).expect(0)
        assert data_of(clone, "web") == {"a": "9", "b": "3"}
        assert "ignored: plain: ConfigMap plain/web .data.a" in clone.run("drift").expect(0).out
        # Its entry ends: the field is ours again.
        ignoring(clone, field, expires="2020-01-01")
        ended = clone.run("drift").expect(2).out
        assert ".data.a: wanted 1, found 9, owner kubectl-edit" in ended
        assert "is no longer ignored: its entry ended on 2020-01-01" in ended
        clone.run("drift", "--revert", "--yes").expect(0)
        assert data_of(clone, "web")["a"] == "1"
    finally:
        clone.write("plain.yaml", text)
        (clone.folder / "fairlead.ignore.yaml").unlink()
        clone.run("deploy", "--yes", timeout=180).expect(0)


def test_a_release_whose_only_difference_is_ignored_is_left(deployed: Clone) -> None:
    clone = deployed
    clone.kubectl("scale", "deployment/app", "-n", "app", "--replicas=2")
    try:
        ignoring(clone, {"kind": "Deployment", "namespace": "app", "name": "app", "fields": [".spec.replicas"]})
        clone.run("drift").expect(0)
        clone.run("plan", "--detailed-exitcode").expect(0)
    finally:
        (clone.folder / "fairlead.ignore.yaml").unlink()
        clone.run("drift", "--revert", "--yes", timeout=180).expect(0)


def test_a_release_that_only_lost_a_field_is_told_and_not_upgraded(deployed: Clone) -> None:
    label = "app.kubernetes.io/managed-by"
    for value in ("nobody", "Helm"):
        patch(deployed, "secret", "app", {"metadata": {"labels": {label: value}}}, space="app")
    assert "Secret app/app: .metadata.labels" in deployed.run("drift").expect(2).out
    assert "Plan: nothing to change." in deployed.run("plan", "--detailed-exitcode").expect(0).out
    deployed.run("drift", "--revert", "--yes").expect(0)


def test_faults_of_the_ignore_file_are_told_with_their_place(deployed: Clone) -> None:
    try:
        deployed.write("fairlead.ignore.yaml", "apiVersion: fairlead.dev/v1\nignore: [{kind: A, name: b}]\n")
        said = deployed.run("drift").expect(4).err
        assert "fairlead.ignore.yaml:2:10: missing key: reason" in said
    finally:
        (deployed.folder / "fairlead.ignore.yaml").unlink()
