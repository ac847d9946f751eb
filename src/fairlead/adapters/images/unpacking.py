"""Unpacks the files of an image into a folder, for its test. Nothing is written outside of the folder."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path
from typing import Final

from fairlead.adapters.images.archive import ArchiveReader

_WHITEOUT: Final = ".wh."
_OPAQUE: Final = ".wh..wh..opq"


def unpack(archive: ArchiveReader, folder: Path) -> None:
    """Layer by layer, as a container would see them. Owners, devices and special bits are left out."""
    root = folder.resolve()
    for layer in archive.layers:
        with archive.blob(layer["digest"]) as file, tarfile.open(fileobj=file, mode="r:*") as tar:
            for member in tar:
                _place(tar, member, root)


def _place(tar: tarfile.TarFile, member: tarfile.TarInfo, root: Path) -> None:
    path = _inside(root, member.name)
    if path is None:
        return
    if path.name == _OPAQUE:
        _empty(path.parent)
    elif path.name.startswith(_WHITEOUT):
        _remove(path.with_name(path.name.removeprefix(_WHITEOUT)))
    elif member.isdir():
        if path.is_symlink() or not path.is_dir():
            _remove(path)
            path.mkdir(parents=True)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove(path)
        _write(tar, member, path, root)


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path, root: Path) -> None:
    if member.issym():
        path.symlink_to(member.linkname)
    elif member.islnk():
        target = _inside(root, member.linkname)
        if target is not None and target.is_file() and not target.is_symlink():
            shutil.copyfile(target, path)
            path.chmod(target.stat().st_mode & 0o777)
    elif (content := tar.extractfile(member)) is not None:
        with path.open("wb") as file:
            shutil.copyfileobj(content, file)
        path.chmod(member.mode & 0o777 | 0o400)


def _inside(root: Path, name: str) -> Path | None:
    """The place of *name*; None for the root itself, and where a link on the way leads out of it."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if not parts or ".." in parts:
        return None
    parent = root.joinpath(*parts[:-1]).resolve()
    return parent / parts[-1] if parent.is_relative_to(root) else None


def _empty(folder: Path) -> None:
    if folder.is_dir():
        for child in folder.iterdir():
            _remove(child)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
