"""Changed files of a project: tried out in a passing copy, then written in their places."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from fairlead.model.errors import InputError

_NEW_MODE = 0o644


class ProjectDrafts:
    """`Drafts` of the project in *root*; copies go below *cache*."""

    def __init__(self, root: Path, *, cache: Path) -> None:
        self._root = root.resolve()
        self._cache = cache

    @contextlib.contextmanager
    def draft(self, files: Iterable[Path], texts: Mapping[str, str]) -> Iterator[Path]:
        self._cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._cache, prefix="draft-") as made:
            folder = Path(made).resolve()
            for file in files:
                target = folder / file.relative_to(self._root)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)
            for path, text in texts.items():
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(text.encode())
            yield folder

    def write(self, texts: Mapping[str, str], *, before: Mapping[str, str]) -> None:
        places = {path: self._place(path) for path in texts}
        for path, place in places.items():
            self._require_unchanged(path, place, before.get(path))
        for path, place in places.items():
            try:
                _replace(place, texts[path].encode())
            except OSError as err:
                raise InputError(f"{path} cannot be written: {err.strerror}", hint="make it writable") from err

    def _place(self, path: str) -> Path:
        """The real place of *path*: what a link names is written, not the link."""
        place = (self._root / path).resolve()
        if not place.is_relative_to(self._root):
            raise InputError(f"{path} leaves the project folder", hint="copy it into the project")
        return place

    def _require_unchanged(self, path: str, place: Path, before: str | None) -> None:
        try:
            now = place.read_bytes() if place.exists() else None
        except OSError as err:
            raise InputError(f"{path} cannot be read: {err.strerror}") from err
        if now != (before.encode() if before is not None else None):
            raise InputError(f"{path} was changed meanwhile, so nothing was written", hint="run it again")


def _replace(file: Path, content: bytes) -> None:
    """Whole or not at all, with the mode that it has."""
    mode = file.stat().st_mode & 0o7777 if file.exists() else _NEW_MODE
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
            out.write(content)
        beside.chmod(mode)
        beside.replace(file)
    except OSError:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise
