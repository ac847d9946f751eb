"""Result files that the user names: written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path

from fairlead.model.errors import InputError, Unavailable


def write_result(file: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Replace *file* by *content*, whole or not at all; a pipe or device is written to. A new file has *mode*.

    Raises InputError where it cannot be written, Unavailable for a full disk.
    """
    try:
        if file.exists() and not file.is_file() and not file.is_dir():
            file.write_bytes(content)  # /dev/stdout, or /dev/null: not to be replaced by a file
        else:
            _replace(file.resolve(), content, mode=mode)
    except OSError as err:
        said = f"{file} cannot be written: {err.strerror}"
        if err.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise Unavailable(said, hint="free some space, or name another file") from err
        raise InputError(said, hint="name another file") from err


def _replace(file: Path, content: bytes, *, mode: int) -> None:
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as out:
            out.write(content)
        beside.replace(file)
    except OSError:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def require_folder(file: Path) -> None:
    """Raises InputError where the folder of *file* is not there: said before the work, not after it."""
    if not file.parent.is_dir():
        raise InputError(f"{file} cannot be written: its folder is not there", hint=f"mkdir -p {file.parent}")


def read_result(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as err:
        raise InputError(f"{file} cannot be read: {err.strerror}") from err
