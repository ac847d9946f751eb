"""`fairlead import` on repositories that nobody here wrote: what is in them, and that nothing else is touched."""

from __future__ import annotations

import shutil
from pathlib import Path

import orjson
import pytest
import yaml

from e2e.rig import Clone

REPOSITORIES = Path(__file__).resolve().parents[2].parent / "shared" / "inputs" / "repositories"

READ = {
    "flux2-kustomize-helm-example": {"production": 7, "staging": 7},
    "flux-local-cluster2": {"default": 7},
    "flux-local-cluster3": {"cluster3": 4},
    "flux-local-cluster4": {"default": 4},
}


@pytest.fixture
def copy(request: pytest.FixtureRequest, tmp_path: Path) -> Clone:
    folder = tmp_path / "project"
    shutil.copytree(REPOSITORIES / request.param, folder)
    return Clone(folder=folder, home=tmp_path / "home", kubeconfig=tmp_path / "none")


@pytest.mark.e2e
@pytest.mark.parametrize(("copy", "wanted"), READ.items(), indirect=["copy"], ids=READ)
def test_each_environment_has_its_components(copy: Clone, wanted: dict[str, int]) -> None:
    before = {file: file.read_bytes() for file in copy.folder.rglob("*") if file.is_file()}
    done = copy.run("import", "-o", "json")
    assert done.code == 0, done.err
    components = orjson.loads(done.out)["project"]["components"]
    counts = {name: sum(name in each["environments"] for each in components) for name in wanted}
    assert counts == wanted
    written = copy.folder / "fairlead.yaml"
    assert set(yaml.safe_load(written.read_text())["environments"]) == set(wanted)
    written.unlink()
    assert {file: file.read_bytes() for file in copy.folder.rglob("*") if file.is_file()} == before


@pytest.mark.e2e
@pytest.mark.parametrize("copy", ["flux2-kustomize-helm-example"], indirect=True)
def test_the_file_and_no_file_are_the_same_project(copy: Clone) -> None:
    without = copy.run("render", "-e", "staging", "-l", "infra-controllers")
    assert copy.run("import", "-q").code == 0
    written = copy.run("render", "-e", "staging", "-l", "infra-controllers")
    assert "HelmRelease" in without.out
    assert (without.code, without.out) == (written.code, written.out) == (0, written.out)


@pytest.mark.e2e
@pytest.mark.parametrize("copy", ["flux-local-cluster3"], indirect=True)
def test_a_file_that_is_there_is_not_overwritten(copy: Clone) -> None:
    (copy.folder / "fairlead.yaml").write_text("# mine\n")
    assert copy.run("import").code == 4
    assert (copy.folder / "fairlead.yaml").read_text() == "# mine\n"


@pytest.mark.e2e
@pytest.mark.parametrize("copy", ["flux2-kustomize-helm-example"], indirect=True)
def test_each_fault_is_told_at_its_place_with_what_led_there(copy: Clone) -> None:
    """Planted: a path that is not there, a need of nothing, a cycle, a source that nobody defines."""
    cluster = copy.folder / "clusters" / "staging"
    _replace(cluster / "apps.yaml", "path: ./apps/staging", "path: ./apps/stagin")
    _replace(cluster / "apps.yaml", "- name: infra-configs", "- name: infra-config")
    need = "  dependsOn:\n    - name: infra-configs\n  interval: 1h"
    _replace(cluster / "infrastructure.yaml", "  interval: 1h", need)
    _replace(
        copy.folder / "infrastructure/controllers/ingress-nginx.yaml", "        name: ingress", "        name: egress"
    )
    done = copy.run("validate", "-e", "staging", "-o", "json")
    assert done.code == 4, done.err
    found = {
        (f["rule"], f["location"]["file"], f["location"]["line"]): f
        for f in orjson.loads(done.out)["findings"]
        if f["rule"].startswith("flux-")
    }
    assert set(found) == {
        ("flux-build", "clusters/staging/apps.yaml", 13),
        ("flux-dependency", "clusters/staging/apps.yaml", 9),
        ("flux-cycle", "clusters/staging/infrastructure.yaml", 26),
        ("flux-chart", "infrastructure/controllers/ingress-nginx.yaml", 31),
    }
    assert found["flux-build", "clusters/staging/apps.yaml", 13]["hint"] == "did you mean ./apps/staging?"
    chain = found["flux-chart", "infrastructure/controllers/ingress-nginx.yaml", 31]["chain"]
    assert [place["file"] for place in chain] == ["clusters/staging/infrastructure.yaml"]


