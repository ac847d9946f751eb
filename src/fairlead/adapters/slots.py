"""A folder of things that are made once and kept: what is in it is complete and checked; two runs may fill it at once.

It serves charts and images. Losing the folder loses time only.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

_POLL: Final = 0.05


class Slots:
    """*folder* is made when it is first needed, readable by its owner only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def place(self, *key: str, name: str) -> Path:
        """Where what is kept under *key* lies, or would lie."""
        return self.folder / hashlib.sha256("\0".join(key).encode()).hexdigest()[:32] / name

    @asynccontextmanager
    async def slot(self, *key: str, name: str) -> AsyncIterator[Path]:
        """The path that is kept under *key*, ending in *name*; whoever finds nothing there fills it with `store_…`.

        One at a time, in all processes: a second run waits and then finds what the first one stored.
        """
        path = self.place(*key, name=name)
        if path.exists():
            yield path
            return
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path.parent / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            await _lock(descriptor)
            yield path
        finally:
            os.close(descriptor)


def store_file(path: Path, content: bytes) -> None:
    """Put *content* at *path* whole or not at all."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)


def store_tree(path: Path, files: Mapping[str, bytes]) -> None:
    """Put a folder of *files*, by relative path, at *path* whole or not at all."""
    new = Path(tempfile.mkdtemp(dir=path.parent, prefix=".new-"))
    try:
        for name, content in files.items():
            target = new / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        new.rename(path)
    finally:
        shutil.rmtree(new, ignore_errors=True)


async def _lock(descriptor: int) -> None:
    """Asks again and again: a thread that waits inside flock could not be cancelled."""
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            await asyncio.sleep(_POLL)
