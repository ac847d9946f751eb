"""What Flux would stumble over, as far as the objects of a cluster tell: what they wait for, and paths that are not."""

from __future__ import annotations

import difflib
import posixpath
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from fairlead.formats.flux.objects import FluxName
from fairlead.model.frozen import dataclass

_REMOTE: Final = re.compile(r"://|\?ref=|^git@|^[\w.-]+\.[a-z]+/[^/]+/[^/]+")
"""A component on another machine, as kustomize takes it."""

Needs = Mapping[FluxName, tuple[FluxName, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenNeed:
    """*index*: which entry of `dependsOn` names *missing*."""

    of: FluxName
    missing: FluxName
    index: int
    message: str
    hint: str


def missing_needs(needs: Needs) -> Iterator[BrokenNeed]:
    """Every `dependsOn` that names nothing which is there."""
    for name, wanted in needs.items():
        for index, each in enumerate(wanted):
            if each in needs or "${" in each.name:
                continue
            near = nearest_name(each, needs)
            yield BrokenNeed(
                of=name,
                missing=each,
                index=index,
                message=f"{name} waits for {each}, which does not exist",
                hint=f"did you mean {near}?" if near else "correct `dependsOn`, or define it",
            )


def cycles(needs: Needs) -> Iterator[tuple[FluxName, ...]]:
    """Each cycle of `dependsOn` once, begun at its least name."""
    done: set[FluxName] = set()
    for start in sorted(needs):
        path: list[FluxName] = []
        found = _cycle_from(start, needs, path, done)
        if found:
            least = found.index(min(found))
            yield (*found[least:], *found[:least])


def nearest_folder(path: str, folders: Collection[str]) -> str:
    """The folder that *path* most likely means: one that ends as it does, else one that is written like it."""
    tail = path.rpartition("/")[2]
    same = sorted(folder for folder in folders if folder.rpartition("/")[2] == tail)
    if len(same) == 1:
        return same[0]
    return next(iter(difflib.get_close_matches(path, sorted(same or folders), n=1, cutoff=0.6)), "")


def absent_components(wanted: Sequence[Any], *, folder: str, folders: Collection[str]) -> Mapping[int, str]:
    """Those of the components laid over *folder* that are not among *folders*, by their index in the list *wanted*."""
    if folder not in folders:
        return {}
    listed = {index: str(each) for index, each in enumerate(wanted)}
    return {
        index: each
        for index, each in listed.items()
        if not _REMOTE.search(each) and posixpath.normpath(posixpath.join(folder, each)) not in folders
    }


def nearest_component(written: str, *, folder: str, folders: Collection[str]) -> str:
    """The path, from *folder*, that *written* most likely means; empty where none is near."""
    near = nearest_folder(posixpath.normpath(posixpath.join(folder, written)), folders)
    return posixpath.relpath(f"/{near}", f"/{folder}") if near else ""


def _cycle_from(start: FluxName, needs: Needs, path: list[FluxName], done: set[FluxName]) -> tuple[FluxName, ...]:
    if start in path:
        return tuple(path[path.index(start) :])
    if start in done:
        return ()
    path.append(start)
    for each in needs.get(start, ()):
        if found := _cycle_from(each, needs, path, done):
            done.update(path)
            return found
    path.pop()
    done.add(start)
    return ()


def nearest_name(name: FluxName, known: Collection[FluxName]) -> FluxName | None:
    """The one of *known* that *name* most likely means."""
    same = sorted(each for each in known if each.kind == name.kind and each.name == name.name)
    if same:
        return same[0]
    by_name = {each.name: each for each in sorted(known, reverse=True) if each.kind == name.kind}
    close = difflib.get_close_matches(name.name, sorted(by_name), n=1, cutoff=0.7)
    return by_name[close[0]] if close else None
