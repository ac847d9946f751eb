"""What breaks outside the project file: charts, Terraform, clusters, disks, workloads, the API server's refusals.

Each test looks at the exit code, at the sentence of cause (which names the thing) and the hint of remedy, at the record
(nothing half recorded), and deploys again once the fault is mended.
"""

from __future__ import annotations

import contextlib
import json
import re
import resource
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from e2e.objects import (
    IMAGE,
    chart,
    config_map,
    crd,
    expect_settled,
    job,
    lease_holder,
    run_of,
    stream,
    workload,
)
from e2e.rig import Clone, Finished, writes

pytestmark = pytest.mark.e2e

Deployed = Callable[[str], str]


def said(done: Finished, *words: str) -> None:
    """One error line with all *words*, and a hint after it."""
    errors = [line for line in done.err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1, done.err
    assert [word for word in words if word not in errors[0]] == [], done.err
    assert re.search(r"^\s*hint: \S", done.err, re.MULTILINE), done.err


def failed(done: Finished, *words: str) -> None:
    """A step that failed: one line of cause with all *words* in the report, and a hint after it."""
    lines = done.out.splitlines()
    at = [number for number, line in enumerate(lines) if line.startswith("failed: ")]
    assert len(at) == 1, done.out
    assert [word for word in words if word not in lines[at[0]]] == [], done.out
    assert lines[at[0] + 1].startswith("hint: "), done.out


def manifests(clone: Clone, name: str, *objects: object, **component: object) -> None:
    """A project *name* with one component `app` in a namespace *name*."""
    clone.write("manifests/app.yaml", stream(*objects))  # type: ignore[arg-type]
    clone.project(name, {"name": "app", "namespace": name, "manifests": "manifests", **component})


def helm(clone: Clone, name: str, **component: object) -> None:
    clone.project(name, {"name": "app", "namespace": name, "helm": {"chart": "charts/app"}, **component})


def expect_untouched(clone: Clone, name: str) -> None:
    """Nothing of project *name* was written, and nobody holds its lock."""
    assert clone.kubectl("get", "namespace", name, "--ignore-not-found") == ""
    assert lease_holder(clone, name) == ""
    assert run_of(clone) is None


# -- charts


def test_template_error_names_its_place_in_the_chart(clone: Clone) -> None:
    chart(clone, "app", 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ fail "no luck today" }}\n')
    helm(clone, "template-error")
    done = clone.run("deploy").expect(4)
    said(done, "app/templates/0.yaml:4:", "no luck today")
    expect_untouched(clone, "template-error")
    chart(clone, "app", stream(config_map("app")))
    clone.run("deploy").expect()


def test_missing_required_value_names_the_template_and_the_value(clone: Clone) -> None:
    chart(clone, "app", stream(config_map("app")) + 'data: {host: {{ required "host is needed" .Values.host }}}\n')
    helm(clone, "required-value")
    said(clone.run("deploy").expect(4), "app/templates/0.yaml", "host is needed")
    expect_untouched(clone, "required-value")
    clone.write("environments/local/app.yaml", {"host": "x.example.test"})
    clone.run("deploy").expect()


def test_broken_chart_file_names_line_and_column(clone: Clone) -> None:
    chart(clone, "app", stream(config_map("app")))
    clone.write("charts/app/Chart.yaml", "apiVersion: v2\nname: app\n  version: 1.0.0\n")
    helm(clone, "broken-chart")
    said(clone.run("deploy").expect(4), "charts/app/Chart.yaml:3:")
    expect_untouched(clone, "broken-chart")


# -- Terraform

ROOT = 'terraform {\n  backend "kubernetes" {}\n}\n\nvariable "environment" { type = string }\n\n'
PLACE = 'resource "terraform_data" "place" {\n  input = var.environment\n%s}\n'


def terraform(clone: Clone, name: str, text: str) -> None:
    clone.write("terraform/main.tf", ROOT + text)
    clone.project(
        name,
        {"name": "place", "terraform": "terraform"},
        {"name": "app", "namespace": name, "manifests": "manifests"},
    )
    clone.write("manifests/app.yaml", config_map("app"))


def test_terraform_syntax_error_names_line_and_column(clone: Clone) -> None:
    terraform(clone, "tf-syntax", 'resource "terraform_data" {\n}\n')
    said(clone.run("deploy").expect(4), "terraform/main.tf:7:")
    expect_untouched(clone, "tf-syntax")


