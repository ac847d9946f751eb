"""The files of one project on disk. Nothing outside its folder is read, not through `..` and not through a link."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from fairlead.model.errors import InputError
from fairlead.model.finding import Location

FILLED_BY_TOOLS = frozenset({"node_modules", "__pycache__", "venv"})
MANIFEST_SUFFIXES = frozenset({".yaml", ".yml", ".json"})


class ProjectFolder:
    """`ProjectFiles` on a folder. File contents are read once, links followed once."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._contents: dict[Path, bytes] = {}
        self._places: dict[str, Path] = {}

    def root(self) -> Path:
        return self._root

    def read_text(self, path: str) -> str:
        try:
            return self._read(self._inside(path)).decode()
        except UnicodeDecodeError as err:
            raise InputError(f"{path} is no UTF-8 text", location=Location(path), rule="not-yaml") from err

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
        found: list[str] = []
        for place, folders, files in os.walk(self._root):
            folders[:] = [name for name in folders if not name.startswith(".") and name not in FILLED_BY_TOOLS]
            top = os.path.relpath(place, self._root)
            found += files if top == "." else (f"{top}/{name}" for name in files)
        return tuple(sorted(found))

    def digest(self, files: Iterable[Path]) -> str:
        total = hashlib.sha256()
        for file in sorted(files):
            name = str(file.relative_to(self._root)) if file.is_relative_to(self._root) else file.name
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
        if place is None:
            place = (self._root / path).resolve()
            if not place.is_relative_to(self._root):
                raise InputError(
                    f"{path} leaves the project folder", hint="copy it into the project", rule="path-leaves-project"
                )
            self._places[path] = place  # every component asks for the environment's own files
        return place
