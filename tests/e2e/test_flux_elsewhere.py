"""Flux's objects that name something which is not here: on another machine, in another cluster, or nowhere."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from e2e.rig import Clone

pytestmark = pytest.mark.e2e

SYNC = """apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 1m, url: "https://git.example/org/fleet", ref: {branch: main}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 1m, path: ./clusters/prod, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
"""
SHOP = """apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: shop, namespace: flux-system}
spec: {interval: 1m, path: ./shop, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
"""
CHARTS = """apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {name: web, namespace: shop}
spec: {interval: 1m, url: "oci://registry.example/charts/web", ref: {semver: "1.x"}}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {name: manifests, namespace: shop}
spec: {interval: 1m, url: "oci://registry.example/manifests", ref: {semver: "1.x"}}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmChart
metadata: {name: api, namespace: shop}
spec: {interval: 1m, chart: api, version: 2.x, sourceRef: {kind: HelmRepository, name: charts}}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: charts, namespace: shop}
spec: {interval: 1m, url: "https://charts.example"}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: shop}
spec: {interval: 1m, chartRef: {kind: OCIRepository, name: web}}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: api, namespace: shop}
spec: {interval: 1m, chartRef: {kind: HelmChart, name: api}, kubeConfig: {secretRef: {name: far}}}
"""


def repository(tmp_path: Path, files: dict[str, str]) -> Clone:
    project = Clone(folder=tmp_path / "project", home=tmp_path / "home", kubeconfig=tmp_path / "none")
    for name, text in files.items():
        (project.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (project.folder / name).write_text(text)
    return project


def findings(project: Clone) -> list[tuple[str, str, int, str]]:
    said = orjson.loads(project.run("validate", "-o", "json").out)["findings"]
    return [(f["rule"], f["location"]["file"], f["location"]["line"], f.get("hint", "")) for f in said]


@pytest.mark.parametrize("is_generated", [True, False])
def test_what_lies_on_another_machine_hides_nothing_else(tmp_path: Path, is_generated: bool) -> None:
    """As where Flux itself is installed from its own repository. Also where a kustomization has nothing but that."""
    far = "resources:\n- https://github.com/fluxcd/flux2//manifests/install?ref=v2.0.0\n"
    files = {
        "clusters/prod/flux-system/kustomization.yaml": far + "- sync.yaml\n- https://files.example/install.yaml\n",
        "clusters/prod/flux-system/sync.yaml": SYNC,
        "clusters/prod/more/kustomization.yaml": far,
        "clusters/prod/shop.yaml": SHOP,
        "shop/settings.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: shop}\n",
    }
    if not is_generated:
        files["clusters/prod/kustomization.yaml"] = "resources: [flux-system, more, shop.yaml]\n"
    project = repository(tmp_path, files)
    done = project.run("render", "-e", "prod", "-l", "shop")
    assert (done.code, "name: settings" in done.out) == (0, True), done.err
    told = findings(project)
    assert {(rule, line) for rule, _, line, _ in told} == {("base-unresolved", 2), ("base-unresolved", 4)}
    planned = project.run("plan", "--dry-run", "-e", "prod").out
    assert [line.split(":")[0] for line in planned.splitlines() if "not rendered" in line] == ["  ? flux-system"]
    assert "default" not in project.run("import", "--dry-run").out, "no folder is left to guess of"


def test_a_source_that_nothing_defines_is_told_with_the_nearest_name(tmp_path: Path) -> None:
    wrong = SHOP.replace("name: flux-system}}", "name: flux-sytem}}")
    files = {"clusters/prod/sync.yaml": SYNC, "clusters/prod/shop.yaml": wrong, "shop/release.yaml": CHARTS}
    project = repository(tmp_path, files)
    near = "did you mean GitRepository flux-system/flux-system?"
    assert findings(project) == [("flux-build", "clusters/prod/shop.yaml", 4, near)]


def test_a_source_may_be_made_by_other_means_where_ours_is(tmp_path: Path) -> None:
    other = SHOP.replace("name: shop", "name: team").replace("name: flux-system}}", "name: team}}")
    project = repository(tmp_path, {"clusters/prod/shop.yaml": SHOP + "---\n" + other, "shop/release.yaml": CHARTS})
    assert "flux-build" not in {rule for rule, *_ in findings(project)}
    assert "built from GitRepository flux-system/team, which nothing here defines" in project.run("import").out


def test_charts_of_a_range_that_a_release_takes_as_a_whole(tmp_path: Path) -> None:
    """A release to another cluster is none of this one."""
    files = {"clusters/prod/sync.yaml": SYNC, "clusters/prod/shop.yaml": SHOP, "shop/release.yaml": CHARTS}
    project = repository(tmp_path, files)
    told = [(rule, line) for rule, _, line, _ in findings(project)]
    assert told == [("floating-chart", 4), ("floating-chart", 14), ("chart-unavailable", 21)]
    assert "HelmRelease shop/api is released to another cluster" in project.run("import", "--dry-run").out


def test_a_cluster_that_a_kustomization_lists_is_built_from_there(tmp_path: Path) -> None:
    """Its list leaves one out; beside the files that it lists lies what they build."""
    source, _ = SYNC.split("---\n")
    files = {
        "clusters/prod/kustomization.yaml": "resources: [source.yaml, deploy/shop.yaml]\n",
        "clusters/prod/source.yaml": source,
        "clusters/prod/deploy/shop.yaml": SHOP.replace("./shop", "./clusters/prod/deploy/shop"),
        "clusters/prod/deploy/off.yaml": SHOP.replace("name: shop", "name: off").replace("./shop", "./gone"),
        "clusters/prod/deploy/shop/kustomization.yaml": "resources: [a.yaml]\n",
        "clusters/prod/deploy/shop/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\n",
    }
    project = repository(tmp_path, files)
    assert "environment prod is the Flux cluster in clusters/prod:" in project.run("import", "--dry-run").expect(0).out
    assert [rule for rule, *_ in findings(project)] == []
