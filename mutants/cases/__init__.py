"""Every mutant. A new table is one line here."""

from __future__ import annotations

from typing import Final

from mutants.cases import argocd, charts, files, flux, helmfile, kustomize, objects, repository, terraform
from mutants.mutant import Mutant

MUTANTS: Final[tuple[Mutant, ...]] = (
    *files.MUTANTS,
    *objects.MUTANTS,
    *repository.MUTANTS,
    *charts.MUTANTS,
    *helmfile.MUTANTS,
    *kustomize.MUTANTS,
    *flux.MUTANTS,
    *argocd.MUTANTS,
    *terraform.MUTANTS,
)
