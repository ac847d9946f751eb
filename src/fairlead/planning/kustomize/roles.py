"""What each kustomization of a tree is for: a root is deployed, the others are parts of roots, or of nothing."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Mapping
from enum import Enum
from typing import Final

from fairlead.model.frozen import dataclass
from fairlead.planning.environment_paths import meaning_of
from fairlead.planning.kustomize.tree import KustomizeTree

_PARTS: Final = frozenset({"base", "bases", "component", "components"})
"""Folders that are called so are made to be included."""


class Role(Enum):
    ROOT = "root"
    BASE = "base"
    COMPONENT = "component"
    UNUSED = "unused"
    """Made to be included, and nobody does."""
    TRIED = "tried"
    """It lies where things are shown or tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """*roles* by folder; *reached* are the folders that roots take in, themselves among them."""

    roles: Mapping[str, Role]
    reached: frozenset[str]

    def having(self, role: Role) -> tuple[str, ...]:
        return tuple(folder for folder, each in self.roles.items() if each is role)


def find_roles(tree: KustomizeTree, *, taken: Collection[str] = (), tried: Collection[str] = ()) -> Roles:
    """*taken* are folders that something else deploys: what they take in is no root. What lies below *tried* ones is
    none, and who is named there alone may be one."""
    every = tree.kustomized
    folders = tuple(folder for folder in every if not is_below(folder, tried))
    edges = {folder: frozenset(path for _, path in tree.included(folder)) for folder in every}
    elsewhere = _reach([folder for folder in folders if is_below(folder, taken)], edges)
    included = {path for folder in folders for path in edges[folder]}
    free = [folder for folder in folders if folder not in included and folder not in elsewhere]
    roots = [folder for folder in free if not _is_part(tree, folder)]
    if not roots and not elsewhere:
        roots = [folder for folder in free if not tree.is_component(folder)]
    met = elsewhere | _reach([*roots, *free], edges)
    for folder in folders:  # a circle that nobody enters: its first is as good as any other
        if folder not in met and folder in _reach(edges[folder], edges):
            roots.append(folder)
            met |= _reach([folder], edges)
    found = frozenset(roots)
    named = {path for paths in edges.values() for path in paths}
    roles = {folder: _role(tree, folder, roots=found, named=named) for folder in folders if folder not in elsewhere}
    roles |= {folder: Role.TRIED for folder in every if folder not in roles and folder not in elsewhere}
    return Roles(roles=roles, reached=_reach(roots, edges))


def _role(tree: KustomizeTree, folder: str, *, roots: Collection[str], named: Collection[str]) -> Role:
    if folder in roots:
        return Role.ROOT
    if folder not in named:
        return Role.UNUSED
    return Role.COMPONENT if tree.is_component(folder) else Role.BASE


def _is_part(tree: KustomizeTree, folder: str) -> bool:
    """`bases/db`, `production/base`; not `components/shop/production`, where the name only holds what is deployed."""
    parts = folder.split("/")
    named = [index for index, part in enumerate(parts) if part in _PARTS]
    return tree.is_component(folder) or (bool(named) and not meaning_of("/".join(parts[named[-1] + 1 :])).is_sure)


def is_below(path: str, tops: Collection[str]) -> bool:
    """Whether *path* is one of *tops*, or lies below one."""
    while path:
        if path in tops:
            return True
        path = posixpath.dirname(path)
    return "" in tops


def _reach(starts: Iterable[str], edges: Mapping[str, Collection[str]]) -> frozenset[str]:
    found, pending = set(starts), list(starts)
    while pending:
        new = set(edges.get(pending.pop(), ())) - found
        found |= new
        pending += new
    return frozenset(found)
