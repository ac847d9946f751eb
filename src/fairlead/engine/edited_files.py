"""The files of a project as they would be after an edit that nobody has written yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from fairlead.ports import ProjectFiles


class EditedFiles:
    """`ProjectFiles` with other *texts*, by path. *folder* holds them on disk, beside what else is read, for tools that
    read files themselves; without it they see the project as it is."""

    def __init__(self, files: ProjectFiles, texts: Mapping[str, str], *, folder: Path | None = None) -> None:
        self._files = files
        self._texts = texts
        self._folder = folder

    def root(self) -> Path:
        return self._folder or self._files.root()

    def read_text(self, path: str) -> str:
        return self._texts[path] if path in self._texts else self._files.read_text(path)

    def find(self, path: str) -> str | None:
        return path if path in self._texts else self._files.find(path)

    def expand(self, paths: Sequence[str]) -> tuple[str, ...]:
        return self._files.expand(paths)

    def walk(self) -> tuple[str, ...]:
        return tuple(sorted({*self._files.walk(), *self._texts}))

    def links(self) -> Mapping[str, str]:
        return {link: target for link, target in self._files.links().items() if link not in self._texts}

    def elsewhere(self) -> tuple[str, ...]:
        return self._files.elsewhere()

    def digest(self, files: Iterable[Path]) -> str:
        return self._files.digest(files)
