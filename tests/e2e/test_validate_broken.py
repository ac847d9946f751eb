"""Repositories broken by hand: what is said of each, with its place and what led there, and nothing else.

Not here: what needs no build of kustomize or helm (mutants/), helmfile and Terraform (their own modules).
"""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fairlead.cli.main import run

pytestmark = pytest.mark.e2e

WEB = """apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "web:1.27.1"}]}
"""
KUSTOMIZE: Mapping[str, str] = {
    "base/kustomization.yaml": "resources: [web.yaml]\n",
    "base/web.yaml": WEB,
    "overlays/staging/kustomization.yaml": "resources: [../../base]\n",
    "overlays/production/kustomization.yaml": "resources: [../../base]\nnamePrefix: eu-\n",
}
FLUX: Mapping[str, str] = {
    "clusters/production/git.yaml": """apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 1m, url: "ssh://git@example.test/x", ref: {branch: main}}
""",
    "clusters/production/apps.yaml": """apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  interval: 10m
  path: ./apps
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
""",
    "apps/kustomization.yaml": "resources: [web.yaml]\n",
    "apps/web.yaml": WEB,
}
APPS = "clusters/production/apps.yaml"
LED = (f"{APPS}:1",)
MISSPELT = WEB.replace("spec:\n  selector", "spec:\n  replica: 2\n  selector")
REMOTE = "https://raw.example.test/crds.yaml"


def validated(folder: Path, *words: str) -> list[dict[str, Any]]:
    report = folder.parent / "report.json"
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        run(["validate", "-q", "--report-file", str(report), *words])
    said: list[dict[str, Any]] = json.loads(report.read_bytes())["findings"]
    return said


def place(location: Mapping[str, Any] | None) -> str:
    return f"{location['file']}:{location.get('line', 0)}" if location else ""


def written(folder: Path, files: Mapping[str, str]) -> Path:
    (folder / ".git").mkdir(parents=True)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize(
    ("files", "rule", "at", "chain"),
    [
        pytest.param(
            {**KUSTOMIZE, "base/web.yaml": MISSPELT}, "schema", "base/web.yaml:5", (), id="kustomize: misspelt field"
        ),
        pytest.param(
            {**KUSTOMIZE, "base/web.yaml": WEB.replace("apps/v1", "extensions/v1beta1")},
            *("api-removed", "base/web.yaml:1", ()),
            id="kustomize: an API that is gone",
        ),
        pytest.param(
            {
                **KUSTOMIZE,
                "overlays/staging/kustomization.yaml": "resources: [../../base]\npatches:\n"
                "- target: {kind: Deployment}\n"
                "  patch: '- {op: remove, path: /spec/paused}'\n",
            },
            *("kustomize-build", "overlays/staging/kustomization.yaml:0", ()),
            id="kustomize: a patch of a field that is not there",
        ),
        pytest.param(
            {**KUSTOMIZE, "base/kustomization.yaml": f"resources: [web.yaml, '{REMOTE}']\n"},
            *("base-unresolved", "base/kustomization.yaml:1", ()),
            id="kustomize: a file on another machine",
        ),
        pytest.param({**FLUX, "apps/web.yaml": MISSPELT}, "schema", "apps/web.yaml:5", LED, id="flux: misspelt field"),
        pytest.param(
            {**FLUX, APPS: FLUX[APPS].replace("./apps", "./app")}, "flux-build", f"{APPS}:6", (), id="flux: wrong path"
        ),
        pytest.param(
            {**FLUX, "apps/kustomization.yaml": "resources: [web.yml]\n"},
            *("kustomize-path-wrong", "apps/kustomization.yaml:1", LED),
            id="flux: wrong resource",
        ),
        pytest.param(
            {**FLUX, "apps/kustomization.yaml": "# nothing\n"},
            *("kustomize-empty", "apps/kustomization.yaml:1", LED),
            id="flux: empty kustomization",
        ),
        pytest.param(
            {**FLUX, "apps/kustomization.yaml": f"resources: [web.yaml, '{REMOTE}']\n"},
            *("base-unresolved", "apps/kustomization.yaml:1", LED),
            id="flux: a file on another machine",
        ),
        pytest.param(
            {
                **FLUX,
                APPS: f"{FLUX[APPS]}  patches:\n"
                "  - {target: {kind: Deployment, name: wbe}, patch: '- {op: add, path: /spec/paused, value: true}'}\n"
                "  - {target: {kind: Deployment, name: web}, patch: '- {op: add, path: /spec/paused, value: true}'}\n"
                "  - {target: {kind: StatefulSet}, patch: '- {op: add, path: /spec/paused, value: true}'}\n",
            },
            *("kustomize-patch-target", f"{APPS}:1", ()),
            id="flux: a patch without its object",
        ),
        pytest.param(
            {**FLUX, "clusters/production/bad.yaml": "a: b: c\n"},
            *("not-yaml", "clusters/production/bad.yaml:1", ()),
            id="flux: no YAML beside the Kustomizations",
        ),
    ],
)
def test_the_fault_is_said_once_with_its_place(
    files: Mapping[str, str],
    rule: str,
    at: str,
    chain: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(written(tmp_path / "repository", files))
    found = validated(tmp_path / "repository")
    assert [(f["rule"], place(f.get("location"))) for f in found] == [(rule, at)]
    assert tuple(map(place, found[0].get("chain", ()))) == chain


def test_what_lies_elsewhere_keeps_only_fairlead_from_deploying(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = (
        "apiVersion: fairlead.dev/v1\nproject: shop\nenvironments: {staging: {}}\n"
        "components: [{name: web, kustomize: base}]\n"
    )
    files = {**KUSTOMIZE, "base/kustomization.yaml": f"resources: [web.yaml, '{REMOTE}']\n"}
    monkeypatch.chdir(written(tmp_path / "read", files))
    assert [f["severity"] for f in validated(tmp_path / "read")] == ["warning"]
    monkeypatch.chdir(written(tmp_path / "own", {**files, "fairlead.yaml": project}))
    assert [f["severity"] for f in validated(tmp_path / "own")] == ["error"]


def test_what_was_seen_while_reading_can_be_waived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waiver = (
        "apiVersion: fairlead.dev/v1\n"
        "waivers: [{rule: flux-build, file: clusters/*, reason: moved, owner: ops, expires: 2999-01-01}]\n"
    )
    files = {**FLUX, APPS: FLUX[APPS].replace("./apps", "./app"), "fairlead.waivers.yaml": waiver}
    monkeypatch.chdir(written(tmp_path / "repository", files))
    assert validated(tmp_path / "repository") == []


def test_a_chart_that_was_not_fetched_is_not_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = (
        "apiVersion: fairlead.dev/v1\nproject: shop\nenvironments: {staging: {}}\n"
        "components:\n- name: web\n  namespace: web\n"
        "  helm: {chart: web, repository: 'http://127.0.0.1:9/c', version: 1.2.3}\n"
    )
    monkeypatch.chdir(written(tmp_path / "repository", {"fairlead.yaml": project}))
    (found,) = validated(tmp_path / "repository")
    assert (found["rule"], found["severity"], place(found["location"])) == (
        "chart-unavailable",
        "warning",
        "fairlead.yaml:5",
    )
    assert found["message"].startswith("not rendered: chart unavailable: web 1.2.3 was not fetched yet")
    assert "--chart-source" in found["hint"]
    (asked,) = validated(tmp_path / "repository", "--chart-source", "repositories")
    assert "could not be read" in asked["message"]
