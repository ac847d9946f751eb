"""Which files of a folder of the project count: all but Git's own, whose settings may hold credentials."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

_LEFT_OUT: Final = frozenset({".git"})


def children(folder: Path) -> list[Path]:
    """What counts directly in *folder*, in the order of names."""
    return sorted(child for child in folder.iterdir() if child.name not in _LEFT_OUT)


def entries(folder: Path) -> Iterator[Path]:
    """*folder* itself and every folder, file and link that counts below it, in path order."""
    yield folder
    for child in children(folder):
        if child.is_dir() and not child.is_symlink():
            yield from entries(child)
        else:
            yield child
