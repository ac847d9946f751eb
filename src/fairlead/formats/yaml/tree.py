"""One YAML stream -> JSON values, by Kubernetes' scalar rules.

Decides: types, keys as strings, merges and their order (as kubectl: the later entry wins, also over an explicit key
that stands before `<<`), how far aliases may grow. Leaves to its caller what a document must contain.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

import yaml
from yaml.events import AliasEvent, MappingEndEvent, ScalarEvent, SequenceEndEvent

from fairlead.formats.scalars import (
    MAP_TAG,
    SEQUENCE_TAG,
    ScalarError,
    key_text,
    resolve_plain,
    resolve_tagged,
    to_json,
    unknown_tag,
)
from fairlead.formats.yaml.events import is_merge, open_events, syntax_error
from fairlead.model.errors import InputError
from fairlead.model.finding import Finding, Location, Severity
from fairlead.model.frozen import dataclass

MAX_ALIASED_NODES: Final = 400_000
"""Nodes that the aliases of one document may stand for, as in go-yaml."""
MAX_DEPTH: Final = 200
_ALIAS: Final = re.compile(r"(?:^|[\s,:\[{])\*[^\s*]")
_FEW_ALIASES: Final = 8
"""So few aliases cannot stand for more than some twenty times what is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """One document of a stream: its JSON value and the span of text it was read from (characters; lines from 0)."""

    value: Any
    start: int
    end: int
    start_line: int
    line: int


def parse_stream(text: str, *, file: str, findings: list[Finding]) -> Iterator[Tree]:
    """Yield the documents of *text*; append duplicate keys to *findings*. Raises InputError with the place."""
    return _Builder(text, file=file, findings=findings).documents()


@dataclass(slots=True)
class _Anchor:
    """What an anchor names: a YAML scalar, or a finished JSON tree of *size* nodes; 0 while its node is still open."""

    value: Any
    size: int = 0


def encoding_of(content: bytes) -> str:
    """UTF-8, or UTF-16 where its mark says so, as YAML allows."""
    return "utf-16" if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8"


def check_bounded(text: str, *, file: str) -> None:
    """Raise InputError where the aliases in *text* stand for far more than it says; without many, nothing is read.

    kustomize writes them out without a bound: a file of ten lines takes gigabytes.
    """
    if _may_explode(text):
        for _ in parse_stream(text, file=file, findings=[]):
            pass


def _may_explode(text: str) -> bool:
    return "&" in text and len(list(islice(_ALIAS.finditer(text), _FEW_ALIASES + 1))) > _FEW_ALIASES


