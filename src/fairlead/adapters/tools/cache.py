"""The folder that all projects share: `<root>/<name>/<version>-<os>-<arch>/<program>`.

Writers of one version exclude each other by a lock that dies with them. A folder is filled beside its place, flushed
and renamed into it, so that no crash leaves half a tool; what a dead writer left is removed by the next one.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fairlead.adapters.tools.tool import Platform, Tool
from fairlead.model.errors import Unavailable

_LOCK_POLL = 0.2


def default_cache(environment: Mapping[str, str]) -> Path:
    """`$XDG_CACHE_HOME/fairlead/tools`, or below `~/.cache`; a relative variable is ignored, as its standard says."""
    base = Path(environment.get("XDG_CACHE_HOME", ""))
    return (base if base.is_absolute() else Path.home() / ".cache") / "fairlead" / "tools"


@dataclass(frozen=True, kw_only=True)
class ToolCache:
    root: Path
    platform: Platform

    def find(self, tool: Tool) -> Path | None:
        """Downloaded by itself, or built together with others."""
        for name in (tool.name, tool.build.name):
            path = self._place(name, tool.version) / tool.name
            if path.is_file() and os.access(path, os.X_OK):
                return path
        return None

    @contextlib.asynccontextmanager
    async def lock(self, name: str, version: str, *, on_wait: Callable[[], None]) -> AsyncIterator[None]:
        """Hold the only right to write that version; *on_wait* is called once when another process has it."""
        place = self._place(name, version)
        with _disk(self.root):
            place.parent.mkdir(parents=True, exist_ok=True)
            fd = os.open(place.parent / f".{place.name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            if not _try_lock(fd):
                on_wait()
                while not _try_lock(fd):  # noqa: ASYNC110 - a file lock has no event
                    await asyncio.sleep(_LOCK_POLL)
            yield
        finally:
            os.close(fd)

    @contextlib.contextmanager
    def staging(self, name: str, version: str) -> Iterator[Path]:
        """Yield an empty folder whose `bin` becomes the version's place when the block ends well. Needs the lock."""
        place = self._place(name, version)
        prefix = f".{place.name}.new-"
        with _disk(self.root):
            place.parent.mkdir(parents=True, exist_ok=True)
            for left in place.parent.glob(f"{prefix}*"):
                _remove(left)
            folder = Path(tempfile.mkdtemp(prefix=prefix, dir=place.parent))
            try:
                (folder / "bin").mkdir(mode=0o755)
                yield folder
                _flush(folder / "bin")
                _put(folder / "bin", place, aside=folder / "old")
            finally:
                _remove(folder)

    def _place(self, name: str, version: str) -> Path:
        return self.root / name / f"{version}-{self.platform}"


@contextlib.contextmanager
def _disk(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as err:
        raise Unavailable(
            f"cannot write the tools' folder {root}: {err.strerror or err}",
            hint="make room or give yourself the right to write there, or set XDG_CACHE_HOME to another folder",
        ) from err


def _try_lock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _flush(folder: Path) -> None:
    """To the disk before the rename: after a power cut a name must not stand for an empty file."""
    for path in (*folder.iterdir(), folder):
        fd = os.open(path, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def _put(new: Path, place: Path, *, aside: Path) -> None:
    if place.exists():
        # A build that lacked a program which the table has since gained; what runs from it runs on.
        place.rename(aside)
    new.rename(place)


def _remove(folder: Path) -> None:
    # Whatever cannot be removed now is only litter, tried again by the next writer.
    shutil.rmtree(folder, ignore_errors=True)
