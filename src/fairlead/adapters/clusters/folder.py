"""Where clusters live: one folder per project and environment, found by name from every clone.

A folder is ours when it holds the marker file; nothing else is ever filled or removed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_to_bytes

from fairlead.model.errors import InputError, Unavailable
from fairlead.ports import Clock

MARKER = ".fairlead-cluster"
_LONGEST_NAME = 200
"""Bytes of an encoded name; file systems end at 255, and the lock's name is longer by six."""


def cluster_folder(state_root: Path, project: str, environment: str) -> Path:
    """`STATE_ROOT/clusters/PROJECT/ENVIRONMENT`.

    *state_root* is Fairlead's own state folder, e.g. ~/.local/state/fairlead.
    Names are percent-encoded, so two different pairs never share a folder and none leaves it.
    Raises InputError for an empty name and for one of more than 200 bytes.
    """
    return state_root.absolute() / "clusters" / _encode("project", project) / _encode("environment", environment)


def names_of(folder: Path) -> tuple[str, str]:
    """Project and environment of a folder that `cluster_folder` made."""
    return _decode(folder.parent.name), _decode(folder.name)


def find_folders(state_root: Path) -> Iterator[Path]:
    """The folders of all clusters of this user, in the order of their names."""
    for folder in sorted((state_root.absolute() / "clusters").glob("*/*")):
        if folder.is_dir() and not folder.name.startswith("."):
            yield folder


def claim(folder: Path) -> None:
    """Make *folder* (0700) and mark it as ours. Raises InputError if something else is in it."""
    refuse_foreign(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    (folder / MARKER).touch(mode=0o600)


def claim_again(folder: Path) -> None:
    """Mark *folder* as ours if it is there: for those who know so by other signs."""
    if folder.is_dir() and not folder.is_symlink():
        (folder / MARKER).touch(mode=0o600)


def remove(folder: Path) -> None:
    """Remove *folder* with all it holds. Raises InputError if it is not ours."""
    refuse_foreign(folder)
    if folder.is_dir():
        shutil.rmtree(folder)


def refuse_foreign(folder: Path) -> None:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise InputError(f"{folder} is not a folder", hint="move it away, then try again")
    if folder.is_dir() and not (folder / MARKER).exists() and any(folder.iterdir()):
        raise InputError(f"{folder} holds files that belong to no cluster", hint="move them away, then try again")


@contextlib.asynccontextmanager
async def locked(folder: Path, *, clock: Clock, on_wait: Callable[[], None], patience: float) -> AsyncIterator[None]:
    """Hold the lock of *folder*; wait up to *patience* seconds while another process holds it, else raise Unavailable.

    The lock file lies beside the folder, since `down` removes that, and goes with the last holder.
    """
    lock = folder.parent / f".{folder.name}.lock"
    descriptor = await _acquire(lock, clock=clock, on_wait=on_wait, patience=patience)
    try:
        yield
    finally:
        with contextlib.suppress(FileNotFoundError):
            lock.unlink()
        with contextlib.suppress(OSError):
            # Not empty: the project has other clusters.
            folder.parent.rmdir()
        os.close(descriptor)


@contextlib.asynccontextmanager
async def exclusive(
    folder: Path, *, clock: Clock, progress: Callable[[str], None], patience: float
) -> AsyncIterator[None]:
    """As `locked`; a folder that cannot be written is Unavailable too."""

    def say() -> None:
        progress("waiting for another fairlead that is at work on this cluster")

    try:
        async with locked(folder, clock=clock, on_wait=say, patience=patience):
            yield
    except OSError as err:
        raise Unavailable(f"cannot keep a cluster in {folder}: {err.strerror or err}", hint=space_hint(folder)) from err


def space_hint(folder: Path) -> str:
    """What to look at when *folder*, which need not be there, cannot be filled."""
    place = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(place).free // (1024 * 1024)
    return f"the disk of {place} has {free} MB free; check its space and its rights"


async def _acquire(lock: Path, *, clock: Clock, on_wait: Callable[[], None], patience: float) -> int:
    deadline = clock.monotonic() + patience
    is_waiting = False
    while (descriptor := _try_lock(lock)) is None:
        if clock.monotonic() > deadline:
            raise Unavailable(
                f"another fairlead has held {lock} for {patience:.0f} s",
                hint="wait until it has started or removed this cluster, or end it",
            )
        if not is_waiting:
            on_wait()
        is_waiting = True
        await clock.sleep(0.1)
    return descriptor


def _try_lock(lock: Path) -> int | None:
    """The open descriptor that holds the lock; None while another holds it or it was removed under us."""
    try:
        lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # The holder before us removed the file as it went: a lock on a name that is gone guards nothing.
        if os.path.samestat(os.fstat(descriptor), lock.stat()):
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(descriptor)
    return None


def _encode(what: str, name: str) -> str:
    encoded = quote_from_bytes(name.encode("utf-8", "surrogatepass"), safe="")
    if encoded.startswith("."):
        encoded = f"%2E{encoded[1:]}"
    if not encoded:
        raise InputError(f"the {what} of a local cluster has no name", hint=f"give the {what} a name")
    if len(encoded) > _LONGEST_NAME:
        raise InputError(f"the name of the {what} is too long for a folder: {name[:40]}…", hint="shorten it")
    return encoded


def _decode(name: str) -> str:
    return unquote_to_bytes(name).decode("utf-8", "surrogatepass")