def test_failing_provisioner_fails_the_run_and_skips_the_rest(clone: Clone) -> None:
    terraform(clone, "tf-apply", PLACE % '  provisioner "local-exec" { command = "exit 7" }\n')
    done = clone.run("deploy").expect(1)
    failed(done, "place", "terraform_data.place", "exit status 7")
    run = expect_settled(clone, "tf-apply")
    assert run["steps"]["app"]["result"]["outcome"] == "skipped"
    assert clone.kubectl("get", "configmap", "app", "-n", "tf-apply", "--ignore-not-found", check=False) == ""
    terraform(clone, "tf-apply", PLACE % "")
    clone.run("deploy").expect()
    expect_settled(clone, "tf-apply", state="succeeded")


# -- clusters


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_unreachable_cluster_is_said_quickly(clone: Clone, closed_port: int) -> None:
    config = yaml.safe_load(clone.kubeconfig.read_text())
    config["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{closed_port}"
    clone.kubeconfig = clone.write("kubeconfig", config)
    manifests(clone, "unreachable", config_map("app"))
    for verb in ("plan", "deploy", "status", "history", "resume"):
        started = time.monotonic()
        done = clone.run(verb).expect(1)
        assert time.monotonic() - started < 10
        said(done, f"127.0.0.1:{closed_port}")


@pytest.mark.parametrize("context", ["prod", ""])
def test_context_that_is_not_there_is_named_with_those_that_are(clone: Clone, context: str) -> None:
    config = yaml.safe_load(clone.kubeconfig.read_text())
    config["current-context"] = "gone"
    clone.kubeconfig = clone.write("kubeconfig", config)
    manifests(clone, "no-context", config_map("app"))
    if context:
        project = yaml.safe_load((clone.folder / "fairlead.yaml").read_text())
        project["environments"]["local"]["cluster"]["context"] = context
        clone.write("fairlead.yaml", project)
    done = clone.run("deploy").expect(4)
    said(done, context or "gone")
    assert config["contexts"][0]["name"] in done.err


def test_kubeconfig_that_is_not_there_is_named(clone: Clone) -> None:
    clone.kubeconfig = clone.folder / "nowhere"
    manifests(clone, "no-kubeconfig", config_map("app"))
    said(clone.run("deploy").expect(4), "nowhere")


# -- disks


@contextlib.contextmanager
def full_disk(folder: Path) -> Iterator[Path]:
    """A folder on a file system of 1 MiB without a free byte."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], check=True, capture_output=True)
    try:
        with contextlib.suppress(OSError), (folder / "filler").open("wb", buffering=0) as filler:
            while True:
                filler.write(bytes(4096))
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True, capture_output=True)


@contextlib.contextmanager
def no_disk(folder: Path) -> Iterator[Path]:
    """Where mounting is not allowed: no file may grow, anywhere, for this process and its children."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    folder.mkdir(parents=True, exist_ok=True)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield folder
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def can_mount(folder: Path) -> bool:
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], check=False)
    return done.returncode == 0 and subprocess.run(["umount", str(folder)], check=True).returncode == 0


@pytest.fixture
def full(tmp_path: Path) -> Callable[[Path], contextlib.AbstractContextManager[Path]]:
    return full_disk if can_mount(tmp_path / "probe") else no_disk


Full = Callable[[Path], contextlib.AbstractContextManager[Path]]


def test_full_cache_is_named_and_nothing_is_deployed(clone: Clone, full: Full, tmp_path: Path) -> None:
    chart(clone, "app", stream(config_map("app")))
    helm(clone, "full-cache")
    with full(tmp_path / "full") as cache:
        done = clone.run("deploy", XDG_CACHE_HOME=str(cache)).expect(1)
        said(done, str(cache), "No space left on device")
    expect_untouched(clone, "full-cache")
    clone.run("deploy").expect()


def test_full_state_folder_is_named_and_nothing_is_deployed(clone: Clone, full: Full, tmp_path: Path) -> None:
    manifests(clone, "full-state", config_map("app"))
    with full(tmp_path / "full") as state:
        done = clone.run("deploy", XDG_STATE_HOME=str(state)).expect(1)
        said(done, str(state), "No space left on device")
    expect_untouched(clone, "full-state")
    clone.run("deploy").expect()


def test_full_disk_under_terraform_is_named(clone: Clone, full: Full, tmp_path: Path) -> None:
    terraform(clone, "full-terraform", PLACE % "")
    with full(tmp_path / "full") as state:
        said(clone.run("plan", XDG_STATE_HOME=str(state)).expect(1), "no space left on the device")
    clone.run("deploy").expect()


def test_report_on_a_full_disk_fails_but_the_run_is_recorded(clone: Clone, full: Full, tmp_path: Path) -> None:
    manifests(clone, "full-report", config_map("app"))
    with full(tmp_path / "full") as folder:
        done = clone.run("deploy", "--report-file", folder / "report.json").expect(1)
        said(done, "report.json", "No space left on device")
        assert "local succeeded" in done.out
        assert not (folder / "report.json").exists()
    expect_settled(clone, "full-report", state="succeeded")


