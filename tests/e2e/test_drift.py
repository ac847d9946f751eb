"""`fairlead drift` against what people, programs and tools do to a platform, all of it planted on one cluster.

Each plant of drift_table.py is its own case. Beside them: a revision of helm's that we did not make, a Terraform
resource that is gone, forms of output, selection, and what a check costs. `kubectl diff --server-side` looks at the
same plain manifests.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from e2e.drift_table import PLAIN, PLANTS, SPACE, Plant, objects
from e2e.rig import Clone, Finished, audit_events, tool, writes
from fairlead.model.local_cluster import LocalCluster
from terraform_programs import install_local_provider

pytestmark = [pytest.mark.e2e, pytest.mark.own_cluster]

CHART = {
    "deployment.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: app}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: app}}
  template:
    metadata: {labels: {app: app}}
    spec: {containers: [{name: main, image: "example.test/main:1"}]}
""",
    "service.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: app}\nspec: {ports: [{port: 80}]}\n",
    "secret.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: app}\nstringData: {password: hunter2}\n",
    "configmap.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: app}\ndata: {a: '1'}\n",
}

RESOURCES = """\
terraform {
  required_providers { local = { source = "hashicorp/local", version = "1.4.0" } }
}
resource "local_file" "gone" {
  filename = "FOLDER/gone"
  content  = "one"
}
resource "local_file" "kept" {
  filename = "FOLDER/kept"
  content  = "two"
}
"""


@dataclass(frozen=True, kw_only=True)
class Story:
    """What was seen, in the order of the fields."""

    clone: Clone
    calm: Finished
    calm_requests: list[dict[str, Any]]
    nothing: Finished
    drift: Finished
    wrote: list[tuple[str, str, str, str]]
    diffed: str

    @property
    def report(self) -> dict[str, Any]:
        report: dict[str, Any] = self.drift.expect(2).json
        return report

    def of(self, subject: str) -> list[dict[str, Any]]:
        return [drift for drift in self.report["drifts"] if said(drift) == subject]


def said(drift: dict[str, Any]) -> str:
    target = drift.get("target")
    if target is None:
        return str(drift["name"])
    space = f"{target['namespace']}/" if target.get("namespace") else ""
    return f"{target['kind']} {space}{target['name']}"


@pytest.fixture(scope="module")
def story(local_cluster: LocalCluster, tmp_path_factory: pytest.TempPathFactory) -> Story:
    root = tmp_path_factory.mktemp("drift")
    clone = Clone(folder=root / "project", home=root / "home", kubeconfig=Path(local_cluster.kubeconfig))
    log = Path(local_cluster.audit_log)
    write_project(clone)
    nothing = clone.run("drift")
    clone.run("deploy", "--yes", timeout=300).expect()
    start = log.stat().st_size
    calm = clone.run("drift", "-o", "json")
    calm_requests = ours(log, since=start)
    for plant in PLANTS:
        stdin = json.dumps(plant.stdin) if plant.stdin else None
        for words in plant.words:
            clone.kubectl(*words, stdin=stdin if words[-1] == "-" else None)
    (clone.home / "gone").unlink()
    helm(clone, "upgrade", "tuned", "charts/app", "-n", "tuned", "--set", "replicas=3")
    start = log.stat().st_size
    drift = clone.run("drift", "-o", "json", "--report-file", clone.home / "drift.xml")
    wrote = writes(log, since=start, agents=("fairlead",))
    return Story(
        clone=clone,
        calm=calm,
        calm_requests=calm_requests,
        nothing=nothing,
        drift=drift,
        wrote=wrote,
        diffed=kubectl_diff(clone),
    )


def write_project(clone: Clone) -> None:
    clone.write("plain.yaml", manifests())
    clone.write("charts/app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.0\n")
    clone.write("charts/app/values.yaml", "replicas: 1\n")
    for name, text in CHART.items():
        clone.write(f"charts/app/templates/{name}", text)
    clone.write("built/kustomization.yaml", "resources: [built.yaml]\nnamespace: built\n")
    clone.write("built/built.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: built}\ndata: {a: '1'}\n")
    clone.project(
        "drift",
        {"name": "plain", "namespace": "plain", "manifests": "plain.yaml"},
        {"name": "built", "kustomize": "built"},
        {"name": "release", "namespace": "release", "helm": {"chart": "charts/app"}},
        {"name": "tuned", "namespace": "tuned", "helm": {"chart": "charts/app"}},
        {"name": "made", "terraform": "made"},
    )
    clone.write("made/main.tf", RESOURCES.replace("FOLDER", str(clone.home)))
    install_local_provider(clone.home)
    clone.commit()


def manifests(*, but: str = "") -> str:
    """Those of component `plain`, in its namespace."""
    found = [manifest for manifest in objects() if manifest["kind"] != but]
    for manifest in found:
        if manifest["kind"] != "CustomResourceDefinition":
            manifest["metadata"]["namespace"] = SPACE
    return "---\n".join(map(yaml.safe_dump, found))


def helm(clone: Clone, *words: str) -> None:
    command = [str(tool("helm")), "--kubeconfig", str(clone.kubeconfig), *words]
    subprocess.run(command, cwd=clone.folder, env=clone.variables({}), check=True, capture_output=True)


