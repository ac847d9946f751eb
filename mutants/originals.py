"""Everything that faults are planted in: nothing is found in any of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mutants import argocd_tree, flux_tree, folder_tree, helmfile_tree, kustomize_tree, terraform_tree
from mutants.original import ORIGINAL, WITH_CHART

ORIGINALS: Final[Mapping[str, Mapping[str, str]]] = {
    "original": ORIGINAL,
    "with-chart": WITH_CHART,
    "helmfile": helmfile_tree.TREE,
    "kustomize": kustomize_tree.TREE,
    "folders": folder_tree.TREE,
    "flux": flux_tree.TREE,
    "argocd": argocd_tree.TREE,
    "terraform": terraform_tree.TREE,
}
