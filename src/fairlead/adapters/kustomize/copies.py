"""The passing copy that an overlay is built in where kustomize would write into its folder, or clone a remote base.

    COPY/…                           the files of the project that the build reads
    COPY/.fairlead-bases/N/…         those of remote base N, at its locked commit

Kustomizations that name a remote base name its folder here instead, or do not name one that is left out; everything
else is as it was.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from fairlead.adapters.kustomize.closure import Closure
from fairlead.formats.manifests import read_documents
from fairlead.formats.yaml.text import dump_yaml
from fairlead.model.frozen import dataclass

_BASES: Final = ".fairlead-bases"
_FIELDS: Final = ("resources", "bases", "components")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A remote base at hand: what a build reads of it, and the folder of its kustomization below its top."""

    closure: Closure
    path: str


@contextmanager
def copied(closure: Closure, trees: Mapping[str, Tree], *, cache: Path) -> Iterator[Path]:
    """A copy of *closure* with the remote bases *trees*, by the text that names each; removed after the block."""
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="overlay-") as folder:
        copy = Path(folder).resolve()
        tops = {url: copy / _BASES / str(number) for number, url in enumerate(sorted(trees))}
        folders = {url: top / trees[url].path for url, top in tops.items()}
        _copy(closure, to=copy, folders=folders)
        for url, tree in trees.items():
            _copy(tree.closure, to=tops[url], folders=folders)
        yield copy


def _copy(closure: Closure, *, to: Path, folders: Mapping[str, Path]) -> None:
    for file in closure.files:
        target = to / file.relative_to(closure.root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    for link in closure.links:
        target = to / link.relative_to(closure.root)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(_relative_target(link))
    for file in closure.naming:
        _rename(to / file.relative_to(closure.root), folders, left=closure.left)


def _relative_target(link: Path) -> str:
    target = link.readlink()
    return os.path.relpath(os.path.realpath(link), link.parent) if target.is_absolute() else str(target)


def _rename(kustomization: Path, folders: Mapping[str, Path], *, left: Collection[str]) -> None:
    """Write the folders of remote bases in the place of their URLs, and nothing in the place of those in *left*."""
    data = read_documents(kustomization.read_text("utf-8-sig"), file=kustomization.name).documents[0].data

    def renamed(entry: Any) -> Any:
        at_hand = isinstance(entry, str) and entry in folders
        return os.path.relpath(folders[entry], kustomization.parent) if at_hand else entry

    changed = {
        key: [renamed(each) for each in value if each not in left]
        if key in _FIELDS and isinstance(value, list)
        else value
        for key, value in data.items()
    }
    kustomization.write_text(dump_yaml(changed), "utf-8")