def kubectl_diff(clone: Clone) -> str:
    """The names of the objects that kubectl would change, as its file names have them: one line each."""
    words = ("diff", "--server-side", "--force-conflicts", "--field-manager=fairlead:plain", "-f", "-")
    done = subprocess.run(
        [str(tool("kubectl")), f"--kubeconfig={clone.kubeconfig}", f"--cache-dir={clone.home / 'kube'}", *words],
        cwd=clone.folder,
        env={**os.environ, "KUBECTL_EXTERNAL_DIFF": "diff -rqN"},
        input=manifests(but="Gizmo"),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def ours(log: Path, *, since: int) -> list[dict[str, Any]]:
    return [e for e in audit_events(log, since=since) if e.get("userAgent", "").startswith("fairlead")]


@pytest.mark.parametrize("plant", PLANTS, ids=str)
def test_plant_is_found_or_rightly_left(story: Story, plant: Plant) -> None:
    found = story.of(plant.subject)
    assert [drift["kind"] for drift in found] == ([plant.kind] if plant.kind else [])
    for drift in found:
        assert drift["component"] == plant.component
        assert tuple(sorted(field["path"] for field in drift.get("fields", ()))) == tuple(sorted(plant.paths))
        if plant.owner:
            assert plant.owner in drift["owner"].split(", ")


@pytest.mark.parametrize("plant", [plant for plant in PLANTS if plant.note], ids=str)
def test_what_is_no_drift_and_worth_a_word_is_a_note(story: Story, plant: Plant) -> None:
    (note,) = [note for note in story.report["notes"] if note["subject"] == plant.subject]
    assert plant.note in note["text"]


def test_nothing_but_the_plants_is_found(story: Story) -> None:
    planted = {plant.subject for plant in PLANTS if plant.kind} | {name for plant in PLANTS for name in plant.more}
    planted |= {"release tuned/tuned", "Deployment tuned/app", "local_file.gone"}
    assert {said(drift) for drift in story.report["drifts"]} == planted
    assert len(planted) >= 30
    assert len(story.report.get("notes", ())) == sum(bool(plant.note) for plant in PLANTS)


@pytest.mark.parametrize("plant", PLAIN, ids=str)
def test_kubectl_diff_shows_what_the_table_says_it_shows(story: Story, plant: Plant) -> None:
    kind, _, name = plant.subject.partition(" ")
    space, _, name = name.rpartition("/")
    assert (f".{kind}.{space}.{name} " in story.diffed) == plant.diff, story.diffed


def test_a_revision_that_we_did_not_make_is_told(story: Story) -> None:
    (release,) = story.of("release tuned/tuned")
    assert (release["kind"], release["reason"]) == (
        "another revision",
        "revision 2 (deployed) was made outside; ours is 1",
    )
    assert release["since"]
    (app,) = story.of("Deployment tuned/app")
    (changed,) = app["fields"]
    assert (changed["path"], changed["wanted"], changed["found"], changed["owner"]) == (".spec.replicas", 1, 3, "helm")


def test_a_terraform_resource_that_is_gone_is_told(story: Story) -> None:
    (gone,) = story.of("local_file.gone")
    assert (gone["component"], gone["kind"]) == ("made", "deleted")
    assert story.report["resources"] == 2


def test_every_field_with_an_owner_says_since_when(story: Story) -> None:
    fields = [field for drift in story.report["drifts"] for field in drift.get("fields", ()) if field.get("owner")]
    assert len(fields) > 15
    # What was written through `/scale` has no time in managedFields.
    assert {field["path"] for field in fields if not field.get("since")} <= {".spec.replicas"}


def test_no_secret_is_shown(story: Story) -> None:
    text = story.clone.run("drift").expect(2).out
    for secret in ("hunter2", "letmein", "aHVudGVyMg==", "bGV0bWVpbg=="):
        assert secret not in story.drift.out
        assert secret not in text
    assert ".data.password: wanted ***, found ***, owner kubectl-edit since 20" in text


def test_a_check_writes_nothing(story: Story) -> None:
    assert story.wrote == []


def test_nothing_is_false_right_after_a_deployment(story: Story) -> None:
    report = story.calm.expect(0).json
    assert report["objects"] >= len(PLAIN)
    assert (report.get("drifts", []), report.get("notes", []), report["components"]) == ([], [], 5)


def test_a_calm_check_asks_for_metadata_only_and_dry_runs_nothing(story: Story) -> None:
    assert not any("dryRun=" in event["requestURI"] for event in story.calm_requests)


def test_nothing_checked_is_an_error(story: Story) -> None:
    story.nothing.expect(1)
    assert "nothing was deployed to local yet, so nothing was checked" in story.nothing.err


def test_a_report_for_a_test_view_has_a_failure_for_each_object(story: Story) -> None:
    suite = ET.fromstring((story.clone.home / "drift.xml").read_bytes())[0]
    assert int(suite.get("failures", "0")) == len(story.report["drifts"]) == len(suite.findall("testcase/failure"))


def test_only_the_named_component_is_checked(story: Story) -> None:
    report = story.clone.run("drift", "built", "-o", "json").expect(2).json
    assert [drift["component"] for drift in report["drifts"]] == ["built"]
    assert report["objects"] == 1
    story.clone.run("drift", "nobody").expect(4)
