"""A deployment does only what is needed. Programs are seen as they start: those on PATH write down their arguments.

That nothing was written is in tests/e2e/test_sample.py; how long it takes, in `make bench ONLY=releases`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e.rig import Clone, tool

pytestmark = pytest.mark.e2e

PROGRAMS = ("helm", "kustomize", "kubectl", "tofu")
RELEASES = ("first", "second", "third")
CHART = {
    "Chart.yaml": "{apiVersion: v2, name: one, version: 1.0.0}\n",
    "templates/map.yaml": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Release.Name }}'}\ndata: {of: '{{ .Release.Name }}'}\n"
    ),
}
MAP = "{apiVersion: v1, kind: ConfigMap, metadata: {name: plain}, data: {key: value}}\n"


class Programs:
    """The real tools on a PATH of their own; *started* is what was started since it was asked last."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "started"
        self._bin = folder / "bin"
        self._bin.mkdir(parents=True)
        for name in PROGRAMS:
            script = self._bin / name
            script.write_text(f'#!/bin/sh\necho "{name} $*" >> "{self._log}"\nexec "{tool(name)}" "$@"\n')
            script.chmod(0o755)
        self.path = f"{self._bin}:/usr/bin:/bin"

    def started(self) -> list[str]:
        found = self._log.read_text().splitlines() if self._log.exists() else []
        self._log.unlink(missing_ok=True)
        return [line for line in found if " version" not in line]


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    return Programs(tmp_path / "programs")


@pytest.fixture
def deployed(clone: Clone, programs: Programs) -> Clone:
    """Three releases, a Kustomize build and a manifest."""
    for path, text in CHART.items():
        clone.write(f"charts/one/{path}", text)
    clone.write("plain.yaml", MAP)
    clone.write("built/map.yaml", MAP)
    clone.write("built/kustomization.yaml", {"resources": ["map.yaml"], "namePrefix": "built-"})
    clone.project(
        "idle",
        *({"name": name, "namespace": "idle", "helm": {"chart": "charts/one"}} for name in RELEASES),
        {"name": "plain", "namespace": "idle", "manifests": "plain.yaml"},
        {"name": "built", "namespace": "idle", "kustomize": "built"},
    )
    clone.run("deploy", PATH=programs.path).expect()
    return clone


def test_second_deploy_starts_no_program_and_after_a_deletion_only_what_mends_it(
    deployed: Clone, programs: Programs
) -> None:
    first = programs.started()
    assert {line.partition(" ")[0] for line in first} == {"helm", "kustomize"}
    assert all(any(name in line for line in first) for name in RELEASES)

    deployed.run("deploy", PATH=programs.path).expect()
    assert programs.started() == []

    deployed.kubectl("--namespace", "idle", "delete", "configmap", "second")
    report = deployed.run("deploy", "--output", "json", PATH=programs.path).expect().json
    started = programs.started()
    assert started
    assert all(line.startswith("helm upgrade second ") for line in started)
    changed = [name for name, step in report["run"]["steps"].items() if step["result"]["outcome"] == "changed"]
    assert changed == ["second"]
    assert deployed.kubectl("--namespace", "idle", "get", "configmap", "second", "--output=jsonpath={.data.of}")
