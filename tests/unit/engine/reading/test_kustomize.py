"""Trees of kustomizations and folders of manifests, as somebody laid them out, read into components."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from fairlead.adapters.project_folder import ProjectFolder
from fairlead.engine.reading.kustomize import read_kustomize
from fairlead.model.component import Component, KustomizeSource, ManifestsSource
from fairlead.model.repository import Part

OBJECT = "apiVersion: v1\nkind: Service\nmetadata: {name: x}\n"
OTHER = OBJECT.replace("x", "other")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return tmp_path / "shop"


def read(folder: Path, files: Mapping[str, str], *, path: str = "", taken: tuple[str, ...] = ()) -> Part:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return read_kustomize(ProjectFolder(folder), path, taken=taken)


def named(*folders: str) -> str:
    return "resources:\n" + "".join(f"- {folder}\n" for folder in folders)


def shown(component: Component) -> tuple[str, object, tuple[str, ...]]:
    match component.source:
        case KustomizeSource(folder=folder):
            return component.name, folder, component.environments
        case ManifestsSource(paths=paths):
            return component.name, paths, component.environments
    raise AssertionError(component)


def test_overlays_of_one_base_are_one_component_of_several_environments(shop: Path) -> None:
    overlays = {f"overlays/{name}/kustomization.yaml": named("../../base") for name in ("dev", "prod-eu")}
    part = read(shop, {**overlays, "base/kustomization.yaml": named("x.yaml"), "base/x.yaml": OBJECT})
    assert [*map(shown, part.components)] == [("shop", "overlays/{environment}", ("dev", "prod-eu"))]
    assert [(remark.text, remark.is_sure) for remark in part.remarks] == [
        ("environment dev: read from overlays/{environment}", True),
        ("environment prod-eu: read from overlays/{environment}", True),
    ]
    assert part.findings == ()


def test_several_roots_of_an_environment_are_called_by_their_paths(shop: Path) -> None:
    roots = ("apps/web/overlays/dev", "apps/db/overlays/dev", "apps/web/overlays/prod", "dev/network")
    part = read(shop, {f"{root}/kustomization.yaml": named() for root in roots})
    assert [*map(shown, part.components)] == [
        ("apps-db", "apps/db/overlays/{environment}", ("dev",)),
        ("apps-web", "apps/web/overlays/{environment}", ("dev", "prod")),
        ("network", "{environment}/network", ("dev",)),
    ]


def test_what_no_path_ascribes_is_in_default_and_not_sure(shop: Path) -> None:
    part = read(shop, {"web/kustomization.yaml": named(), "overlays/dev/kustomization.yaml": named()})
    assert [*map(shown, part.components)] == [
        ("shop", "overlays/{environment}", ("dev",)),
        ("web", "web", ("default",)),
    ]
    assert [remark.is_sure for remark in part.remarks] == [True, False]


def test_a_kustomization_at_the_top_is_called_like_the_repository(shop: Path) -> None:
    part = read(shop, {"kustomization.yaml": named("x.yaml"), "x.yaml": OBJECT})
    assert [*map(shown, part.components)] == [("shop", ".", ("default",))]


def test_manifests_that_nothing_takes_are_components(shop: Path) -> None:
    files = {"k8s/dev/a.yaml": OBJECT, "k8s/prod/a.yaml": OBJECT, "k8s/prod/values.yaml": "a: b\n", "top.yaml": OTHER}
    part = read(shop, {**files, "web/kustomization.yaml": named("x.yaml"), "web/x.yaml": OBJECT, "web/y.yaml": OBJECT})
    assert [*map(shown, part.components)] == [
        ("web", "web", ("default",)),
        ("shop", ("top.yaml",), ("default",)),
        ("k8s", ("k8s/{environment}",), ("dev",)),
        ("k8s-2", ("k8s/{environment}/a.yaml",), ("prod",)),
    ]


def test_forms_of_one_application_side_by_side_are_environments(shop: Path) -> None:
    files = {"plain/a.yaml": OBJECT, "release/all.yaml": OBJECT, "tree/kustomization.yaml": named("a.yaml")}
    part = read(shop, {**files, "tree/a.yaml": OBJECT, "routes/a.yaml": OTHER})
    assert [*map(shown, part.components)] == [
        ("shop", "{environment}", ("tree",)),
        ("shop-2", ("{environment}",), ("plain", "release")),
        ("routes", ("routes",), ("default",)),
    ]
    assert part.remarks[0].text == (
        "environment tree: read from {environment}: what lies beside it holds the same objects, and a cluster can have "
        "one of them"
    )
    assert not any(remark.is_sure for remark in part.remarks)


def test_an_unused_base_is_told_and_not_deployed(shop: Path) -> None:
    part = read(shop, {"base/kustomization.yaml": named(), "dev/kustomization.yaml": named()})
    assert [component.name for component in part.components] == ["shop"]
    assert [(finding.rule, str(finding.location)) for finding in part.findings] == [
        ("kustomize-unused", "base/kustomization.yaml")
    ]


def test_what_another_tool_deploys_is_left_to_it(shop: Path) -> None:
    files = {"apps/kustomization.yaml": named("../lib"), "lib/kustomization.yaml": named(), "apps/x/a.yaml": OBJECT}
    assert read(shop, files, taken=("apps",)).components == ()
    assert read(shop, files, taken=(".",)).components == ()


def test_only_what_is_below_the_path_is_read(shop: Path) -> None:
    files = {"a/dev/kustomization.yaml": named(), "b/dev/kustomization.yaml": named(), "b/plain/x.yaml": OBJECT}
    assert [c.name for c in read(shop, files, path="b").components] == ["b", "b-plain"]


def test_a_repository_with_nothing_of_it_has_no_part(shop: Path) -> None:
    assert read(shop, {"main.py": "", "docker-compose.yaml": "services: {}\n", ".github/ci.yaml": OBJECT}) == Part()


@pytest.mark.parametrize("is_flux", [True, False])
def test_what_installs_flux_is_not_deployed_beside_it(shop: Path, is_flux: bool) -> None:
    files = {"boot/kustomization.yaml": named("github.com/fluxcd/flux2/manifests/install?ref=v2.0.0")}
    read(shop, files)
    part = read_kustomize(ProjectFolder(shop), is_flux=is_flux)
    said = [remark.text for remark in part.remarks]
    assert (len(part.components), any("it installs Flux" in text for text in said)) == (int(not is_flux), is_flux)


def test_what_is_tried_is_told_and_left_out_where_there_is_more(shop: Path) -> None:
    tried = {"tests/plain/kustomization.yaml": named("../../app")}
    assert [*map(shown, read(shop / "alone", tried).components)] == [("tests-plain", "tests/plain", ("default",))]
    part = read(shop, {**tried, "app/kustomization.yaml": named("x.yaml"), "app/x.yaml": OBJECT})
    assert [*map(shown, part.components)] == [("app", "app", ("default",))]
    assert part.remarks[-1].of == "tests/plain"
    flat = read(shop / "flat", {**tried, "k8s/x.yaml": OBJECT})
    assert [*map(shown, flat.components)] == [("k8s", ("k8s",), ("default",))]


def test_an_environment_may_be_called_test(shop: Path) -> None:
    part = read(shop, {f"k8s/{name}/x.yaml": OBJECT for name in ("dev", "test", "prod")})
    assert [*map(shown, part.components)] == [("k8s", ("k8s/{environment}",), ("dev", "prod", "test"))]


def test_clusters_with_the_same_folders_are_environments(shop: Path) -> None:
    part = read(shop, {f"{name}/{app}/x.yaml": OBJECT.replace("x", app) for name in ("a1", "b1") for app in ("w", "v")})
    assert {(component.name, component.environments) for component in part.components} == {
        ("v", ("a1", "b1")),
        ("w", ("a1", "b1")),
    }
