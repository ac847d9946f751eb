"""Who names a file of a tree."""

from __future__ import annotations

import pytest

from fairlead.planning.kustomize.tree import KustomizeTree, naming_folder


@pytest.mark.parametrize(
    ("files", "named_in"),
    [
        ({"a/kustomization.yaml": "resources: [deep/x.yaml]"}, "a"),
        ({"a/kustomization.yaml": "resources: [./deep/../deep/x.yaml]"}, "a"),
        ({"a/kustomization.yaml": "resources: [deep/y.yaml]"}, ""),
        ({"a/kustomization.yaml": "resources: [deep/x.yaml]", "a/deep/kustomization.yaml": "resources: []"}, ""),
        ({"a/kustomization.yaml": "resources: [deep/x.yaml"}, ""),
    ],
)
def test_the_folder_above_whose_kustomization_names_a_file(files: dict[str, str], named_in: str) -> None:
    tree = KustomizeTree({*files, "a/deep/x.yaml"}, links={}, read=files.__getitem__)
    assert naming_folder("a/deep/x.yaml", tree) == named_in
