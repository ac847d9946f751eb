"""Paths into the checkouts of other repositories: they are absolute, as those of the project are relative to it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable


def checkout_of(path: str, checkouts: Iterable[str]) -> str:
    """The one of *checkouts* (absolute folders) that *path* lies in; empty for a path of the project, or of none."""
    normal = posixpath.normpath(path)
    return next((each for each in checkouts if normal == each or normal.startswith(f"{each}/")), "")
