"""Which folders are applied as they are."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from fairlead.planning.kustomize.tree import KustomizeTree
from fairlead.planning.manifest_folders import find_manifest_folders, is_object_text

OBJECT = "apiVersion: v1\nkind: Service\nmetadata: {name: x}\n"


def other(name: str) -> str:
    return OBJECT.replace("name: x", f"name: {name}")


def found(files: Mapping[str, str], *taken: str) -> dict[str, tuple[str, ...]]:
    tree = KustomizeTree(files, links={}, read=lambda path: files[path])
    return {each.folder: each.paths for each in find_manifest_folders(tree, taken=taken)}


def test_a_folder_of_manifests_is_taken_whole() -> None:
    assert found({"k8s/a.yaml": OBJECT, "k8s/deep/b.yml": other("y")}) == {"k8s": ("k8s",)}


def test_a_folder_with_an_object_of_the_one_above_it_is_another_way_to_apply_it() -> None:
    files = {"guest/a.yaml": OBJECT, "guest/b.yaml": other("y"), "guest/all/all.yaml": f"{OBJECT}---\n{other('y')}"}
    assert found(files) == {"guest": ("guest/a.yaml", "guest/b.yaml"), "guest/all": ("guest/all",)}
    assert found({**files, "guest/c/d.yaml": other("z")})["guest"] == (*found(files)["guest"], "guest/c/d.yaml")


def test_files_are_named_where_others_lie_beside_them() -> None:
    assert found({"k8s/a.yaml": OBJECT, "k8s/values.yaml": "a: b\n"}) == {"k8s": ("k8s/a.yaml",)}


def test_the_top_of_the_repository_is_never_taken_whole() -> None:
    assert found({"a.yaml": OBJECT, "k8s/b.yaml": OBJECT}) == {"": ("a.yaml",), "k8s": ("k8s",)}


def test_environments_stand_apart() -> None:
    shared = {"k8s/staging/b.yaml": OBJECT, "k8s/prod/b.yaml": OBJECT}
    files = {"k8s/a.yaml": OBJECT, **shared, "k8s/prod/c/d.yaml": other("y")}
    assert found(files) == {"k8s": ("k8s/a.yaml",), "k8s/prod": ("k8s/prod",), "k8s/staging": ("k8s/staging",)}


@pytest.mark.parametrize(
    "files",
    [
        {"chart/Chart.yaml": "name: x\n", "chart/templates/a.yaml": OBJECT},
        {"k/kustomization.yaml": "resources: []\n", "k/a.yaml": OBJECT, "k/deep/a.yaml": OBJECT},
        {"docs/a.yaml": OBJECT, "x/testdata/a.yaml": OBJECT},
        {"docker-compose.yaml": "services: {}\n", "values.yaml": "kind: x\n"},
        {"kind.yaml": "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n"},
        {"flux/a.yaml": OBJECT},
    ],
)
def test_what_is_not_applied_as_it_is(files: Mapping[str, str]) -> None:
    assert found(files, "flux") == {}


@pytest.mark.parametrize(
    ("text", "is_object"),
    [
        (OBJECT, True),
        ("# a\n---\n" + OBJECT, True),
        ('{\n  "apiVersion": "v1",\n  "kind": "Service"\n}', True),
        ('{"apiVersion":"v1","kind":"Service","metadata":{"name":"x"}}', True),
        ('{\n    "kind": "Service",\n    "apiVersion": "v1"\n}', True),
        ("{kind: Service, apiVersion: v1}\n---\n{kind: ", False),
        ('{"spec":{"apiVersion":"v1","kind":"Service"}}', False),
        ('{"apiVersion":"v1","kind":"Config"}', False),
        ("{{ if .x }}\n" + OBJECT + "{{ end }}\n", True),
        ("- apiVersion: v1\n", False),
        ("apiVersion: v1\nkind: Config\nclusters: []\n", False),
        ("apiVersion: v2\nname: chart\n", False),
        ("spec:\n    apiVersion: v1\n    kind: Service\n", False),
    ],
)
def test_what_looks_like_an_object(text: str, is_object: bool) -> None:
    assert is_object_text(text) is is_object
