"""Where Flux begins to read a repository: which folders stand for a cluster, and what its paths start with."""

from __future__ import annotations

import itertools
import posixpath
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from fairlead.formats.flux_objects import FluxKustomization, FluxName
from fairlead.formats.manifests import Document
from fairlead.model.frozen import dataclass

_OWN_FOLDER: Final = "flux-system"
"""Where `flux bootstrap` writes `gotk-sync.yaml`; the cluster's folder is the one above."""

_NAMELESS: Final = frozenset({"flux", "config", "cluster", "clusters", "bootstrap", "kubernetes", "k8s", "gitops", ""})
DEFAULT_ENVIRONMENT: Final = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class FluxFile:
    """What stands in one file: the Kustomizations, the names of the sources, and all documents."""

    file: str
    kustomizations: tuple[FluxKustomization, ...] = ()
    sources: tuple[FluxName, ...] = ()
    documents: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FluxEntry:
    """A cluster's *folder*, and the *environment* that its path means; *is_named*: the path says so."""

    folder: str
    environment: str
    is_named: bool


def find_entries(files: Iterable[FluxFile]) -> tuple[FluxEntry, ...]:
    """The folders that hold a Git source and a Kustomization that reads from it: somebody, or `flux bootstrap`, brought
    them to the cluster. Where no folder does, those of Kustomizations that no other one's path holds."""
    found = tuple(files)
    starts = {_cluster_folder(f) for f in _bootstrapped(found)} or _outermost(found)
    return tuple(_entry(folder) for folder in sorted(starts))


def own_source(kustomizations: Iterable[FluxKustomization]) -> FluxName | None:
    """The source that stands for this repository: the one that most Kustomizations read from, of those a Git one."""
    counts = Counter(each.source for each in kustomizations)
    return max(sorted(counts), key=lambda name: (counts[name], name.kind == "GitRepository"), default=None)


def path_prefix(paths: Sequence[str], *, folders: Collection[str]) -> str:
    """What *paths*, which start at the top of their repository, have before those of *folders*, which start at ours.

    Empty where the tree is the whole repository, or where no beginning makes more of the paths right.
    """
    candidates = {"", *(prefix for path in paths for prefix in _beginnings(path))}
    # Only those paths count that begin so: else one broken path, taken whole for the prefix, would be right as well.
    return max(
        sorted(candidates, key=len),
        key=lambda prefix: sum(
            without_prefix(path, prefix) in folders for path in paths if _has(without_prefix(path, ""), prefix)
        ),
    )


def without_prefix(path: str, prefix: str) -> str:
    """*path* of a Kustomization as a folder of ours: no `./`, no *prefix*; `.` for the top."""
    normal = posixpath.normpath(path.lstrip("/"))
    if prefix and _has(normal, prefix):
        return normal.removeprefix(prefix).lstrip("/") or "."
    return normal


def _has(path: str, prefix: str) -> bool:
    return not prefix or path == prefix or path.startswith(f"{prefix}/")


def _beginnings(path: str) -> Iterable[str]:
    parts = without_prefix(path, "").split("/")
    return ("/".join(parts[:count]) for count in range(1, len(parts) + 1))


def _bootstrapped(files: Sequence[FluxFile]) -> Iterable[str]:
    sources: dict[str, set[tuple[str, str]]] = {}
    for each in files:
        sources.setdefault(_folder(each.file), set()).update((s.kind, s.name) for s in each.sources)
    for each in files:
        here = sources[_folder(each.file)]
        if any((k.source.kind, k.source.name) in here for k in each.kustomizations):
            yield each.file


def _cluster_folder(file: str) -> str:
    folder = _folder(file)
    return _folder(folder) if posixpath.basename(folder) == _OWN_FOLDER else folder


def _outermost(files: Sequence[FluxFile]) -> set[str]:
    folders = {_folder(each.file) for each in files if each.kustomizations}
    paths = [k.path for each in files for k in each.kustomizations]
    prefix = path_prefix(paths, folders=folders)
    built = {without_prefix(path, prefix) for path in paths}
    return {folder for folder in folders if not any(_is_below(folder, path) for path in built)}


def _is_below(folder: str, path: str) -> bool:
    return path in (".", folder) or folder.startswith(f"{path}/")


def _entry(folder: str) -> FluxEntry:
    parts = folder.split("/")
    telling = [part for part in parts if part not in _NAMELESS and part != "."]
    name = _after_clusters(parts) or (telling[-1] if telling else "")
    return FluxEntry(folder=folder, environment=name or DEFAULT_ENVIRONMENT, is_named=bool(name))


def _after_clusters(parts: Sequence[str]) -> str:
    """The folder below `clusters`, which names the cluster in the layout that Flux documents."""
    names: Mapping[str, str] = dict(itertools.pairwise(parts))
    return names.get("clusters", "")


def _folder(file: str) -> str:
    return posixpath.dirname(file) or "."
