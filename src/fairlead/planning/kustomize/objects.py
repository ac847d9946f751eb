"""The objects of a kustomization as kustomize tells them apart while it builds: by what they are and were called.

Learnt from kustomize 5.8.1: two objects may not have one id when they meet; the version is a part of the id; no
namespace is the namespace `default`; a patch finds an object by any id that it ever had.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from fairlead.formats.json_data import dig, dig_map
from fairlead.model.finding import Location
from fairlead.model.frozen import dataclass, replace
from fairlead.planning.desired import CLUSTER_SCOPED

_KEEPS_NAME: Final = frozenset({"CustomResourceDefinition", "APIService", "Namespace"})
"""Kinds that `namePrefix` and `nameSuffix` leave alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectId:
    group: str
    version: str
    kind: str
    name: str
    namespace: str
    """As kustomize compares it: empty for kinds without one."""

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltObject:
    """*ids*: the first is as it is written, the last as it is now called. *location* is where it comes from."""

    ids: tuple[ObjectId, ...]
    location: Location

    @property
    def current(self) -> ObjectId:
        return self.ids[-1]

    def called(self, changed: ObjectId) -> BuiltObject:
        return self if changed == self.current else replace(self, ids=(*self.ids, changed))


def id_of(data: Mapping[str, Any]) -> ObjectId | None:
    """None where *data* is no object for kustomize, which wants a kind and a name only."""
    kind, name = data.get("kind"), dig(data, "metadata", "name")
    if not isinstance(kind, str) or not kind or isinstance(name, dict | list) or name in (None, ""):
        return None
    group, slash, version = str(data.get("apiVersion", "")).rpartition("/")
    namespace = dig_map(data, "metadata").get("namespace")
    return made_id(group if slash else "", version, kind, name=str(name), namespace=str(namespace or ""))


def unversioned(known: ObjectId) -> ObjectId:
    """For the API server, an object is one in whatever version it is written."""
    return replace(known, version="")


def made_id(group: str, version: str, kind: str, *, name: str, namespace: str) -> ObjectId:
    is_scoped = (group, kind) not in CLUSTER_SCOPED
    return ObjectId(
        group=group, version=version, kind=kind, name=name, namespace=(namespace or "default") if is_scoped else ""
    )


def with_id(objects: Iterable[BuiltObject], wanted: ObjectId) -> list[BuiltObject]:
    """Those that have *wanted* as an id, or had it."""
    return [each for each in objects if wanted in each.ids]


def holder_of(objects: Iterable[BuiltObject], wanted: ObjectId) -> BuiltObject | None:
    """The one that has *wanted* as its id now."""
    return next((each for each in objects if each.current == wanted), None)


def in_namespace(each: BuiltObject, namespace: str) -> BuiltObject:
    """As the field `namespace` makes it: it names Namespace objects, too."""
    now = each.current
    if (now.group, now.kind) == ("", "Namespace"):
        return each.called(replace(now, name=namespace))
    return each.called(replace(now, namespace=namespace)) if now.namespace else each


def renamed(each: BuiltObject, *, prefix: str, suffix: str) -> BuiltObject:
    now = each.current
    return each if now.kind in _KEEPS_NAME else each.called(replace(now, name=f"{prefix}{now.name}{suffix}"))


def selected(objects: Iterable[BuiltObject], target: Mapping[str, Any]) -> list[BuiltObject] | None:
    """Those that the *target* of a patch selects; None where that depends on labels, or a pattern is Go's own."""
    if target.get("labelSelector") or target.get("annotationSelector"):
        return None
    try:
        patterns = {name: _pattern(target.get(name)) for name in ("group", "version", "kind", "name", "namespace")}
    except re.error:
        return None
    return [each for each in objects if _fits(each, patterns)]


Test = Callable[[str], object]


def _pattern(text: object) -> Test:
    if text in (None, ""):
        return lambda _: True
    return re.compile(f"(?:{text})").fullmatch


def _fits(each: BuiltObject, patterns: Mapping[str, Test]) -> bool:
    ends = (each.ids[0], each.current)
    return (
        all(patterns[part](getattr(each.current, part)) for part in ("group", "version", "kind"))
        and any(patterns["name"](one.name) for one in ends)
        and any(patterns["namespace"](one.namespace or "_non_namespaceable_") for one in ends)
    )
