"""Other commits of a project's repository, read through the git command into folders of our own.

No `git worktree`: that writes into the user's repository and runs hooks. No `git archive`: it leaves out what
`.gitattributes` keeps from releases. A passing index is read from the commit and checked out, filters included.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

from fairlead.adapters import process
from fairlead.adapters.process import Finished
from fairlead.model.errors import InputError, Unavailable

_SECONDS: Final = 300
_LOCK: Final = "lock"
_NEW: Final = ".new-"
"""A place begins with this until it is locked: who sweeps must not take it for a dead one's."""


class GitRevisions:
    """`Revisions` of the repository that *project* lies in; *cache* is the user's folder for what may be lost."""

    def __init__(self, project: Path, *, cache: Path) -> None:
        self._project = project.resolve()
        self._folder = cache / "revisions"

    async def commit(self, name: str) -> str:
        await self._require_repository()
        done = await self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        if done.code:
            raise InputError(f"no such revision: {name}", hint=await self._fetching(name))
        return _said(done)

    async def merge_base(self, first: str, second: str) -> str:
        done = await self._git("merge-base", first, second)
        if done.code:
            hint = await self._fetching("")
            raise InputError(f"{first[:12]} and {second[:12]} have no common commit here", hint=hint)
        return _said(done)

    @asynccontextmanager
    async def tree(self, commit: str) -> AsyncIterator[Path]:
        """Named like the project's own folder."""
        prefix = _said(await self._git("rev-parse", "--show-prefix"))
        with self._place() as place:
            tree = place / "tree" / self._project.name
            tree.mkdir(parents=True)
            index = {"GIT_INDEX_FILE": str(place / "index")}
            read = await self._git("read-tree", f"{commit}:{prefix}", env=index)
            if read.code:
                where = prefix.rstrip("/") or "the project"
                raise InputError(f"{where} is not there at {commit[:12]}: {read.error_text}")
            written = await self._git(
                "checkout-index", "--all", f"--prefix={tree}/", env=index, folder=await self._top()
            )
            if written.code:
                raise Unavailable(f"{commit[:12]} could not be read from Git: {written.error_text}")
            yield tree

    async def _require_repository(self) -> None:
        done = await self._git("rev-parse", "--git-dir")
        if done.code:
            raise InputError(
                f"{self._project} is in no Git repository: {done.error_text}", hint="without --rev none is needed"
            )

    async def _top(self) -> Path:
        return Path(_said(await self._git("rev-parse", "--show-toplevel")))

    async def _fetching(self, name: str) -> str:
        """CI systems clone a single commit."""
        shallow = _said(await self._git("rev-parse", "--is-shallow-repository")) == "true"
        if shallow:
            return "this clone is shallow: fetch the whole history (`fetch-depth: 0`, or `git fetch --unshallow`)"
        return f"`git fetch origin {name}` may bring it, then name it origin/{name}" if name else "fetch both branches"

    async def _git(self, *words: str, env: Mapping[str, str] | None = None, folder: Path | None = None) -> Finished:
        command = ["git", "-c", "core.fsmonitor=false", "-c", "core.sparseCheckout=false", "-C"]
        # Nobody is there to answer a filter or a partial clone that asks for a password.
        given = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", **(env or {})}
        return await process.run([*command, str(folder or self._project), *words], env=given, timeout=_SECONDS)

    @contextmanager
    def _place(self) -> Iterator[Path]:
        """A folder of this process; those that killed ones left are removed."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in self._folder.iterdir():
            if not left.name.startswith(_NEW):
                _remove_if_dead(left)
        new = Path(tempfile.mkdtemp(dir=self._folder, prefix=_NEW))
        with _locked(new):
            place = new.rename(self._folder / new.name.removeprefix(_NEW))
            try:
                yield place
            finally:
                shutil.rmtree(place, ignore_errors=True)


def _said(done: Finished) -> str:
    return done.stdout.decode(errors="replace").strip()


@contextmanager
def _locked(place: Path) -> Iterator[None]:
    descriptor = os.open(place / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _remove_if_dead(place: Path) -> None:
    with contextlib.suppress(OSError):
        descriptor = os.open(place / _LOCK, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(place, ignore_errors=True)
        finally:
            os.close(descriptor)
