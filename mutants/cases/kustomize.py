"""Faults of kustomizations, with kustomize itself."""

from __future__ import annotations

from typing import Final

from mutants.kustomize_tree import MUTANTS as TABLE
from mutants.kustomize_tree import TREE
from mutants.mutant import Mutant

_ALSO_UNUSED: Final = frozenset(
    ("moved component", "an empty list", "one below", "a base as a component", "a file as a component")
)
"""Then nobody names a component any more, which is told, too."""

MUTANTS: Final = tuple(
    Mutant(
        rule=each.rule,
        name=each.name,
        files=TREE,
        adds={name: text for name, text in each.files().items() if TREE.get(name) != text},
        removes=tuple(name for name in TREE if name not in each.files()),
        needs_tools=True,
    )
    for each in TABLE
    if each.name not in _ALSO_UNUSED
)
