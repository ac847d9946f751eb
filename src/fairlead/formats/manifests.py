"""The one reader of Kubernetes manifests and Helm values files: text -> JSON data, as kubectl and Helm read it.

Faults of syntax, and what has no JSON form, are InputError with file:line:col; what kubectl silently accepts but nobody
means (a key written twice) is a finding. Where this reader is stricter than kubectl: tags other than YAML's own.
"""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Final

from fairlead.formats.yaml.marks import Mark, PathPart, parse_marks
from fairlead.formats.yaml.tree import Tree, parse_stream
from fairlead.model.errors import InputError
from fairlead.model.finding import Finding, Location
from fairlead.model.frozen import dataclass, field, replace
from fairlead.model.objects import Manifest

_SURROGATES: Final = re.compile(r"((?<!\\)(?:\\\\)*)(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})")
_BULK: Final = 100_000
"""Characters from which switching the cyclic collector off pays."""


@dataclass(frozen=True, kw_only=True)
class _Source:
    """The text of one document, which starts *first_line* lines (from 0) into its file."""

    file: str
    text: str
    first_line: int

    @cached_property
    def marks(self) -> Mark:
        return parse_marks(self.text, file=self.file)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One YAML document that is a map, or one item of a List; *line* is where its content starts, from 1."""

    data: Manifest
    file: str
    line: int
    _source: _Source = field(repr=False, compare=False)
    _prefix: tuple[PathPart, ...] = field(default=(), repr=False, compare=False)

    def mark(self, path: Sequence[PathPart] = ()) -> Location:
        """The place of *path*, e.g. `("spec", "replicas")`: of the key, or of the list item.

        A path that is not written gives the place of its deepest part that is. The first call reads the text again.
        """
        mark = self._source.marks.find((*self._prefix, *path))
        return Location(self.file, self._source.first_line + mark.line + 1, mark.column + 1)

    def item(self, index: int) -> Document:
        """Item *index* of a List as a document of its own."""
        path = ("items", index)
        return replace(self, data=self.data["items"][index], line=self.mark(path).line, _prefix=(*self._prefix, *path))


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    documents: tuple[Document, ...]
    findings: tuple[Finding, ...] = ()


_LFS: Final = "version https://git-lfs.github.com/spec/"
"""How the pointer begins that Git keeps instead of a large file."""
_FETCH: Final = "run `git lfs pull`: this is only a pointer to the file"


def read_documents(text: str, *, file: str) -> Documents:
    """Read every document of *text*; empty ones are left out. Raises InputError with the place of the first fault."""
    findings: list[Finding] = []
    with _collector_off(len(text) > _BULK):
        # The parser's marks do not count a byte order mark.
        text = _join_surrogates(text.removeprefix("\ufeff"))
        trees = parse_stream(text, file=file, findings=findings)
        documents = tuple(_document(tree, text=text, file=file) for tree in trees if tree.value is not None)
    return Documents(documents=documents, findings=tuple(findings))


def load_value_file(text: str, *, file: str) -> dict[str, Any]:
    """Read a Helm values file: one map; an empty file is an empty map. Raises InputError."""
    documents = read_value_file(text, file=file).documents
    return documents[0].data if documents else {}


def read_value_file(text: str, *, file: str) -> Documents:
    """As `load_value_file`, with the places and findings: one document, or none where the file is empty."""
    return one_map(read_documents(text, file=file))


def one_map(found: Documents) -> Documents:
    """*found*, which is a values file. Raises InputError where there is more than one document."""
    if len(found.documents) > 1:
        raise InputError(
            "a values file holds one document, this one holds more",
            hint="remove the `---`: Helm would read the first part only",
            location=found.documents[1].mark(),
            rule="not-values",
        )
    return found


def expand_lists(documents: Iterable[Document]) -> tuple[Document, ...]:
    """Replace each `kind: List` (or `…List` with items) by its items, as kubectl does; the rest stays as it is."""
    return tuple(found for document in documents for found in _expand(document))


def _expand(document: Document) -> Iterator[Document]:
    items = document.data.get("items")
    if not isinstance(items, list) or not str(document.data.get("kind", "")).endswith("List"):
        yield document
        return
    for index, item in enumerate(items):
        if not isinstance(item, dict):
            raise InputError(
                f"item {index} of the {document.data['kind']} is {_name_of(item)}, not an object",
                location=document.mark(("items", index)),
                rule="not-an-object",
            )
        yield from _expand(document.item(index))


def _join_surrogates(text: str) -> str:
    """JSON writes characters beyond U+FFFF as two escapes, which YAML has no place for."""
    if "\\u" not in text or not text.lstrip().startswith("{"):
        return text
    return _SURROGATES.sub(lambda match: match[1] + json.loads(f'"{match[2]}"'), text)


def _document(tree: Tree, *, text: str, file: str) -> Document:
    if not isinstance(tree.value, dict):
        raise InputError(
            f"a document must be a map, this one is {_name_of(tree.value)}",
            hint=_FETCH if str(tree.value).startswith(_LFS) else "",
            location=Location(file, tree.line, 1),
            rule="not-an-object",
        )
    source = _Source(file=file, text=text[tree.start : tree.end], first_line=tree.start_line)
    return Document(data=tree.value, file=file, line=tree.line, _source=source)


def _name_of(value: Any) -> str:
    names = {list: "a list", str: "text", dict: "a map", type(None): "empty"}
    return names.get(type(value), f"the value {json.dumps(value)}")


@contextmanager
def _collector_off(is_bulk: bool) -> Iterator[None]:
    """Keep the cyclic collector from walking the many new objects of a bulk load again and again."""
    if not is_bulk or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
