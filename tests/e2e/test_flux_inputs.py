"""What is said of real Flux repositories. Each finding was looked at by hand; a new one here is a new claim.

No chart of theirs is at hand, so that no release is rendered, and that is said of each.
"""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import orjson
import pytest
import yaml

from e2e.rig import Clone, inputs

pytestmark = pytest.mark.e2e

EXAMPLE = "flux2-kustomize-helm-example"
FINDINGS: dict[str, list[tuple[str, str]]] = {
    EXAMPLE: [
        # The range of the chart differs by environment, so that one place has two findings of a rule.
        ("chart-unavailable", "apps/base/podinfo/release.yaml"),
        ("chart-unavailable", "apps/base/podinfo/release.yaml"),
        ("chart-unavailable", "infrastructure/controllers/cert-manager.yaml"),
        ("chart-unavailable", "infrastructure/controllers/ingress-nginx.yaml"),
        ("floating-chart", "apps/base/podinfo/release.yaml"),
        ("floating-chart", "apps/base/podinfo/release.yaml"),
        ("floating-chart", "infrastructure/controllers/cert-manager.yaml"),
        ("floating-chart", "infrastructure/controllers/ingress-nginx.yaml"),
    ],
    "flux-local-cluster": [],
    "flux-local-cluster2": [
        ("chart-unavailable", "apps/monitoring/headlamp/app/helmrelease.yaml"),
        ("chart-unavailable", "apps/networking/ingress-nginx/app/helmrelease.yaml"),
    ],
    "flux-local-cluster3": [("chart-unavailable", "namespaces/base/podinfo/release.yaml")],
    "flux-local-cluster4": [("chart-unavailable", "apps/monitoring/headlamp/helmrelease.yaml")],
}
OBJECTS = {"apps": 3, "infra-controllers": 6, "infra-configs": 1}
"""What each Kustomization of the example builds. SOURCES.md says 3 for the last; kustomize itself builds 1."""


def clone(name: str, tmp_path: Path) -> Clone:
    folder = tmp_path / "project"
    shutil.copytree(inputs() / "repositories" / name, folder)
    (folder / ".git").mkdir()
    return Clone(folder=folder, home=tmp_path / "home", kubeconfig=tmp_path / "none")


@pytest.mark.parametrize("name", FINDINGS)
def test_every_finding(name: str, tmp_path: Path) -> None:
    done = clone(name, tmp_path).run("validate", "-o", "json")
    said = orjson.loads(done.out)["findings"]
    found = [(one["rule"], (one.get("location") or one["chain"][-1])["file"]) for one in said]
    assert (done.code, sorted(found)) == (0, FINDINGS[name])


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_what_the_example_builds(environment: str, tmp_path: Path) -> None:
    words = [word for name in OBJECTS for word in ("-l", name)]
    done = clone(EXAMPLE, tmp_path).run("render", "-e", environment, *words)
    components = [line.removeprefix("# component: ") for line in done.out.splitlines() if line.startswith("# comp")]
    assert (done.code, Counter(components)) == (0, OBJECTS)


def test_a_part_of_a_repository_is_not_called_broken(tmp_path: Path) -> None:
    done = clone("flux-local-cluster", tmp_path).run("import", "-o", "json")
    (remark,) = [r for r in orjson.loads(done.out)["remarks"] if "builds" in r["text"]]
    assert "only tests/testdata/cluster8/cluster of its repository is here" in remark["text"]


_SYNC = """apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 1m, url: "https://git.example/org/fleet", ref: {branch: main}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec:
  interval: 10m
  path: ./clusters/production
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
"""
_TENANT = """apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: team, namespace: flux-system}
spec: {interval: 1m, url: "https://git.example/org/shop.git", ref: {branch: main}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: team, namespace: flux-system}
spec: {interval: 10m, path: ./deploy, prune: true, sourceRef: {kind: GitRepository, name: team}}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: shop}
spec:
  interval: 1h
  chart:
    spec:
      chart: ./charts/web
      sourceRef: {kind: GitRepository, name: charts, namespace: flux-system}
      valuesFiles: [./charts/web/values.yaml, ./charts/web/values-large.yaml]
  postRenderers:
  - kustomize:
      patches:
      - target: {kind: ConfigMap, name: web}
        patch: |
          - {op: add, path: /data/by, value: first}
  - kustomize:
      patchesStrategicMerge:
      - {apiVersion: v1, kind: ConfigMap, metadata: {name: web}, data: {by: second}}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: charts, namespace: flux-system}
spec: {interval: 1m, url: "ssh://git@git.example/org/charts.git", ref: {tag: v1}}
"""
PLATFORM = {
    "fleet/clusters/production/flux-system/gotk-sync.yaml": _SYNC,
    "fleet/clusters/production/team.yaml": _TENANT,
    "shop/deploy/config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shop, namespace: shop}\n",
    "charts/charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "charts/charts/web/values.yaml": "size: 1\n",
    "charts/charts/web/values-large.yaml": "size: 9\n",
    "charts/charts/web/templates/web.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n"
    "data: {size: {{ .Values.size | quote }}}\n",
}


def test_repositories_side_by_side_are_one_platform(tmp_path: Path) -> None:
    """Beside the one with the cluster lie one that is built from, and one with a chart and its value files.
    Post-renderers change what the chart makes, in their order."""
    project = Clone(folder=tmp_path / "platform", home=tmp_path / "home", kubeconfig=tmp_path / "none")
    for name, text in PLATFORM.items():
        file = project.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    done = project.run("render", "-e", "production", "-l", "team", "-l", "web")
    assert done.code == 0, done.err
    objects = {each["metadata"]["name"]: each for each in yaml.safe_load_all(done.out) if each}
    assert set(objects) == {"shop", "web"}
    assert objects["web"]["data"] == {"size": "9", "by": "second"}
    assert project.run("validate").code == 0
