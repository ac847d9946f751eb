"""Finding the project file, and whether what it names is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairlead.model.errors import InputError
from fairlead.readers.project_file import check_paths, find_project, read_project

HEAD = """apiVersion: fairlead.dev/v1
project: homelab
environments: {local: {}, staging: {}}
components:
"""


def faults_of(components: str, root: Path, head: str = HEAD) -> list[str]:
    return [str(finding) for finding in check_paths(read_project(head + components, file="fairlead.yaml"), root)]


def write(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("", encoding="utf-8")


def test_the_project_file_is_found_from_below(tmp_path: Path) -> None:
    write(tmp_path, "fairlead.yaml", "charts/shop/Chart.yaml")
    assert find_project(tmp_path / "charts" / "shop") == tmp_path / "fairlead.yaml"


def test_the_nearest_project_file_counts(tmp_path: Path) -> None:
    write(tmp_path, "fairlead.yaml", "inner/fairlead.yaml")
    assert find_project(tmp_path / "inner") == tmp_path / "inner" / "fairlead.yaml"


def test_no_project_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no fairlead\.yaml in .* or above it"):
        find_project(tmp_path)


EVERY_KIND = """  - {name: a, namespace: a, secrets: [s.yaml],
     helm: {chart: charts/a, valueFiles: ["v/{environment}.yaml"]}}
  - {name: b, kustomize: "clusters/{environment}"}
  - {name: c, manifests: [m, n.yaml]}
  - {name: d, terraform: tf}
  - {name: e, test: {job: job.yaml}}
  - {name: f, test: {rollouts: true}}
"""


def test_what_is_there_has_no_finding(tmp_path: Path) -> None:
    write(tmp_path, "charts/a/Chart.yaml", "v/local.yaml", "v/staging.yaml", "s.yaml")
    write(tmp_path, "clusters/local/kustomization.yaml", "clusters/staging/Kustomization")
    write(tmp_path, "m/a.yaml", "n.yaml", "tf/main.tf", "job.yaml")
    assert faults_of(EVERY_KIND, tmp_path) == []


def test_everything_that_is_missing_is_told_at_once(tmp_path: Path) -> None:
    write(tmp_path, "v/local.yaml", "clusters/staging/other.yaml", "clusters/local", "tf/readme.md", "job.yaml/x")
    assert faults_of(EVERY_KIND, tmp_path) == [
        "fairlead.yaml:5:5: component a: chart charts/a does not exist",
        "fairlead.yaml:5:5: component a: secrets file s.yaml does not exist",
        "fairlead.yaml:5:5: component a (in staging): values file v/staging.yaml does not exist",
        "fairlead.yaml:7:5: component b (in local): kustomization clusters/local is no folder",
        "fairlead.yaml:7:5: component b (in staging): kustomization clusters/staging holds no "
        "kustomization.yaml or kustomization.yml or Kustomization",
        "fairlead.yaml:8:5: component c: manifests m does not exist",
        "fairlead.yaml:8:5: component c: manifests n.yaml does not exist",
        "fairlead.yaml:9:5: component d: Terraform root tf holds no *.tf or *.tf.json or *.tofu or *.tofu.json",
        "fairlead.yaml:10:5: component e: job job.yaml is no file",
    ]


def test_only_the_environments_of_a_component_are_looked_at(tmp_path: Path) -> None:
    write(tmp_path, "clusters/staging/kustomization.yaml")
    component = '  - {name: b, kustomize: "clusters/{environment}", environments: [staging]}\n'
    assert faults_of(component, tmp_path) == []


def test_a_chart_of_a_repository_is_no_path(tmp_path: Path) -> None:
    head = HEAD.replace("environments", "repositories: {r: 'https://example.test'}\nenvironments")
    component = "  - {name: b, namespace: b, helm: {chart: r/b, version: 1.0.0}}\n"
    assert faults_of(component, tmp_path, head) == []


def test_a_missing_chart_may_be_meant_of_a_repository(tmp_path: Path) -> None:
    project = read_project(HEAD + "  - {name: b, namespace: b, helm: {chart: r/b}}\n", file="fairlead.yaml")
    assert [f.hint for f in check_paths(project, tmp_path)] == [
        "if r is a chart repository, write its URL under `repositories`"
    ]


def test_a_link_out_of_the_project_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "project"
    write(tmp_path, "outside/kustomization.yaml", "project/inside/kustomization.yaml")
    (root / "link").symlink_to(tmp_path / "outside")
    (root / "good").symlink_to(root / "inside")
    components = "  - {name: a, kustomize: link}\n  - {name: b, kustomize: good}\n"
    assert faults_of(components, root) == [
        "fairlead.yaml:5:5: component a: kustomization link leads out of the project by a symbolic link"
    ]


@pytest.mark.parametrize(
    ("folders", "environment", "fault"),
    [
        ("local", "local: {}", ""),
        ("development", "development: {}", ""),
        ("development", "local: {as: {values: development}}", ""),
        ("other", "local: {}", ""),
        ("local development", "local: {}", "are two folders for one environment"),
        (
            "development",
            "local: {}",
            "environments/development is not read: the environment local reads environments/local",
        ),
        ("local", "development: {}", "environments/local is not read"),
    ],
)
def test_values_of_one_environment_under_two_names(tmp_path: Path, folders: str, environment: str, fault: str) -> None:
    write(tmp_path, *(f"environments/{folder}/values.yaml" for folder in folders.split()))
    head = f"apiVersion: fairlead.dev/v1\nproject: p\nenvironments: {{{environment}}}\ncomponents: []\n"
    found = faults_of("", tmp_path, head)
    assert len(found) == bool(fault)
    assert fault in "".join(found)
