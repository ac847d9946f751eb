"""The files of one project on disk. Nothing outside its folder is read, not through `..` and not through a link; but
for the checkouts of other repositories that somebody named."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from fairlead.formats.checkouts import checkout_of
from fairlead.formats.yaml.tree import encoding_of
from fairlead.model.errors import InputError
from fairlead.model.finding import Location

FILLED_BY_TOOLS = frozenset({"node_modules", "__pycache__", "venv"})
MANIFEST_SUFFIXES = frozenset({".yaml", ".yml", ".json"})


class ProjectFolder:
    """`ProjectFiles` on a folder. File contents are read once, links followed once."""

    def __init__(self, root: Path, *, checkouts: Sequence[str] = ()) -> None:
        self._root = root.resolve()
        self._checkouts = tuple(checkouts)
        self._contents: dict[Path, bytes] = {}
        self._places: dict[str, Path] = {}
        self._plain: frozenset[str] = frozenset()
        """Files that no link leads to, which a walk has met: thousands, that need not be resolved one by one."""

    def root(self) -> Path:
        return self._root

    def read_text(self, path: str) -> str:
        """UTF-8, or UTF-16 where its mark says so, as YAML allows. Raises InputError."""
        content = self._read(self._inside(path))
        try:
            return content.decode(encoding_of(content))
        except UnicodeDecodeError as err:
            line = content.count(b"\n", 0, err.start) + 1
            column = err.start - content.rfind(b"\n", 0, err.start)
            raise InputError(
                "this is no UTF-8 text",
                hint="save the file as UTF-8",
                location=Location(path, line, column),
                rule="not-yaml",
            ) from err

    def find(self, path: str) -> str | None:
        return path if self._inside(path).is_file() else None

    def holds(self, path: str) -> bool:
        """Whether *path* is there and does not leave the project."""
        place = (self._root / path).resolve()
        return place.is_relative_to(self._root) and place.exists()

    def expand(self, paths: Sequence[str]) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for path in paths:
            place = self._inside(path)
            if place.is_dir():
                files = sorted(f for f in place.rglob("*") if f.suffix in MANIFEST_SUFFIXES and f.is_file())
                found |= dict.fromkeys(str(self._inside(str(f)).relative_to(self._root)) for f in files)
            elif place.is_file():
                found[str(place.relative_to(self._root))] = None
            else:
                raise InputError(
                    f"{path} does not exist", hint="correct the path in fairlead.yaml", rule="missing-path"
                )
        if paths and not found:
            raise InputError(
                f"{', '.join(paths)} holds no manifest",
                hint="a manifest ends in .yaml, .yml or .json",
                rule="missing-path",
            )
        return tuple(found)

    def walk(self) -> tuple[str, ...]:
        return self._walked[0]

    def links(self) -> Mapping[str, str]:
        return self._walked[1]

    @cached_property
    def _elsewhere(self) -> tuple[str, ...]:
        found = (f"{folder}/{file}" for folder in self._checkouts for file in _walked(Path(folder))[0])
        return tuple(sorted(found))

    def elsewhere(self) -> tuple[str, ...]:
        return self._elsewhere

    @cached_property
    def _walked(self) -> tuple[tuple[str, ...], Mapping[str, str]]:
        files, links = _walked(self._root)
        self._plain = frozenset(files).difference(links)
        return tuple(sorted(files)), {path: self._target(path) for path in sorted(links)}

    def _target(self, link: str) -> str:
        real = (self._root / link).resolve()
        inside = real.is_relative_to(self._root) and real.exists()
        return real.relative_to(self._root).as_posix() if inside else ""

    def digest(self, files: Iterable[Path]) -> str:
        total = hashlib.sha256()
        for file in sorted(files):
            is_ours = file.is_relative_to(self._root)
            is_named = is_ours or not checkout_of(str(file), self._checkouts)
            name = str(file.relative_to(self._root)) if is_ours else file.name if is_named else str(file)
            content = self._read(file)
            total.update(f"{len(name)}:{name}{len(content)}:".encode() + content)
        return f"sha256:{total.hexdigest()}"

    def _read(self, file: Path) -> bytes:
        if file not in self._contents:
            try:
                self._contents[file] = file.read_bytes()
            except OSError as err:
                raise InputError(f"{file} cannot be read: {err.strerror}") from err
        return self._contents[file]

    def _inside(self, path: str) -> Path:
        place = self._places.get(path)
        if place is None and path in self._plain:
            place = self._places[path] = self._root / path
        if place is None:
            place = (self._root / path).resolve()
            if not place.is_relative_to(self._root) and not checkout_of(str(place), self._checkouts):
                raise InputError(
                    f"{path} leaves the project folder", hint="copy it into the project", rule="path-leaves-project"
                )
            self._places[path] = place  # every component asks for the environment's own files
        return place


def _walked(root: Path) -> tuple[list[str], list[str]]:
    """Files below *root*, and links among them and among folders."""
    files: list[str] = []
    links: list[str] = []
    pending = [""]
    while pending:
        top = pending.pop()
        with os.scandir(root / top) as entries:
            for entry in entries:
                path = f"{top}/{entry.name}" if top else entry.name
                if entry.is_symlink():
                    links.append(path)
                if entry.is_dir(follow_symlinks=False):
                    if not entry.name.startswith(".") and entry.name not in FILLED_BY_TOOLS:
                        pending.append(path)
                elif entry.is_file():
                    files.append(path)
    return files, links
