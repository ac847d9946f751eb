"""What `validate` finds in the real inputs. Each finding was looked at by hand; a new one here is a new claim."""

from __future__ import annotations

import contextlib
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from e2e.rig import inputs
from fairlead.cli.main import run

pytestmark = pytest.mark.e2e

CHARTS = (
    *("argo-cd", "cert-manager", "gatekeeper", "ingress-nginx", "kube-prometheus-stack", "longhorn", "metallb"),
    *("metrics-server", "podinfo", "promtail", "sealed-secrets"),
)
HOOKS = {
    "argo-cd": 4,
    "cert-manager": 4,
    "gatekeeper": 8,
    "ingress-nginx": 7,
    "kube-prometheus-stack": 10,
    "longhorn": 3,
    "podinfo": 3,
}
"""What each chart's output marks as a Helm hook: plain manifests of it are none."""


@pytest.fixture
def rendered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every chart's output as a component of plain manifests."""
    (tmp_path / "manifests").mkdir()
    lines = [
        "apiVersion: fairlead.dev/v1",
        "project: inputs",
        'environments: {local: {kubernetes: "1.34"}}',
        "components:",
    ]
    for name in CHARTS:
        text = (inputs() / "rendered" / f"{name}.yaml").read_text()
        (tmp_path / "manifests" / f"{name}.yaml").write_text(text)
        lines.append(f"  - {{name: {name}, namespace: {name}, manifests: manifests/{name}.yaml}}")
    (tmp_path / "fairlead.yaml").write_text("\n".join(lines))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def validated(*words: str) -> dict[str, Any]:
    report = Path("report.json")
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        run(["validate", "-q", "--report-file", str(report), *words])
    said: dict[str, Any] = json.loads(report.read_bytes())
    return said


def test_rendered_charts(rendered: Path) -> None:
    said = validated()
    assert (said["checked"], said["exit_code"]) == (425, 0)
    by_rule = Counter((finding["rule"], finding.get("component", "")) for finding in said["findings"])
    hooks = {("hook-never-runs", component): count for component, count in HOOKS.items()}
    assert dict(by_rule) == {
        **hooks,
        # The test pod of podinfo's chart has `image: giantswarm/tiny-tools`.
        ("floating-image", "podinfo"): 1,
        # The admin password of Grafana that everybody knows, in base64.
        ("plain-credential", ""): 1,
    }


def test_rendered_charts_twice_are_the_same_bytes(rendered: Path) -> None:
    validated()
    first = Path("report.json").read_bytes()
    validated()
    assert Path("report.json").read_bytes() == first


REPOSITORIES: dict[str, dict[str, int]] = {
    # Its Flux paths lead into the repository that it was taken from, of which no more is here.
    "flux-local-cluster": {},
    "flux-local-cluster2": {},
    "flux-local-cluster3": {},
    "flux-local-cluster4": {},
    # cert-manager 1.x, ingress-nginx * and podinfo >=1.0.0 are ranges in both environments; podinfo's differ.
    "flux2-kustomize-helm-example": {"floating-chart": 4},
}
"""What is found besides charts whose repositories do not answer here."""


@pytest.mark.parametrize("name", REPOSITORIES)
def test_repositories(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in (inputs() / "repositories" / name).rglob("*"):
        if file.is_file():
            target = tmp_path / "copy" / file.relative_to(inputs() / "repositories" / name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    monkeypatch.chdir(tmp_path / "copy")
    found = Counter(finding["rule"] for finding in validated()["findings"])
    found.pop("chart-unavailable", None)
    assert dict(found) == REPOSITORIES[name]
