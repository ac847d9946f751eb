"""The kustomizations of a repository and who names whom. Texts are read when they are asked for, each once.

Paths are relative to the top of the repository, which is the empty path.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping
from enum import Enum, auto
from functools import cached_property
from typing import Final, TypeVar

from fairlead.formats.kustomization import FILE_NAMES, Kustomization, parse_kustomization
from fairlead.formats.kustomize_references import Reference, ReferenceKind, is_inline
from fairlead.formats.kustomize_remote import is_remote_folder
from fairlead.formats.manifests import Documents, read_documents
from fairlead.model.errors import InputError
from fairlead.model.frozen import dataclass

T = TypeVar("T")

INCLUDING: Final = ("resources", "bases", "components")
"""The fields by which a kustomization takes another one in."""


class PlaceKind(Enum):
    """What a path leads to: HIDDEN is what the walk leaves out, and may be there; OUTSIDE is above the top."""

    FILE = auto()
    FOLDER = auto()
    MISSING = auto()
    HIDDEN = auto()
    OUTSIDE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """*path* is the real one: links are followed."""

    kind: PlaceKind
    path: str


class KustomizeTree:
    """*files* are all files that count, *links* the symbolic links among them and to folders, with what each leads to
    (empty where that is outside, or nothing). *read* gives a file's text, or raises InputError."""

    def __init__(self, files: Iterable[str], *, links: Mapping[str, str], read: Callable[[str], str]) -> None:
        self.files = frozenset(files)
        self.links = links
        self._read = read
        self.folders = _folders_of(self.files)
        self._files_in: dict[str, tuple[str, ...]] = {}
        for file in sorted(self.files):
            if posixpath.basename(file) in FILE_NAMES:
                folder = posixpath.dirname(file)
                self._files_in[folder] = (*self._files_in.get(folder, ()), file)
        self._kustomizations: dict[str, Kustomization | InputError] = {}
        self._documents: dict[str, Documents | InputError] = {}

    @cached_property
    def names(self) -> Mapping[str, frozenset[str]]:
        """What each folder holds, by name."""
        found: dict[str, set[str]] = {}
        for path in (*self.files, *filter(None, self.folders)):
            found.setdefault(posixpath.dirname(path), set()).add(posixpath.basename(path))
        return {folder: frozenset(names) for folder, names in found.items()}

    @cached_property
    def places(self) -> Mapping[str, tuple[str, ...]]:
        """The paths of all files and folders that have a name."""
        found: dict[str, list[str]] = {}
        for path in sorted((*self.files, *filter(None, self.folders))):
            found.setdefault(posixpath.basename(path), []).append(path)
        return {name: tuple(paths) for name, paths in found.items()}

    @cached_property
    def kustomized(self) -> tuple[str, ...]:
        """The folders that hold a kustomization, in name order."""
        return tuple(sorted(self._files_in))

    def files_in(self, folder: str) -> tuple[str, ...]:
        """The kustomization files in *folder*: kustomize wants exactly one."""
        return self._files_in.get(folder, ())

    def kustomization(self, folder: str) -> Kustomization:
        """Raises InputError where its file cannot be read. *folder* holds one."""
        file = self._files_in[folder][0]
        if file not in self._kustomizations:
            self._kustomizations[file] = _tried(lambda: parse_kustomization(self._read(file), file=file))
        return _settled(self._kustomizations[file])

    def is_component(self, folder: str) -> bool:
        try:
            return self.kustomization(folder).is_component
        except InputError:
            return False

    def text(self, file: str) -> str:
        return self._read(file)

    def documents(self, file: str) -> Documents:
        """What *file* holds. Raises InputError."""
        if file not in self._documents:
            self._documents[file] = _tried(lambda: read_documents(self._read(file), file=file))
        return _settled(self._documents[file])

    def find(self, folder: str, written: str) -> Place:
        """What *written* means in *folder*."""
        path = posixpath.normpath(posixpath.join(folder, written))
        path = "" if path == "." else path
        if path == ".." or path.startswith(("../", "/")):
            return Place(kind=PlaceKind.OUTSIDE, path=path)
        real = self._real(path)
        if real is None:
            return Place(kind=PlaceKind.OUTSIDE, path=path)
        if real in self.files:
            return Place(kind=PlaceKind.FILE, path=real)
        if real in self.folders:
            return Place(kind=PlaceKind.FOLDER, path=real)
        is_hidden = any(part.startswith(".") for part in real.split("/"))
        return Place(kind=PlaceKind.HIDDEN if is_hidden else PlaceKind.MISSING, path=real)

    def included(self, folder: str) -> tuple[tuple[Reference, str], ...]:
        """The kustomizations that the one in *folder* takes in: each reference with the folder that it means."""
        try:
            references = self.kustomization(folder).references
        except InputError:
            return ()
        found = ((each, self.find(folder, each.path)) for each in references if each.field in INCLUDING)
        return tuple(
            (each, place.path)
            for each, place in found
            if place.kind is PlaceKind.FOLDER and place.path in self._files_in and not is_remote_folder(each.path)
        )

    def named(self, folder: str) -> frozenset[str]:
        """The files that the kustomization in *folder* names itself."""
        try:
            references = self.kustomization(folder).references
        except InputError:
            return frozenset()
        names = (each for each in references if not (_may_be_inline(each) and is_inline(each.path)))
        places = (self.find(folder, each.path) for each in names)
        return frozenset(place.path for place in places if place.kind is PlaceKind.FILE)

    def _real(self, path: str) -> str | None:
        """*path* with its links followed; None where one leads out, or to nothing."""
        for _ in range(_MAX_LINKS if self.links else 1):
            link = next((top for top in _tops(path) if top in self.links), None) if self.links else None
            if link is None:
                return path
            if not self.links[link]:
                return None
            path = posixpath.normpath(posixpath.join(self.links[link], path[len(link) + 1 :]))
        return None


_MAX_LINKS: Final = 40


def _may_be_inline(reference: Reference) -> bool:
    return reference.kind in (ReferenceKind.PATCH, ReferenceKind.PLUGIN)


def naming_folder(file: str, tree: KustomizeTree) -> str:
    """The closest folder above that of *file* whose kustomization names it; empty where there is none, or where its own
    folder has one."""
    own = posixpath.dirname(file)
    if tree.files_in(own):
        return ""
    return next((folder for folder in _tops(posixpath.dirname(own)) if _names(tree, folder, file)), "")


def _names(tree: KustomizeTree, folder: str, file: str) -> bool:
    if not tree.files_in(folder):
        return False
    try:
        references = tree.kustomization(folder).references
    except InputError:
        return False
    return any(posixpath.normpath(posixpath.join(folder, each.path)) == file for each in references)


def _folders_of(files: Iterable[str]) -> frozenset[str]:
    found = {""}
    for folder in {posixpath.dirname(file) for file in files}:
        found.update(_tops(folder))
    return frozenset(found)


def _tops(path: str) -> Iterable[str]:
    """*path* and every folder above it but the top."""
    while path:
        yield path
        path = posixpath.dirname(path)


def _tried(make: Callable[[], T]) -> T | InputError:
    try:
        return make()
    except InputError as err:
        return err


def _settled(found: T | InputError) -> T:
    if isinstance(found, InputError):
        raise found
    return found
