"""The port `RenderCache` on disk: a file for each rendering, encrypted, for manifests and values hold secrets.

The key lies in the state folder, not in the cache: who is given the cache alone (a shared CI cache, a backup) reads
neither contents nor, as names are keyed too, which values they were made of.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import tempfile
import time
from functools import cached_property
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_KEPT_SECONDS: Final = 14 * 24 * 3600
_DAY_SECONDS: Final = 24 * 3600


class KeptRenders:
    """*folder* and *key_file* are made when they are first needed, for their owner only."""

    def __init__(self, folder: Path, *, key_file: Path) -> None:
        self._folder = folder
        self._key_file = key_file

    def load(self, key: bytes) -> bytes | None:
        """As the port says. A file that is cut off, or of another key, counts as none."""
        path = self._path(key)
        try:
            sealed = path.read_bytes()
        except OSError:
            return None
        _touch(path)
        return self._open(sealed, name=path.name)

    def store(self, key: bytes, content: bytes) -> None:
        """As the port says. Where the disk is full or read-only, nothing is kept."""
        path = self._path(key)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, content, path.name.encode())
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as file:
                file.write(sealed)
            Path(file.name).replace(path)
        except OSError:
            return

    def remove_old(self) -> None:
        """Remove what was not used for two weeks; looks once a day."""
        mark = self._folder / ".looked"
        oldest = time.time() - _KEPT_SECONDS
        try:
            if mark.exists() and time.time() - mark.stat().st_mtime < _DAY_SECONDS:
                return
            for path in self._folder.glob("*/*"):
                if path.stat().st_mtime < oldest:
                    path.unlink(missing_ok=True)
            mark.touch()
        except OSError:
            return

    def _open(self, sealed: bytes, *, name: str) -> bytes | None:
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], name.encode())
        except (InvalidTag, ValueError):
            return None

    def _path(self, key: bytes) -> Path:
        name = hmac.new(self._key, key, hashlib.sha256).hexdigest()
        return self._folder / name[:2] / name[2:]

    @cached_property
    def _cipher(self) -> AESGCM:
        return AESGCM(self._key)

    @cached_property
    def _key(self) -> bytes:
        """That of the file; a passing one where it can be neither read nor made: then nothing is found again."""
        try:
            return _read_key(self._key_file) or _make_key(self._key_file)
        except OSError:
            return secrets.token_bytes(_KEY_BYTES)


def _read_key(file: Path) -> bytes:
    try:
        found = file.read_bytes()
    except FileNotFoundError:
        return b""
    return found if len(found) == _KEY_BYTES else b""


def _make_key(file: Path) -> bytes:
    """Whoever is first makes it: two runs must not keep with two keys."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = secrets.token_bytes(_KEY_BYTES)
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".new-", delete=False) as new:
        new.write(made)
    try:
        os.link(new.name, file)
    except FileExistsError:
        return _read_key(file) or made
    finally:
        Path(new.name).unlink()
    return made


def _touch(path: Path) -> None:
    """Note that it is in use still, once a day."""
    try:
        if time.time() - path.stat().st_mtime > _DAY_SECONDS:
            path.touch()
    except OSError:
        return
