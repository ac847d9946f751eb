"""Which kustomizations of a tree are roots, parts of roots, or of nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fairlead.planning.kustomize.roles import find_roles, is_below
from fairlead.planning.kustomize.tree import KustomizeTree

COMPONENT = "kind: Component\n"


def roles(
    folders: Mapping[str, Sequence[str]],
    *,
    components: Sequence[str] = (),
    taken: Sequence[str] = (),
    tried: Sequence[str] = (),
) -> dict[str, str]:
    """The roles of *folders*, each with the folders that it names from the top."""
    files = {
        f"{folder}/kustomization.yaml": "".join((COMPONENT if folder in components else "", _named(folder, names)))
        for folder, names in folders.items()
    }
    tree = KustomizeTree(files, links={}, read=lambda path: files[path])
    return {folder: role.value for folder, role in find_roles(tree, taken=taken, tried=tried).roles.items()}


def _named(folder: str, names: Sequence[str]) -> str:
    up = "../" * (folder.count("/") + 1)
    return "resources:\n" + "".join(f"- {up}{name}\n" for name in names)


def test_a_folder_that_nobody_names_is_a_root() -> None:
    assert roles({"overlays/dev": ["base/web"], "overlays/prod": ["base/web"], "base/web": []}) == {
        "base/web": "base",
        "overlays/dev": "root",
        "overlays/prod": "root",
    }


def test_a_base_that_nobody_names_is_unused() -> None:
    assert roles({"overlays/dev": ["base/web"], "base/web": [], "base/db": []})["base/db"] == "unused"


def test_what_only_an_unused_base_names_is_a_base() -> None:
    assert roles({"dev": [], "base/a": ["base/b"], "base/b": []}) == {
        "base/a": "unused",
        "base/b": "base",
        "dev": "root",
    }


def test_a_base_alone_in_a_repository_is_a_root() -> None:
    assert roles({"base": []}) == {"base": "root"}


def test_a_component_is_no_root() -> None:
    found = roles({"dev": ["extra/a"], "extra/a": [], "extra/b": []}, components=["extra/a", "extra/b"])
    assert found == {"dev": "root", "extra/a": "component", "extra/b": "unused"}


def test_a_circle_that_nobody_enters_has_a_root() -> None:
    assert roles({"a": ["b"], "b": ["a"], "dev": []}) == {"a": "root", "b": "base", "dev": "root"}


def test_what_another_tool_deploys_has_no_role_here() -> None:
    assert roles({"apps/x": ["lib/y"], "lib/y": [], "dev": []}, taken=["apps"]) == {"dev": "root"}


def test_a_folder_lies_below_itself_and_the_top() -> None:
    assert is_below("a/b", {"a"})
    assert is_below("a", {"a"})
    assert is_below("a", {""})
    assert not is_below("ab", {"a"})


def test_what_is_tried_is_no_root_and_makes_nothing_unused() -> None:
    folders = {
        "app": ["base/a"],
        "base/a": [],
        "base/b": [],
        "tests/b": ["base/b"],
        "tests/c": ["app", "part"],
        "part": [],
    }
    assert roles(folders, components=["part"], tried=["tests"]) == {
        "app": "root",
        "base/a": "base",
        "base/b": "base",
        "part": "component",
        "tests/b": "tried",
        "tests/c": "tried",
    }


def test_a_base_that_is_only_tried_is_a_root() -> None:
    assert roles({"base": [], "tests/a": ["base"]}, tried=["tests"]) == {"base": "root", "tests/a": "tried"}
