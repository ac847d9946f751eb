"""Result files that the user names: written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from fairlead.model.errors import InputError


def write_result(file: Path, content: bytes) -> None:
    """Replace *file* by *content* (0600). Raises InputError where it cannot be written; then nothing is half there."""
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(content)
        beside.replace(file)
    except OSError as err:
        beside.unlink(missing_ok=True)
        raise InputError(f"{file} cannot be written: {err.strerror}", hint="name another file") from err


def read_result(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as err:
        raise InputError(f"{file} cannot be read: {err.strerror}") from err