class _Builder:
    def __init__(self, text: str, *, file: str, findings: list[Finding]) -> None:
        self._text = text
        self._file = file
        self._findings = findings
        self._next = open_events(text, file=file)
        self._anchors: dict[str, _Anchor] = {}
        self._values: dict[str, Any] = {}
        self._keys: dict[str, str] = {}
        self._depth = 0
        self._nodes = 0
        self._aliased = 0

    def documents(self) -> Iterator[Tree]:
        try:
            while (event := self._next()).__class__ is not yaml.StreamEndEvent:
                if event.__class__ is yaml.DocumentStartEvent:
                    yield self._document(event)
        except yaml.YAMLError as err:
            raise syntax_error(err, text=self._text, file=self._file) from err

    def _document(self, start: Any) -> Tree:
        self._anchors.clear()
        self._aliased = 0
        root = self._next()
        value = self._value(root)
        end = self._next()
        return Tree(
            value=value,
            start=start.start_mark.index - start.start_mark.column,
            end=end.end_mark.index,
            start_line=start.start_mark.line,
            line=root.start_mark.line + 1,
        )

    def _value(self, event: Any) -> Any:
        kind = event.__class__
        if kind is ScalarEvent:
            if event.tag is None and event.anchor is None:
                return self._plain(event) if event.implicit[0] else event.value
            return self._json(self._scalar(event), event)
        if kind is AliasEvent:
            return self._copy_alias(event)
        return self._collection(event)

    def _collection(self, event: Any) -> Any:
        is_map = event.__class__ is yaml.MappingStartEvent
        if event.tag not in (None, "!", MAP_TAG if is_map else SEQUENCE_TAG):
            raise self._error(unknown_tag(event.tag), event)
        anchor = None
        if event.anchor is not None:
            anchor = self._anchors[event.anchor] = _Anchor(None)
        before = self._nodes
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(f"nested deeper than {MAX_DEPTH} levels", event)
        value = self._mapping() if is_map else self._sequence()
        self._depth -= 1
        if anchor is not None:
            anchor.value, anchor.size = value, self._nodes - before + 1
        return value

    def _sequence(self) -> list[Any]:
        items: list[Any] = []
        next_event, value_of = self._next, self._value
        while (event := next_event()).__class__ is not SequenceEndEvent:
            items.append(value_of(event))
        self._nodes += len(items)
        return items

    def _mapping(self) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        merged: set[str] = set()
        next_event, keys, values = self._next, self._keys, self._values
        while (event := next_event()).__class__ is not MappingEndEvent:
            # Most keys and values are plain and were met before: looked up here, without a call.
            key = keys.get(event.value) if event.__class__ is ScalarEvent and event.implicit[0] else None
            if key is None or event.anchor is not None:
                if is_merge(event):
                    self._merge(entries, merged, event)
                    continue
                key = self._key(event)
            if key in entries:
                self._report_overwritten(key, event, merged)
            event = next_event()
            if event.__class__ is ScalarEvent and event.implicit[0] and event.anchor is None and event.value in values:
                entries[key] = values[event.value]
            else:
                entries[key] = self._value(event)
        self._nodes += len(entries)
        return entries

    def _merge(self, entries: dict[str, Any], merged: set[str], key: Any) -> None:
        event = self._next()
        value = self._value(event)
        sources = value if event.__class__ is yaml.SequenceStartEvent else [value]
        for source in reversed(sources):
            if not isinstance(source, dict):
                raise self._error("`<<` merges maps only: give it a map, an alias of one, or a list of them", event)
            for name in source:
                if name in entries and name not in merged:
                    self._report(
                        "merge-overrides-key",
                        f"the merge replaces {name!r}, which is set above it in the same map",
                        "put `<<` first: kubectl and Helm let the later entry win",
                        key,
                    )
            entries.update(source)
            merged.update(source)

    def _key(self, event: Any) -> str:
        if event.__class__ is ScalarEvent:
            if event.tag is not None or event.anchor is not None:
                return self._key_text(self._scalar(event), event)
            text: str = event.value
            if not event.implicit[0]:
                return text
            key = self._keys.get(text)
            if key is None:
                key = self._keys[text] = self._key_text(resolve_plain(text), event)
            return key
        if event.__class__ is AliasEvent:
            value = self._anchor(event).value
            if not isinstance(value, (dict, list)):
                return self._key_text(value, event)
        raise self._error("a key must be text, not a map or a list", event)

    def _plain(self, event: Any) -> Any:
        text = event.value
        try:
            return self._values[text]
        except KeyError:
            value = self._values[text] = self._json(resolve_plain(text), event)
            return value

    def _scalar(self, event: Any) -> Any:
        """The YAML value of a scalar that has a tag or an anchor."""
        if event.tag is None:
            value = resolve_plain(event.value) if event.implicit[0] else event.value
        elif event.tag == "!":
            value = event.value
        else:
            try:
                value = resolve_tagged(event.tag, event.value)
            except ScalarError as err:
                raise self._error(err, event) from err
        if event.anchor is not None:
            self._anchors[event.anchor] = _Anchor(value, size=1)
        return value

    def _json(self, value: Any, event: Any) -> Any:
        try:
            return to_json(value)
        except ScalarError as err:
            raise self._error(err, event) from err

    def _key_text(self, value: Any, event: Any) -> str:
        try:
            return key_text(value)
        except ScalarError as err:
            raise self._error(err, event) from err

    def _anchor(self, event: Any) -> _Anchor:
        anchor = self._anchors.get(event.anchor)
        if anchor is None:
            raise self._error(f"the alias *{event.anchor} has no anchor &{event.anchor} above it", event)
        if not anchor.size:
            raise self._error(f"the anchor &{event.anchor} contains itself", event)
        return anchor

    def _copy_alias(self, event: Any) -> Any:
        anchor = self._anchor(event)
        self._aliased += anchor.size
        self._nodes += anchor.size - 1
        if self._aliased > MAX_ALIASED_NODES:
            raise self._error(f"aliases stand for more than {MAX_ALIASED_NODES} values", event)
        if isinstance(anchor.value, (dict, list)):
            return _copy(anchor.value)
        return self._json(anchor.value, event)

    def _report_overwritten(self, key: str, event: Any, merged: set[str]) -> None:
        if key in merged:
            merged.discard(key)
            return
        self._report(
            "duplicate-key",
            f"the key {key!r} stands twice in one map; the last one counts",
            "put `---` above it if an object begins here" if key == "apiVersion" else "remove one of them",
            event,
        )

    def _report(self, rule: str, message: str, hint: str, event: Any) -> None:
        self._findings.append(
            Finding(rule=rule, message=message, hint=hint, severity=Severity.WARNING, location=self._place(event))
        )

    def _error(self, cause: ScalarError | str, event: Any) -> InputError:
        return InputError(str(cause), location=self._place(event), rule="not-yaml")

    def _place(self, event: Any) -> Location:
        return Location(self._file, event.start_mark.line + 1, event.start_mark.column + 1)


def _copy(value: Any) -> Any:
    # Each use of an alias is a value of its own, as in JSON: a caller may change one of them.
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copy(item) for item in value]
    return value
