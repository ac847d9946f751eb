"""Where Flux begins to read a repository: which folders stand for a cluster, and what its paths start with."""

from __future__ import annotations

import itertools
import posixpath
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from fairlead.formats.flux.objects import FluxKustomization, FluxName
from fairlead.formats.manifests import Document
from fairlead.model.frozen import dataclass

OWN_NAME: Final = "flux-system"
"""Where `flux bootstrap` writes `gotk-sync.yaml`, and what it calls the source; the folder above is the cluster's."""

_NAMELESS: Final = frozenset({"flux", "config", "cluster", "clusters", "bootstrap", "kubernetes", "k8s", "gitops", ""})
DEFAULT_ENVIRONMENT: Final = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class FluxFile:
    """What stands in one file: the Kustomizations, those that the Flux Operator makes to keep a cluster in step with a
    path, the names of the sources, and all documents. *named_in* is the folder above whose kustomization names the
    file; empty where its own folder is built."""

    file: str
    named_in: str = ""
    kustomizations: tuple[FluxKustomization, ...] = ()
    sources: tuple[FluxName, ...] = ()
    synced: tuple[FluxKustomization, ...] = ()
    documents: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FluxEntry:
    """A cluster's *folder*, and the *environment* that its path means; *is_named*: the path says so. *prefix* is what
    paths of *source*, which brought it, have before the top of our tree."""

    folder: str
    environment: str
    is_named: bool
    prefix: str = ""
    source: FluxName | None = None


def find_entries(files: Iterable[FluxFile], *, folders: Collection[str] = ()) -> tuple[FluxEntry, ...]:
    """The folders that hold a Git source and a Kustomization that reads from it: somebody, or `flux bootstrap`, brought
    them to the cluster. Where no folder does, those that the Flux Operator is told of, and those of Kustomizations that
    no other one's path holds; of these not the `leftovers`. *folders* are all that the repository has."""
    found = tuple(files)
    own = own_source(k for file in found for k in (*file.kustomizations, *file.synced))
    brought = _bootstrapped(found, own)
    starts = [_entry(folder, *brought[folder]) for folder in brought]
    begun = {_built_from(folder, found) for folder in _begun(found, own, folders)[0]}
    return tuple(sorted(starts or map(_entry, begun), key=lambda entry: entry.folder))


def leftovers(files: Iterable[FluxFile], *, folders: Collection[str]) -> tuple[str, ...]:
    """The folders of Kustomizations that no other one's path holds, and that build nothing which is here, far from all
    those that do: somebody put away what he no longer deploys."""
    found = tuple(files)
    own = own_source(k for file in found for k in (*file.kustomizations, *file.synced))
    return () if _bootstrapped(found, own) else tuple(sorted(_begun(found, own, folders)[1]))


def own_source(kustomizations: Iterable[FluxKustomization]) -> FluxName | None:
    """The source that stands for this repository: the one that most Kustomizations read from; of those the one that
    `flux bootstrap` calls so, else a Git one."""
    counts = Counter(each.source for each in kustomizations)
    return max(
        sorted(counts),
        key=lambda name: (counts[name], name.name == OWN_NAME, name.kind == "GitRepository"),
        default=None,
    )


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


def is_below(path: str, prefix: str) -> bool:
    """Whether *path* of a Kustomization begins with *prefix*."""
    return _has(without_prefix(path, ""), prefix)


def _has(path: str, prefix: str) -> bool:
    return not prefix or path == prefix or path.startswith(f"{prefix}/")


def _beginnings(path: str) -> Iterable[str]:
    parts = without_prefix(path, "").split("/")
    return ("/".join(parts[:count]) for count in range(1, len(parts) + 1))


