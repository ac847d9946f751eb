"""Where Flux's own objects are written: what is built from many files is told of by the file that it came from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from fairlead.formats.flux.objects import FluxName
from fairlead.formats.json_data import dig_map, dig_text
from fairlead.formats.manifests import Document
from fairlead.model.finding import Location
from fairlead.model.frozen import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class FluxPlaces:
    """Documents by (kind, name): their namespace is often that of a kustomization, and so not written in them."""

    documents: Mapping[tuple[str, str], Sequence[Document]] = field(default_factory=dict)

    def find(self, name: FluxName, files: Collection[str] = ()) -> Document | None:
        """The document of *name*, which a build of *files* gave; None where more than one may be it."""
        found = self.documents.get((name.kind, name.name), ())
        read = [each for each in found if each.file in files] or found
        whole = [each for each in read if _is_whole(each)] or read
        exact = [each for each in whole if dig_text(each.data, "metadata", "namespace") == name.namespace] or whole
        return exact[0] if len(exact) == 1 else None

    def has(self, name: FluxName) -> bool:
        """Whether any file has one that is called so."""
        return (name.kind, name.name) in self.documents


_CONTENT = ("chartRef", "sourceRef", "url", "endpoint")


def _is_whole(document: Document) -> bool:
    """Whether it says where its content comes from: a patch of one seldom does."""
    spec = dig_map(document.data, "spec")
    stated = (dig_map(spec, "chart", "spec", "sourceRef"), *(spec.get(part) for part in _CONTENT))
    return any(stated)


def index_places(documents: Iterable[Document]) -> FluxPlaces:
    found: dict[tuple[str, str], list[Document]] = {}
    for each in documents:
        key = (dig_text(each.data, "kind"), dig_text(each.data, "metadata", "name"))
        found.setdefault(key, []).append(each)
    return FluxPlaces(documents=found)


def place_of(document: Document | None) -> Location | None:
    """Its first line: cheaper than asking for the place of a field, which reads the text again."""
    return Location(document.file, document.line, 1) if document else None
