"""How a set of objects is best read: by GET, or by LIST where several share kind and namespace."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from fairlead.adapters.kube.paths import DEFAULT_NAMESPACE
from fairlead.model.frozen import dataclass
from fairlead.model.objects import Kind, Kinds, ObjectRef

LIST_FROM: Final = 4
"""So many objects of one kind in one namespace are cheaper by one LIST than by GETs."""

ALL_NAMESPACES_FROM: Final = 8
"""From so many namespaces on, the metadata of a kind is listed over all of them in one request."""

NEVER_LISTED: Final = frozenset((("apiextensions.k8s.io", "CustomResourceDefinition"),))
"""Kinds whose objects are large, and mostly others': a LIST of 425 definitions took 2 s of processor time. Their
metadata may be listed."""

Place = tuple[str, str]
"""Namespace (empty for cluster-scoped objects) and name, as the server writes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Refs of one kind and version that are read by one LIST, or one by one.

    *namespace* is empty where the LIST goes over all namespaces or the kind has none.
    """

    kind: Kind
    version: str
    namespace: str
    by_place: dict[Place, tuple[ObjectRef, ...]]
    is_list: bool


def plan_readings(refs: Iterable[ObjectRef], *, kinds: Kinds, may_span: bool = False) -> list[Reading]:
    """Every ref whose kind is served, in exactly one reading. *may_span* allows LISTs over all namespaces."""
    groups: dict[tuple[str, str, str], dict[Place, list[ObjectRef]]] = defaultdict(lambda: defaultdict(list))
    for ref in refs:
        kind = kinds.find(ref)
        if kind is not None:
            groups[(kind.group, kind.kind, read_version(kind, ref))][place_of(kind, ref)].append(ref)
    readings: list[Reading] = []
    for (group, name, version), places in groups.items():
        kind = kinds.by_name[(group, name)]
        frozen = {place: tuple(same) for place, same in places.items()}
        readings.extend(_divide(kind, version, frozen, may_span=may_span))
    return readings


def place_of(kind: Kind, ref: ObjectRef) -> Place:
    return (ref.namespace or DEFAULT_NAMESPACE if kind.namespaced else "", ref.name)


def read_version(kind: Kind, ref: ObjectRef) -> str:
    """The version *ref* is written in, so that ownership entries match; the preferred one if that is gone."""
    return ref.version if ref.version in kind.served_versions else kind.version


def one_by_one(reading: Reading) -> Reading:
    """The same by GETs, for those who may read single objects only."""
    return Reading(kind=reading.kind, version=reading.version, namespace="", by_place=reading.by_place, is_list=False)


def _divide(
    kind: Kind, version: str, places: dict[Place, tuple[ObjectRef, ...]], *, may_span: bool
) -> Iterator[Reading]:
    namespaces: dict[str, dict[Place, tuple[ObjectRef, ...]]] = defaultdict(dict)
    for place, refs in places.items():
        namespaces[place[0]][place] = refs
    if may_span and len(namespaces) >= ALL_NAMESPACES_FROM:
        yield Reading(kind=kind, version=version, namespace="", by_place=places, is_list=True)
        return
    is_small = may_span or (kind.group, kind.kind) not in NEVER_LISTED
    for namespace, inside in namespaces.items():
        is_list = is_small and len(inside) >= LIST_FROM and (not kind.verbs or "list" in kind.verbs)
        yield Reading(kind=kind, version=version, namespace=namespace, by_place=inside, is_list=is_list)
