"""The Git repository that a project lies in, now and at other commits."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol


class Repository(Protocol):
    """The Git repository that the project lies in."""

    async def commit(self) -> str:
        """The checked-out commit; empty outside a repository."""

    async def is_dirty(self) -> bool:
        """Whether anything below the project differs from the commit, untracked files included."""


class Revisions(Protocol):
    """The project as it was at other commits of its repository. The user's tree and index are never touched."""

    async def commit(self, name: str) -> str:
        """The commit that *name* means. Raises InputError."""

    async def merge_base(self, first: str, second: str) -> str:
        """The commit at which the two parted. Raises InputError where there is none in this clone."""

    def tree(self, commit: str) -> AbstractAsyncContextManager[Path]:
        """The project's folder as it was at *commit*, removed at the end of the block. Raises InputError where it was
        not there then."""
