"""Result files that the user names: written whole or not at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from fairlead.model.errors import InputError


def write_result(file: Path, content: bytes) -> None:
    """Replace *file* by *content* (0600); a pipe or device is written to. Raises InputError where it cannot be written;
    then nothing is half there."""
    try:
        if file.exists() and not file.is_file() and not file.is_dir():
            file.write_bytes(content)  # /dev/stdout, or /dev/null: not to be replaced by a file
        else:
            _replace(file.resolve(), content)
    except OSError as err:
        raise InputError(f"{file} cannot be written: {err.strerror}", hint="name another file") from err


def _replace(file: Path, content: bytes) -> None:
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(content)
        beside.replace(file)
    except OSError:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def read_result(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as err:
        raise InputError(f"{file} cannot be read: {err.strerror}") from err
