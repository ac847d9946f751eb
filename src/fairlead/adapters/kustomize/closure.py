"""Every file that a build of an overlay reads, found by following what its kustomizations name. Starts no process.

Nothing outside the project is read: a path or a link that leaves it, and anything remote, is an InputError. Whether the
content makes sense is left to kustomize.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from fairlead.formats.json_data import as_list
from fairlead.formats.kustomization import FILE_NAMES
from fairlead.formats.kustomize_references import (
    Reference,
    ReferenceKind,
    find_charts,
    find_plugin_references,
    find_references,
    has_charts,
    inline_texts,
    is_inline,
)
from fairlead.formats.kustomize_remote import is_remote_base, is_remote_file, is_remote_folder
from fairlead.formats.manifests import read_documents
from fairlead.formats.yaml.tree import check_bounded, encoding_of
from fairlead.model.errors import InputError
from fairlead.model.finding import Location
from fairlead.model.frozen import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Closure:
    """*root* and *files* (sorted) are real paths; *links* are symbolic links on the way; *has_charts*: helm runs.
    *remotes* are the remote bases as they are written, *left* those that are left out, *naming* the kustomizations that
    name one."""

    root: Path
    files: tuple[Path, ...]
    links: tuple[Path, ...]
    has_charts: bool
    remotes: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    naming: tuple[Path, ...] = ()


_FAR: Final = "base-unresolved"


def _no_remote(_: str) -> bool:
    return False


def find_closure(
    *folders: Path, root: Path, takes: Callable[[str], bool] = _no_remote, is_partial: bool = False
) -> Closure:
    """The closure of the kustomizations in *folders*, and of the files among these, of the project *root*. *takes* says
    which remote bases are at hand; with *is_partial* resources on another machine that are not are left out.

    Raises InputError with file and line; where only what lies on another machine is missing, with all of that.
    """
    walk = _Walk(root=Path(os.path.realpath(root)), takes=takes, is_partial=is_partial)
    for folder in folders:
        walk.enter(folder)
    if walk.far:
        raise _together(walk.far)
    return Closure(
        root=walk.root,
        files=tuple(sorted(walk.files)),
        links=tuple(sorted(walk.links)),
        has_charts=walk.has_charts,
        remotes=tuple(sorted(walk.remotes)),
        left=tuple(sorted(walk.left)),
        naming=tuple(sorted(walk.naming)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a path is written."""

    file: Path
    text: str
    shown: str

    def location(self, path: str) -> Location:
        lines = self.text.splitlines()
        line = next((number for number, line in enumerate(lines, start=1) if path in line), 0)
        return Location(self.shown, line, lines[line - 1].index(path) + 1 if line else 0)