@pytest.mark.e2e
@pytest.mark.parametrize("copy", ["flux2-kustomize-helm-example"], indirect=True)
def test_charts_come_from_where_one_says_and_what_was_rendered_stays_the_same(copy: Clone) -> None:
    before = copy.run("validate", "-e", "staging", "-o", "json")
    missing = [f for f in orjson.loads(before.out)["findings"] if f["rule"] == "chart-unavailable"]
    assert (before.code, len(missing)) == (0, 3)
    assert all(each["severity"] == "warning" and each["location"]["line"] for each in missing)
    charts = copy.folder.parent / "charts"
    for name, version in (("podinfo", "6.5.0"), ("cert-manager", "1.20.0"), ("ingress-nginx", "4.0.0")):
        _write_chart(charts / name, name, version)
    first = copy.run("render", "-e", "staging", "-l", "podinfo", "--chart-source", str(charts))
    again = copy.run("render", "-e", "staging", "-l", "podinfo", "--chart-source", str(charts))
    assert first.code == 0, first.err
    assert yaml.safe_load(first.out)["data"] == {"version": "6.5.0", "replicas": "null"}
    assert again.out == first.out
    checked = copy.run("validate", "-e", "staging", "-o", "json", "--chart-source", str(charts))
    rules = {f["rule"] for f in orjson.loads(checked.out)["findings"]}
    assert (checked.code, rules) == (0, {"floating-chart", "unused-value"})


def _replace(file: Path, before: str, after: str) -> None:
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after, 1))


def _write_chart(folder: Path, name: str, version: str) -> None:
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text(f"apiVersion: v2\nname: {name}\nversion: {version}\n")
    (folder / "templates" / "object.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\n"
        "data: {version: {{ .Chart.Version | quote }}, replicas: {{ .Values.replicaCount | toJson | quote }}}\n"
    )


@pytest.mark.e2e
@pytest.mark.parametrize("copy", ["flux2-kustomize-helm-example"], indirect=True)
def test_a_file_that_a_cluster_names_from_elsewhere_is_no_environment_of_its_own(copy: Clone) -> None:
    """As in most home repositories: the Kustomization of an app lies beside it, and the cluster names the file."""
    cluster = copy.folder / "clusters" / "staging"
    (copy.folder / "apps" / "ks").mkdir()
    (cluster / "apps.yaml").rename(copy.folder / "apps" / "ks" / "ks.yaml")
    (cluster / "sync.yaml").write_text(_SYNC)
    named = "- sync.yaml\n- infrastructure.yaml\n- ../../apps/ks/ks.yaml\n"
    (cluster / "kustomization.yaml").write_text(f"kind: Kustomization\nresources:\n{named}")
    done = copy.run("import", "--dry-run", "-o", "json")
    assert done.code == 0, done.err
    project = orjson.loads(done.out)["project"]
    assert "ks" not in project["environments"]
    assert sum("staging" in each["environments"] for each in project["components"]) == 7


_SYNC = """apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 1m, url: "ssh://git@git.example.test/home/ops"}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec:
  interval: 10m
  path: ./clusters/staging
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
"""


@pytest.mark.e2e
@pytest.mark.parametrize("copy", ["flux-local-cluster"], indirect=True)
def test_flux_would_take_our_file_for_a_manifest_until_it_is_told(copy: Clone) -> None:
    warning = "takes every YAML file as a manifest, fairlead.yaml too: name it in .sourceignore"
    assert warning in copy.run("import", "--dry-run").out
    (copy.folder / ".sourceignore").write_text("/fairlead*.yaml\n")
    assert warning not in copy.run("import", "--dry-run").out


@pytest.mark.e2e
@pytest.mark.parametrize("copy", ["flux-local-cluster4"], indirect=True)
def test_what_lies_on_another_machine_keeps_nothing_else_from_being_planned(copy: Clone) -> None:
    file = copy.folder / "apps/monitoring/headlamp/kustomization.yaml"
    file.write_text(file.read_text().replace("resources:\n", "resources:\n  - https://example.test/crds.yaml\n"))
    done = copy.run("plan", "--dry-run").expect(0)
    assert "not rendered: https://example.test/crds.yaml lies on another machine" in done.out
    assert "Kustomization flux-system/cluster-apps-headlamp: cluster not observed" in done.out
