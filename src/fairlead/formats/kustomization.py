"""A kustomization file as text: what it says and where, and what kustomize would not take of its fields.

Fields and their types after kustomize 5.8.1 (`types.Kustomization`), which refuses what it does not know.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

from fairlead.formats.json_data import as_list, as_map
from fairlead.formats.kustomize_references import Reference, find_references
from fairlead.formats.manifests import Document, read_documents
from fairlead.formats.yaml.marks import PathPart
from fairlead.model.finding import Location
from fairlead.model.frozen import dataclass, field

FILE_NAMES: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
GROUP: Final = "kustomize.config.k8s.io"

_VERSIONS: Final = {"Kustomization": f"{GROUP}/v1beta1", "Component": f"{GROUP}/v1alpha1"}
_TEXTS: Final = frozenset({"apiVersion", "kind", "namePrefix", "nameSuffix", "namespace"})
_TEXT_LISTS: Final = frozenset(
    {"resources", "components", "crds", "bases", "configurations", "generators", "transformers", "validators"}
    | {"patchesStrategicMerge", "buildMetadata"}
)
_TARGET: Final = frozenset(
    {"group", "version", "kind", "name", "namespace", "annotationSelector", "labelSelector", "resId"}
)
_GENERATOR: Final = frozenset(
    {"name", "namespace", "behavior", "files", "env", "envs", "literals", "options", "kvSources"}
)
_MAP_LISTS: Final[Mapping[str, frozenset[str]]] = {
    "patches": frozenset({"path", "patch", "target", "options"}),
    "patchesJson6902": frozenset({"path", "patch", "target", "options"}),
    "configMapGenerator": _GENERATOR,
    "secretGenerator": _GENERATOR | {"type"},
    "images": frozenset({"name", "newName", "tagSuffix", "newTag", "digest"}),
    "imageTags": frozenset({"name", "newName", "tagSuffix", "newTag", "digest"}),
    "replicas": frozenset({"name", "count"}),
    "labels": frozenset({"pairs", "includeSelectors", "includeTemplates", "fields"}),
    "replacements": frozenset({"path", "source", "targets"}),
    "vars": frozenset(),
    "helmCharts": frozenset(),
    "helmChartInflationGenerator": frozenset(),
}
_MAPS: Final = frozenset(
    {"metadata", "openapi", "commonLabels", "commonAnnotations", "sortOptions", "helmGlobals", "generatorOptions"}
)
_ALL: Final = _TEXTS | _TEXT_LISTS | _MAP_LISTS.keys() | _MAPS

DEPRECATED: Final[Mapping[str, str]] = {
    "bases": "resources",
    "patchesStrategicMerge": "patches",
    "patchesJson6902": "patches",
    "commonLabels": "labels",
    "vars": "replacements",
    "imageTags": "images",
    "helmChartInflationGenerator": "helmCharts",
}
"""Fields that kustomize warns of, with what takes their place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kustomization:
    """The kustomization in *file*; *data* is empty where the file holds nothing."""

    file: str
    data: Mapping[str, Any]
    references: tuple[Reference, ...]
    _document: Document | None = field(repr=False, compare=False)

    @property
    def folder(self) -> str:
        """Empty for the top of the project."""
        return posixpath.dirname(self.file)

    @property
    def is_component(self) -> bool:
        return self.data.get("kind") == "Component"

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing but what it is: kustomize refuses to build that."""
        return not any(
            value not in (None, "") for name, value in self.data.items() if name not in ("apiVersion", "kind")
        )

    def mark(self, path: Sequence[PathPart] = ()) -> Location:
        return self._document.mark(path) if self._document else Location(self.file, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFault:
    """What kustomize does not take of the field at *path*."""

    path: tuple[PathPart, ...]
    message: str
    hint: str = ""


def parse_kustomization(text: str, *, file: str) -> Kustomization:
    """Of several documents kustomize reads the first. Raises InputError with the place where it is no YAML map."""
    documents = read_documents(text, file=file).documents
    document = documents[0] if documents else None
    data = document.data if document else {}
    return Kustomization(file=file, data=data, references=find_references(data), _document=document)


def is_kustomization(data: Mapping[str, Any]) -> bool:
    """Whether *data* is a kustomization of kustomize's own, and not one of Flux's objects of that kind."""
    return data.get("kind") in _VERSIONS and str(data.get("apiVersion", "")).startswith(f"{GROUP}/")


def field_faults(data: Mapping[str, Any]) -> Iterator[FieldFault]:
    """Why kustomize would refuse to read *data* as a kustomization, however its paths are."""
    yield from _faults_of_kind(data)
    for name, value in data.items():
        if name not in _ALL:
            if name.lower() not in {known.lower() for known in _ALL}:  # Go's JSON reader takes any case
                yield FieldFault(path=(name,), message=f"a kustomization has no field {name!r}", hint=_near(name, _ALL))
        elif value is not None:
            yield from _faults_of(name, value)


def _faults_of_kind(data: Mapping[str, Any]) -> Iterator[FieldFault]:
    kind, version = data.get("kind") or "Kustomization", data.get("apiVersion")
    if kind not in _VERSIONS:
        yield FieldFault(path=("kind",), message=f"the kind is {kind}, not Kustomization or Component")
    elif version and version != _VERSIONS[kind]:
        message = f"the apiVersion of a {kind} is not {version}"
        yield FieldFault(path=("apiVersion",), message=message, hint=f"write {_VERSIONS[kind]}")


def _faults_of(name: str, value: object) -> Iterator[FieldFault]:
    if name in _TEXTS:
        if not isinstance(value, str):
            yield _wrong((name,), "a text")
    elif name in _MAPS:
        if not isinstance(value, Mapping):
            yield _wrong((name,), "a map")
    elif not isinstance(value, list):
        yield _wrong((name,), "a list")
    elif name in _TEXT_LISTS:
        yield from (
            _wrong((name, index), "a text") if item else FieldFault(path=(name, index), message=f"{name} has no path")
            for index, item in enumerate(value)
            if not isinstance(item, str) or not item
        )
    else:
        yield from _faults_of_entries(name, value)


def _faults_of_entries(name: str, entries: Sequence[object]) -> Iterator[FieldFault]:
    known = _MAP_LISTS[name]
    for index, entry in enumerate(entries):
        if not isinstance(entry, Mapping):
            yield _wrong((name, index), "a map")
            continue
        for key in entry if known else ():
            if key not in known and key.lower() not in {each.lower() for each in known}:
                message = f"an entry of {name} has no field {key!r}"
                yield FieldFault(path=(name, index, key), message=message, hint=_near(key, known))
        yield from _faults_inside(name, index, entry)


def _faults_inside(name: str, index: int, entry: Mapping[str, Any]) -> Iterator[FieldFault]:
    if name.startswith("patches"):
        for key in as_map(entry.get("target")):
            if key not in _TARGET:
                message = f"the target of a patch has no field {key!r}"
                yield FieldFault(path=(name, index, "target", key), message=message, hint=_near(key, _TARGET))
    if name in ("images", "imageTags"):
        for key in ("newTag", "newName", "name", "digest"):
            if not isinstance(entry.get(key), str | None):
                yield _wrong((name, index, key), "a text", hint=f"quote it: {key}: '{entry[key]}'")
    if name in ("configMapGenerator", "secretGenerator"):
        yield from _faults_of_generator(name, index, entry)


def _faults_of_generator(name: str, index: int, entry: Mapping[str, Any]) -> Iterator[FieldFault]:
    if not entry.get("name"):
        yield FieldFault(path=(name, index), message=f"an entry of {name} has no name")
    for place, literal in enumerate(as_list(entry.get("literals"))):
        if isinstance(literal, str) and "=" not in literal:
            path = (name, index, "literals", place)
            yield FieldFault(path=path, message=f"{literal!r} is not KEY=VALUE")


def _wrong(path: tuple[PathPart, ...], wanted: str, *, hint: str = "") -> FieldFault:
    name = ".".join(str(part) for part in path)
    return FieldFault(path=path, message=f"{name} is not {wanted}", hint=hint)


def _near(word: str, known: frozenset[str]) -> str:
    close = get_close_matches(word, sorted(known), n=1)
    return f"did you mean {close[0]}?" if close else ""
