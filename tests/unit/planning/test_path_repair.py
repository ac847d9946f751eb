from __future__ import annotations

import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.planning.kustomize.tree import KustomizeTree
from fairlead.planning.path_repair import path_from, repair_path

FILES = (
    "bases/web/kustomization.yaml",
    "bases/web/deployment.yaml",
    "bases/db/kustomization.yaml",
    "old/db/kustomization.yaml",
    "overlays/prod/kustomization.yaml",
)


def repaired(written: str, *, folder: str = "overlays/prod", files: tuple[str, ...] = FILES) -> str | None:
    tree = KustomizeTree(files, links={}, read=lambda _: "")
    return repair_path(
        tree, folder, written, is_acceptable=lambda path: path in tree.files or bool(tree.files_in(path))
    )


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("../bases/web", "../../bases/web"),
        ("../../../bases/web", "../../bases/web"),
        ("bases/web", "../../bases/web"),
        ("../../bases/wep", "../../bases/web"),
        ("../../base/web", "../../bases/web"),
        ("../../bases/web/deployment.yml", "../../bases/web/deployment.yaml"),
        ("../web", "../../bases/web"),
        ("../../bases/db2/", "../../bases/db"),
    ],
)
def test_the_right_path_is_found(written: str, right: str) -> None:
    assert repaired(written) == right


@pytest.mark.parametrize("written", ["../../nothing/alike", "../db", "x.yaml"])
def test_nothing_is_proposed_where_nothing_is_near_or_two_places_are(written: str) -> None:
    assert repaired(written) is None


names = st.sampled_from(["a", "b", "web", "db", "prod"])
paths = st.lists(names, min_size=1, max_size=4).map("/".join)


@given(
    st.lists(paths, max_size=8), paths, st.lists(st.sampled_from(["..", "a", "web", "weeb"]), min_size=1, max_size=5)
)
def test_a_proposal_is_acceptable_and_not_what_was_written(folders: list[str], folder: str, parts: list[str]) -> None:
    files = tuple(f"{each}/kustomization.yaml" for each in folders)
    written = "/".join(parts)
    right = repaired(written, folder=folder, files=files)
    if right is not None:
        meant = posixpath.normpath(posixpath.join(folder, right))
        assert f"{meant}/kustomization.yaml" in files
        assert meant != posixpath.normpath(posixpath.join(folder, written))


@given(paths, paths)
def test_a_path_from_a_folder_leads_back(folder: str, path: str) -> None:
    assert posixpath.normpath(posixpath.join(folder, path_from(folder, path))) == path
