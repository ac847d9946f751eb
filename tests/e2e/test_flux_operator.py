"""A cluster of the Flux Operator: its folder is told by a FluxInstance, and a ResourceSet makes what it deploys. It was
begun with a helmfile that helmfile alone can evaluate, and something was put away."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from e2e.rig import Clone

pytestmark = pytest.mark.e2e

INSTANCE = """apiVersion: fluxcd.controlplane.io/v1
kind: FluxInstance
metadata: {name: flux, namespace: flux-system}
spec: {sync: {kind: GitRepository, url: "https://git.example.test/ops", path: kubernetes/flux/cluster}}
---
apiVersion: fluxcd.controlplane.io/v1
kind: ResourceSet
metadata: {name: teams, namespace: flux-system}
spec:
  inputs: [{team: red}, {team: blue}]
  resources:
    - apiVersion: kustomize.toolkit.fluxcd.io/v1
      kind: Kustomization
      metadata: {name: << inputs.team >>}
      spec:
        path: ./teams/<< inputs.team >>
        sourceRef: {kind: GitRepository, name: flux-system}
        components: [../../components/absent]
        ignoreMissingComponents: true
"""
TEAM = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: red}\ndata: {size: '1'}\n"
PUT_AWAY = """apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: camera, namespace: flux-system}
spec: {path: ./teams/camera, sourceRef: {kind: GitRepository, name: flux-system}}
"""
RELEASE = """apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: red}
spec:
  interval: 1h
  chart: {spec: {chart: web, version: 1.0.0, sourceRef: {kind: HelmRepository, name: charts}}}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: charts, namespace: red}
spec: {url: "https://charts.example.test"}
"""
FILES = {
    "kubernetes/flux/cluster/instance.yaml": INSTANCE,
    "teams/red/settings.yaml": TEAM,
    "teams/red/web.yaml": RELEASE,
    "old/camera/ks.yaml": PUT_AWAY,
    "bootstrap/helmfile.yaml.gotmpl": 'releases:\n- {name: cni, chart: ./cni, values: [{{ exec "cat" (list "x") }}]}\n',
}


@pytest.fixture
def copy(tmp_path: Path) -> Clone:
    folder = tmp_path / "project"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return Clone(folder=folder, home=tmp_path / "home", kubeconfig=tmp_path / "none")


def test_what_a_resource_set_makes_is_read(copy: Clone) -> None:
    done = copy.run("validate", "-o", "json")
    found = {
        (one["rule"], one["location"]["file"], one["location"]["line"]) for one in orjson.loads(done.out)["findings"]
    }
    assert found == {
        ("flux-build", "kubernetes/flux/cluster/instance.yaml", 9),  # of the team blue
        ("chart-unavailable", "teams/red/web.yaml", 1),
        ("helmfile-not-judged", "bootstrap/helmfile.yaml.gotmpl", 2),
    }


def test_what_is_not_read_is_said_and_keeps_nothing_else_from_being_compared(copy: Clone) -> None:
    (copy.folder / "teams" / "blue").mkdir()
    (copy.folder / "teams" / "blue" / "settings.yaml").write_text(TEAM.replace("red", "blue"))
    said = copy.run("import", "--dry-run").out
    assert "environment default is the Flux cluster in kubernetes/flux/cluster" in said
    assert "nothing is read from old/camera" in said
    copy.commit()
    (copy.folder / "teams/red/settings.yaml").write_text(TEAM.replace("'1'", "'2'"))
    copy.commit()
    done = copy.run("diff", "--rev", "HEAD~1..HEAD")
    assert "~ .data.size: 1 → 2" in done.out
    assert "not compared: bootstrap/helmfile.yaml.gotmpl" in done.out
    assert "web" not in done.out, "the release has the same chart and values at both"


def test_a_wrong_path_is_told_with_the_right_one(copy: Clone) -> None:
    (copy.folder / "teams/blue/web").mkdir(parents=True)
    (copy.folder / "teams/blue/web/settings.yaml").write_text(TEAM)
    (copy.folder / "teams/blue/web/kustomization.yaml").write_text("resources:\n- setings.yaml\n")
    (copy.folder / "parts/backup").mkdir(parents=True)
    green = PUT_AWAY.replace("teams/camera", "teams/red").replace("camera", "green")
    green = green.replace("}}", "}, components: [../backup]}")
    (copy.folder / "kubernetes/flux/cluster/green.yaml").write_text(green)
    (copy.folder / "parts/backup/kustomization.yaml").write_text("kind: Component\n")
    done = copy.run("validate")
    assert "teams/blue/web/kustomization.yaml:2:3: setings.yaml does not exist [kustomize-path-wrong]" in done.out
    assert "  hint: write settings.yaml" in done.out
    assert "takes in the component ../backup, which does not exist [flux-build]" in done.out
    assert "  hint: did you mean ../../parts/backup?" in done.out
    assert "kustomize-unused" not in done.out


@pytest.mark.parametrize(("version", "is_told"), [("1.0.0", False), ("1.x", True)])
def test_two_clusters_with_the_same_statement_have_the_same_release(copy: Clone, version: str, is_told: bool) -> None:
    release = copy.folder / "teams/red/web.yaml"
    release.write_text(RELEASE.replace("1.0.0", version))
    for cluster in ("eu", "us"):
        sync = PUT_AWAY.replace("teams/camera", "teams/red").replace("camera", "red")
        (copy.folder / "clusters" / cluster).mkdir(parents=True)
        (copy.folder / "clusters" / cluster / "red.yaml").write_text(sync)
    done = copy.run("diff", "eu", "us")
    assert ("web" in done.out) is is_told
