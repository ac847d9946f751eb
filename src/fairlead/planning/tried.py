"""Folders of what is shown or tried, and not deployed, as far as their names say."""

from __future__ import annotations

import posixpath
from collections.abc import Collection
from typing import Final

from fairlead.planning.environment_paths import meaning_of

_TRIED: Final = frozenset(
    {"docs", "doc", "examples", "example", "samples", "test", "tests", "testdata", "fixtures", "hack"}
    | {"archive", "archived"}
)


def find_tried(folders: Collection[str]) -> frozenset[str]:
    """Those of *folders*, all of a repository, that are called so. `overlays/test`, and `test` beside `dev`, is an
    environment."""
    beside = {posixpath.dirname(folder) for folder in folders if _is_environment(folder)}
    return frozenset(
        folder
        for folder in folders
        if (name := posixpath.basename(folder).strip("_")) in _TRIED
        and not (name == "test" and (_is_environment(folder) or posixpath.dirname(folder) in beside))
    )


def _is_environment(folder: str) -> bool:
    """Whether the last part of *folder* surely names one."""
    meaning = meaning_of(folder)
    return meaning.is_sure and meaning.pattern.endswith("{environment}")
