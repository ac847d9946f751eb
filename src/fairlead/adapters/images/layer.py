"""The one layer of an image: its files, and the tar that they become. The same files make the same bytes."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Final

from fairlead.adapters.images.tree import children
from fairlead.model.frozen import dataclass, replace

FOLDER_MODE = 0o755


MERGED: Final = ("bin", "lib", "lib32", "lib64", "libx32", "sbin")
"""Folders that Debian keeps below /usr, with links in their old place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A part of a file of this machine."""

    file: Path
    offset: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file, folder or link. *content* is bytes, or what is read of this machine when the tar is written."""

    type: bytes = tarfile.REGTYPE
    mode: int = 0o644
    content: bytes | Path | Slice = b""
    link: str = ""
    uid: int = 0
    gid: int = 0


class Layer:
    """Entries by their path without the first slash; what is added later replaces what was there.

    *merged*: /bin, /lib and the like are links into /usr, as on a Debian system.
    """

    def __init__(self, *, merged: bool = False) -> None:
        self._merged = merged
        self._entries: dict[str, Entry] = {}

    def __contains__(self, path: str) -> bool:
        return self._place(path) in self._entries

    def add(self, path: str, entry: Entry) -> None:
        """Raises ValueError for a path that leaves the image."""
        if self._merged and entry.type == tarfile.SYMTYPE and _inner(path) in MERGED:
            # Debian's own link, not a link in the folder that it leads to.
            self._entries[_inner(path)] = entry
            return
        name = self._place(path)
        if entry.type == tarfile.LNKTYPE:
            entry = replace(entry, link=self._place(entry.link))
        self._entries[name] = entry
        for parent in PurePosixPath(name).parents:
            if str(parent) != ".":
                self._entries.setdefault(str(parent), Entry(type=tarfile.DIRTYPE, mode=FOLDER_MODE))

    def _place(self, path: str) -> str:
        name = _inner(path)
        first = name.partition("/")[0]
        if not self._merged or first not in MERGED:
            return name
        self._entries.setdefault(first, Entry(type=tarfile.SYMTYPE, mode=0o777, link=f"usr/{first}"))
        return f"usr/{name}"

    def add_tree(self, path: str, source: Path) -> None:
        """Add a file or folder of this machine at *path*; executable stays executable, links stay links,
        Git's own files stay out."""
        if source.is_symlink():
            self.add(path, Entry(type=tarfile.SYMTYPE, mode=0o777, link=str(source.readlink())))
        elif source.is_dir():
            self.add(path, Entry(type=tarfile.DIRTYPE, mode=FOLDER_MODE))
            for child in children(source):
                self.add_tree(f"{path.rstrip('/')}/{child.name}", child)
        else:
            mode = 0o755 if source.stat().st_mode & 0o100 else 0o644
            self.add(path, Entry(mode=mode, content=source))

    def write(self, file: IO[bytes]) -> None:
        """The tar: sorted, no times, no names of users. Raises OSError when a source cannot be read."""
        with tarfile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT) as tar:
            for name, entry in sorted(self._entries.items(), key=_order):
                with _content(entry) as content:
                    tar.addfile(_header(name, entry), content)

    def paths(self) -> Iterator[str]:
        yield from sorted(self._entries)


def _order(item: tuple[str, Entry]) -> tuple[bool, str]:
    """Hard links come last: what they point to must be there before them."""
    name, entry = item
    return entry.type == tarfile.LNKTYPE, name


def _header(name: str, entry: Entry) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.linkname = entry.type, entry.mode, entry.link
    info.uid, info.gid, info.mtime = entry.uid, entry.gid, 0
    if entry.type == tarfile.REGTYPE:
        info.size = _size(entry)
    return info


def _size(entry: Entry) -> int:
    match entry.content:
        case bytes():
            return len(entry.content)
        case Slice(size=size):
            return size
        case path:
            return path.stat().st_size


def _content(entry: Entry) -> IO[bytes]:
    match entry.content:
        case bytes():
            return io.BytesIO(entry.content)
        case Slice(file=file, offset=offset):
            opened = file.open("rb")
            opened.seek(offset)
            return opened
        case path:
            return path.open("rb")


def _inner(path: str) -> str:
    pure = PurePosixPath("/", path)
    name = str(pure.relative_to("/"))
    if ".." in pure.parts or name == ".":
        raise ValueError(f"{path!r} is no path in an image")
    return name
