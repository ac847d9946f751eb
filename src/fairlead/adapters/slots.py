"""A folder of things that are made once and kept: what is in it is complete and checked; two runs may fill it at once.

It serves charts and images. Losing the folder loses time only.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

_POLL: Final = 0.05
_NEW: Final = ".new-"
"""What is made begins with this until it is whole."""


def _exists(path: Path) -> bool:
    return path.exists()


class Slots:
    """*folder* is made when it is first needed, readable by its owner only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def place(self, *key: str, name: str) -> Path:
        """Where what is kept under *key* lies, or would lie."""
        return self.folder / hashlib.sha256("\0".join(key).encode()).hexdigest()[:32] / name

    @asynccontextmanager
    async def slot(self, *key: str, name: str, is_made: Callable[[Path], bool] = _exists) -> AsyncIterator[Path]:
        """The path that is kept under *key*, ending in *name*; whoever finds nothing there fills it with `store_…`.

        One at a time, in all processes: a second run waits and then finds what the first one stored. Nobody waits
        where *is_made* holds for the path.
        """
        path = self.place(*key, name=name)
        if is_made(path):
            yield path
            return
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = _open_lock(path.parent)
        try:
            await _lock(descriptor)
            yield path
        finally:
            os.close(descriptor)


def store_file(path: Path, content: bytes) -> None:
    """Put *content* at *path* whole or not at all."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=_NEW, delete=False) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)


def store_tree(path: Path, files: Mapping[str, bytes]) -> None:
    """Put a folder of *files*, by relative path, at *path* whole or not at all."""
    new = Path(tempfile.mkdtemp(dir=path.parent, prefix=_NEW))
    try:
        for name, content in files.items():
            target = new / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        new.rename(path)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def remove_unfinished(slot: Path) -> None:
    """Remove what killed runs left half made in the folder of a slot; for the holder of its lock."""
    for left in slot.glob(f"{_NEW}*"):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def remove_all_unfinished(folder: Path) -> None:
    """As `remove_unfinished`, in all slots of *folder* in which nobody is at work."""
    for slot in {left.parent for left in folder.glob(f"*/{_NEW}*")}:
        descriptor = _open_lock(slot)
        try:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove_unfinished(slot)
        finally:
            os.close(descriptor)


def _open_lock(slot: Path) -> int:
    return os.open(slot / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


async def _lock(descriptor: int) -> None:
    """Asks again and again: a thread that waits inside flock could not be cancelled."""
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            await asyncio.sleep(_POLL)