def _bootstrapped(files: Sequence[FluxFile], own: FluxName | None) -> dict[str, tuple[str, FluxName | None]]:
    """The cluster folders, with their prefix and source, that hold a Kustomization which reads from a source beside it:
    ours, or one whose path leads there. Another repository, with a Kustomization that reads it, is content like any
    other."""
    starts: dict[str, tuple[str, FluxName | None]] = {}
    sources: dict[str, set[tuple[str, str]]] = {}
    for each in files:
        sources.setdefault(_folder(each.file), set()).update((s.kind, s.name) for s in each.sources)
    for each in files:
        here = sources[_folder(each.file)]
        brought = [k for k in each.kustomizations if (k.source.kind, k.source.name) in here]
        if any(k.source == own or _leads_to(k.path, each.file) for k in brought):
            folder = _cluster_folder(each.file)
            is_sync = posixpath.basename(_folder(each.file)) == OWN_NAME
            told = [(prefix, k.source) for k in brought if is_sync and (prefix := _before(k.path, folder))]
            starts[folder] = told[0] if told else starts.get(folder, ("", None))
    return starts


def _leads_to(path: str, file: str) -> bool:
    normal = without_prefix(path, "")
    return file.startswith(f"{normal}/") or normal.endswith(f"/{_cluster_folder(file)}")


def _before(path: str, folder: str) -> str:
    """What stands in *path* before *folder*; empty where it does not end so."""
    normal = without_prefix(path, "")
    if folder == ".":
        return "" if normal == "." else normal
    return normal.removesuffix(f"/{folder}") if normal.endswith(f"/{folder}") else ""


def _cluster_folder(file: str) -> str:
    folder = _folder(file)
    return _folder(folder) if posixpath.basename(folder) == OWN_NAME else folder


def _begun(
    files: Sequence[FluxFile], own: FluxName | None, folders: Collection[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """The folders that begin a cluster, and the leftovers."""
    synced = {without_prefix(k.path, "") for each in files for k in each.synced}
    told = {path for path in synced if any(_is_below(_folder(each.file), path) for each in files)}
    ours = [(each.file, k.path) for each in files for k in each.kustomizations if k.source == own]
    prefix = path_prefix([path for _, path in ours], folders={_folder(file) for file, _ in ours})
    meant = {(file, path): _meant(file, path, prefix) for file, path in ours}
    built = {folder for each in meant.values() for folder in each} | told
    outermost = {_folder(file) for file, _ in ours if not any(_is_below(_folder(file), path) for path in built)}
    right = told | {_folder(file) for (file, _), each in meant.items() if each & set(folders)} & outermost
    beside = {_folder(folder) for folder in right}
    away = {folder for folder in outermost if right and folder not in right and _folder(folder) not in beside}
    return frozenset(outermost | told) - away, frozenset(away)


def _built_from(folder: str, files: Sequence[FluxFile]) -> str:
    """The folder that somebody applies to bring the Kustomizations in *folder*, or those of them that it lists."""
    above = {each.named_in for each in files if each.named_in and _folder(each.file) == folder}
    return above.pop() if len(above) == 1 else folder


def _meant(file: str, path: str, prefix: str) -> frozenset[str]:
    """The folders that *path* in *file* may mean. Where several repositories lie side by side, a path starts at the one
    that its file lies in."""
    return frozenset((without_prefix(path, prefix), f"{file.partition('/')[0]}/{without_prefix(path, '')}"))


def _is_below(folder: str, path: str) -> bool:
    return path in (".", folder) or folder.startswith(f"{path}/")


def _entry(folder: str, prefix: str = "", source: FluxName | None = None) -> FluxEntry:
    parts = folder.split("/")
    telling = [part for part in parts if part not in _NAMELESS and part != "."]
    name = _after_clusters(parts) or (telling[-1] if telling else "")
    return FluxEntry(
        folder=folder, environment=name or DEFAULT_ENVIRONMENT, is_named=bool(name), prefix=prefix, source=source
    )


def _after_clusters(parts: Sequence[str]) -> str:
    """The folder below `clusters`, which names the cluster in the layout that Flux documents."""
    names: Mapping[str, str] = dict(itertools.pairwise(parts))
    return names.get("clusters", "")


def _folder(file: str) -> str:
    return posixpath.dirname(file) or "."
