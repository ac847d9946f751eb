"""Where the objects that a kustomization gives are written: for findings about what came out."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from fairlead.formats.manifests import Document, expand_lists
from fairlead.model.errors import InputError
from fairlead.model.finding import Location
from fairlead.model.objects import Manifest
from fairlead.planning.kustomize.judgement import KustomizeJudge
from fairlead.planning.kustomize.objects import BuiltObject, ObjectId, id_of
from fairlead.planning.value_path import Path, value_at


@dataclass(frozen=True)
class KustomizeOrigins:
    """Those of the kustomization in *folder*, or of the manifests below it, where Flux makes one of them. Nothing is
    looked up before it is asked for."""

    folder: str
    judge: KustomizeJudge = field(repr=False)

    def place(self, manifest: Manifest, path: Path) -> Location | None:
        """Of the field at *path*, if it is written so there; else of the object. None where that cannot be told."""
        wanted = id_of(manifest)
        origin = _origin(wanted, self._objects) if wanted else None
        if origin is None:
            return None
        document = self._document(origin)
        if document is None or value_at(document.data, path) != value_at(manifest, path):
            return origin.location
        return document.mark(path)

    @cached_property
    def _objects(self) -> tuple[BuiltObject, ...]:
        if self.judge.tree.files_in(self.folder):
            return self.judge.objects(self.folder)
        return tuple(self._below(self.folder))

    def _below(self, folder: str) -> Iterator[BuiltObject]:
        """Every manifest file below *folder*, and a folder with a kustomization as a whole."""
        tree = self.judge.tree
        for name in sorted(tree.names.get(folder, ())):
            path = posixpath.join(folder, name)
            if path in tree.folders:
                yield from self.judge.objects(path) if tree.files_in(path) else self._below(path)
            elif name.endswith((".yaml", ".yml")):
                yield from (
                    BuiltObject(ids=(found,), location=Location(path, document.line, 1))
                    for document in self._documents(path)
                    if (found := id_of(document.data))
                )

    def _document(self, origin: BuiltObject) -> Document | None:
        return next((d for d in self._documents(origin.location.file) if d.line == origin.location.line), None)

    def _documents(self, file: str) -> tuple[Document, ...]:
        try:
            return expand_lists(self.judge.tree.documents(file).documents)
        except InputError:
            return ()


def _origin(wanted: ObjectId, objects: Sequence[BuiltObject]) -> BuiltObject | None:
    """The one that is called so; else the only one of its kind and name, whose namespace is laid over the build; else
    the only one of its kind whose name is within *wanted*'s, by a prefix that is laid over it or a generator's hash."""
    same = [each for each in objects if (each.current.group, each.current.kind) == (wanted.group, wanted.kind)]
    named = [each for each in same if each.current.name == wanted.name]
    within = [each for each in same if each.current.name in wanted.name]
    exact = [each for each in named if each.current.namespace == wanted.namespace]
    return next((found[0] for found in (exact, named, within) if len(found) == 1), None)