@dataclass(kw_only=True)
class _Walk:
    root: Path
    takes: Callable[[str], bool]
    is_partial: bool
    remotes: set[str] = field(default_factory=set)
    left: set[str] = field(default_factory=set)
    naming: set[Path] = field(default_factory=set)
    files: set[Path] = field(default_factory=set)
    links: set[Path] = field(default_factory=set)
    visited: set[Path] = field(default_factory=set)
    far: list[InputError] = field(default_factory=list)
    has_charts: bool = False

    def enter(self, path: Path) -> None:
        real = self.inside(path, named_in=None, shown=os.path.relpath(path, self.root))
        if real.is_file():
            self._objects(real)
        else:
            self.visit(real)

    def visit(self, folder: Path) -> None:
        if folder in self.visited:
            return
        self.visited.add(folder)
        place, data = self._read(folder)
        self._charts(data, place=place)
        check_inline(data, locate=place.location)
        for reference in find_references(data):
            try:
                self._follow(reference, folder=folder, place=place)
            except InputError as err:
                if err.rule != _FAR:
                    raise
                self.far.append(err)

    def inside(self, path: Path, *, named_in: _Place | None, shown: str) -> Path:
        """The real path of *path*, which must be there and in the project."""
        # kustomize, too, shortens `link/..` before it follows links.
        path = Path(os.path.normpath(path.absolute()))
        location = named_in.location(shown) if named_in else None
        self.links |= {link for link in _links_on(path) if link.is_relative_to(self.root)}
        real = Path(os.path.realpath(path))
        if not real.is_relative_to(self.root):
            raise InputError(f"{shown} lies outside the project", hint="copy it into the project", location=location)
        if not real.exists():
            raise InputError(f"{shown} does not exist", hint="correct the path", location=location)
        return real

    def _read(self, folder: Path) -> tuple[_Place, Mapping[str, Any]]:
        shown = str(folder.relative_to(self.root))
        found = [folder / name for name in FILE_NAMES if (folder / name).is_file()]
        if len(found) != 1:
            what = "more than one kustomization file" if found else "no kustomization.yaml"
            raise InputError(f"the folder {shown} holds {what}", hint="a kustomization's folder holds one")
        file = self._file(found[0], place=None, shown=f"{shown}/{found[0].name}")
        place = self._place(file)
        documents = read_documents(place.text, file=place.shown).documents
        return place, documents[0].data if documents else {}

    def _place(self, file: Path) -> _Place:
        shown = str(file.relative_to(self.root))
        try:
            return _Place(file=file, text=file.read_text("utf-8-sig"), shown=shown)
        except UnicodeDecodeError as err:
            raise InputError("not UTF-8 text", location=Location(shown)) from err

    def _file(self, path: Path, *, place: _Place | None, shown: str) -> Path:
        real = self.inside(path, named_in=place, shown=shown)
        self.files.add(real)
        return real

    def _objects(self, file: Path) -> None:
        """Take a file that kustomize reads as YAML. Raises InputError where that would have no end."""
        self.files.add(file)
        content = file.read_bytes()
        check_bounded(content.decode(encoding_of(content), errors="replace"), file=str(file.relative_to(self.root)))

    def _charts(self, data: Mapping[str, Any], *, place: _Place) -> None:
        self.has_charts = self.has_charts or has_charts(data)
        for chart in find_charts(data):
            if chart.repository and not chart.version:
                raise InputError(
                    f"the chart {chart.name} has no version, so that every build may take another",
                    hint="add an exact `version`",
                    location=place.location(chart.name),
                )

    def _follow(self, reference: Reference, *, folder: Path, place: _Place) -> None:
        match reference.kind:
            case ReferenceKind.PLUGIN:
                for document in self._plugin_documents(reference, folder=folder, place=place):
                    self._charts_of_plugin(document, place=place)
                    for inner in find_plugin_references(document):
                        self._follow(inner, folder=folder, place=place)
            case ReferenceKind.PATCH if is_inline(reference.path):
                return
            case ReferenceKind.CHART:
                self._chart(reference, folder=folder, place=place)
            case ReferenceKind.RESOURCE | ReferenceKind.FOLDER if self._is_left(reference.path):
                self.left.add(reference.path)
                self.naming.add(place.file)
            case ReferenceKind.RESOURCE | ReferenceKind.FOLDER if is_remote_base(reference.path):
                self._remote(reference, place=place)
            case _:
                self._path(reference, folder=folder, place=place)

    def _is_left(self, path: str) -> bool:
        is_remote = is_remote_file(path) or is_remote_folder(path)
        return self.is_partial and is_remote and not (is_remote_base(path) and self.takes(path))

    def _remote(self, reference: Reference, *, place: _Place) -> None:
        if not self.takes(reference.path):
            raise InputError(
                f"{reference.path} lies on another machine, and the lock file does not say at which commit",
                hint="run `fairlead resolve`, or copy it into the project",
                location=place.location(reference.path),
                rule=_FAR,
            )
        self.remotes.add(reference.path)
        self.naming.add(place.file)

    def _path(self, reference: Reference, *, folder: Path, place: _Place) -> Path:
        is_file = reference.kind in (ReferenceKind.FILE, ReferenceKind.PATCH)
        if is_remote_file(reference.path) or (not is_file and is_remote_folder(reference.path)):
            raise InputError(
                f"{reference.path} lies on another machine",
                hint="copy it into the project: only remote bases can be locked",
                location=place.location(reference.path),
                rule=_FAR,
            )
        real = self.inside(folder / reference.path, named_in=place, shown=reference.path)
        if real.is_file():
            is_patch = reference.field.startswith("patches")
            (self._objects if is_patch or not is_file else self.files.add)(real)
        elif is_file:
            raise InputError(
                f"{reference.path} is no file", hint="name a file", location=place.location(reference.path)
            )
        else:
            self.visit(real)
        return real

    def _chart(self, reference: Reference, *, folder: Path, place: _Place) -> None:
        path = folder / reference.path
        if reference.is_fetched and not path.exists():
            return
        self._files_below(self.inside(path, named_in=place, shown=reference.path))

    def _files_below(self, folder: Path) -> None:
        """All files of a chart, by links too, as helm loads them."""
        if folder in self.visited:
            return
        self.visited.add(folder)
        for entry in sorted(folder.iterdir()):
            real = self.inside(entry, named_in=None, shown=str(entry.relative_to(self.root)))
            if real.is_dir():
                self._files_below(real)
            else:
                self.files.add(real)

    def _charts_of_plugin(self, document: Mapping[str, Any], *, place: _Place) -> None:
        if has_charts(document):
            self._charts({"helmCharts": [document]}, place=place)

    def _plugin_documents(self, reference: Reference, *, folder: Path, place: _Place) -> tuple[Mapping[str, Any], ...]:
        if is_inline(reference.path):
            return _documents(reference.path, shown=place.shown)
        real = self._path(reference, folder=folder, place=place)
        return tuple(self._resource_documents(real))

    def _resource_documents(self, path: Path) -> Iterator[Mapping[str, Any]]:
        """The objects in a file, or in all resources of a folder, before any transformation."""
        if path.is_file():
            place = self._place(path)
            yield from _documents(place.text, shown=place.shown)
            return
        place, data = self._read(path)
        for name in as_list(data.get("resources")):
            yield from self._resource_documents(self.inside(path / str(name), named_in=place, shown=str(name)))