# -- workloads that cannot become ready


def test_workload_that_fits_no_node_says_what_the_scheduler_says(clone: Clone) -> None:
    manifests(clone, "no-node", config_map("settings"), workload("stuck", nodeSelector={"disk": "quantum"}))
    started = time.monotonic()
    done = clone.run("deploy", "--timeout", "4s").expect(1)
    assert time.monotonic() - started < 30
    failed(
        done, "Deployment no-node/stuck", "4 s", "Unschedulable", "node(s) didn't match", "last event FailedScheduling"
    )
    run = expect_settled(clone, "no-node")
    assert run["steps"]["app"]["result"]["outcome"] == "failed"
    assert "Deployment no-node/stuck" in clone.run("status").expect().out
    manifests(clone, "no-node", config_map("settings"), workload("stuck"))
    clone.run("deploy").expect()
    assert clone.run("plan", "--detailed-exitcode").expect(0)


def test_workload_that_fits_a_node_later_is_resumed(clone: Clone) -> None:
    manifests(clone, "late-node", workload("late", nodeSelector={"disk": "late"}))
    clone.run("deploy", "--timeout", "3s").expect(1)
    node = clone.kubectl("get", "nodes", "-o", "name").split()[0]
    clone.kubectl("label", node, "disk=late")
    clone.run("resume").expect()
    expect_settled(clone, "late-node", state="succeeded")


def test_release_that_fits_no_node_fails_and_is_mended_by_the_next_deploy(clone: Clone) -> None:
    chart(clone, "app", stream(workload("stuck", nodeSelector={"disk": "quantum"})))
    helm(clone, "no-node-helm")
    failed(clone.run("deploy", "--timeout", "4s").expect(1), "Deployment no-node-helm/stuck", "node(s) didn't match")
    expect_settled(clone, "no-node-helm")
    chart(clone, "app", stream(workload("stuck")))
    clone.run("deploy").expect()
    assert clone.run("plan", "--detailed-exitcode").expect(0)


# -- what the API server refuses


def test_object_that_the_api_server_refuses_stops_everything_before_the_first_write(
    clone: Clone, audit_log: Path
) -> None:
    manifests(clone, "refused", config_map("app"))
    clone.run("deploy").expect()
    wrong = workload("wrong")
    wrong["spec"]["template"]["metadata"]["labels"] = {"app": "other"}
    manifests(clone, "refused", config_map("app", a="2"), wrong)
    before = audit_log.stat().st_size
    done = clone.run("deploy").expect(4)
    said(done, "Deployment refused/wrong", "does not match template `labels`")
    assert writes(audit_log, since=before, agents=("fairlead",)) == []
    manifests(clone, "refused", config_map("app", a="2"), workload("wrong"))
    clone.run("deploy").expect()


def test_changed_immutable_field_is_named_before_any_write(clone: Clone, audit_log: Path) -> None:
    manifests(clone, "immutable", job("once"))
    clone.run("deploy").expect()
    manifests(clone, "immutable", job("once", image=f"{IMAGE}-next"))
    before = audit_log.stat().st_size
    done = clone.run("deploy").expect(4)
    said(done, "Job immutable/once", "field is immutable")
    assert len(done.err) < 1000, done.err
    assert writes(audit_log, since=before, agents=("fairlead",)) == []


def test_object_of_two_components_names_both(clone: Clone) -> None:
    clone.write("one/app.yaml", config_map("app"))
    clone.write("two/app.yaml", config_map("app", other="value"))
    clone.project(
        "shared",
        {"name": "one", "namespace": "shared", "manifests": "one"},
        {"name": "two", "namespace": "shared", "manifests": "two"},
    )
    done = clone.run("deploy").expect(4)
    said(done, "ConfigMap shared/app", "one", "two")
    expect_untouched(clone, "shared")


def test_definition_that_drops_a_stored_version_is_refused(clone: Clone, audit_log: Path) -> None:
    both = crd("sails", "Sail", {"name": "v1alpha1", "storage": True}, {"name": "v1"})
    manifests(clone, "dropped", both)
    clone.run("deploy").expect()
    manifests(clone, "dropped", crd("sails", "Sail", {"name": "v1", "storage": True}))
    before = audit_log.stat().st_size
    done = clone.run("deploy").expect(3)
    said(done, "CustomResourceDefinition sails.faults.example.test", "v1alpha1")
    assert writes(audit_log, since=before, agents=("fairlead",)) == []
    served = json.loads(clone.kubectl("get", "crd", "sails.faults.example.test", "-o", "json"))
    assert [version["name"] for version in served["spec"]["versions"]] == ["v1alpha1", "v1"]