def check_inline(kustomization: Mapping[str, Any], *, locate: Callable[[str], Location | None]) -> None:
    """Raise InputError where YAML that stands in *kustomization* has no end; *locate* finds a text in its file."""
    for text in inline_texts(kustomization):
        try:
            check_bounded(text, file="")
        except InputError as err:
            location = locate(text.strip().splitlines()[0])
            raise InputError(
                f"in YAML within the kustomization: {err.message}", hint=err.hint, location=location, rule=err.rule
            ) from err


def _together(faults: Sequence[InputError]) -> InputError:
    """The first of *faults*, with the findings of all where there are several."""
    first = faults[0]
    if len(faults) == 1:
        return first
    findings = [finding for err in faults for finding in err.as_findings()]
    return InputError(first.message, hint=first.hint, location=first.location, rule=first.rule, findings=findings)


def _documents(text: str, *, shown: str) -> tuple[Mapping[str, Any], ...]:
    return tuple(document.data for document in read_documents(text, file=shown).documents)


def _links_on(path: Path) -> Iterator[Path]:
    """The symbolic links that are followed on the way to *path*, which is absolute; the caller finds loops."""
    current = Path(path.anchor)
    parts = list(reversed(path.parts[1:]))
    for _ in range(_MAX_STEPS):
        if not parts:
            return
        part = parts.pop()
        current = current.parent if part == ".." else current / part
        if current.is_symlink():
            yield current
            target = current.readlink()
            parts.extend(reversed(target.parts[1:] if target.is_absolute() else target.parts))
            current = Path(target.anchor) if target.is_absolute() else current.parent


_MAX_STEPS: Final = 4096
