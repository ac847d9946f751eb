"""Which items of two lists are the same thing: by merge key where the items have one, else by content."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fairlead.formats.digests import canonical_json
from fairlead.formats.field_paths import index_element, key_element, value_element
from fairlead.model.change import ABSENT

_KEYS_BY_LIST: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "ports": (("name",), ("containerPort", "protocol"), ("port", "protocol")),
    "volumeMounts": (("mountPath",),),
    "volumeDevices": (("devicePath",),),
    "ownerReferences": (("uid",),),
    "topologySpreadConstraints": (("topologyKey",), ("topologyKey", "whenUnsatisfiable")),
    "subjects": (("kind", "name"), ("kind", "name", "namespace")),
    "tolerations": (("key", "effect"),),
    "patches": (("path",),),
}
_USUAL_KEYS: Final = (("name",), ("key",), ("type",), ("ip",), ("id",), ("host",), ("path",), ("secretName",))
_DEFAULTS: Final = {"protocol": "TCP"}
"""What Kubernetes takes where a key is left out."""

_ALIKE: Final = ("host",)
"""A key whose values are told apart by the environment: as many of them on both sides stand for each other."""

Pair = tuple[str, Any, Any]
"""The path element of an item, the item in the first list and in the second; ABSENT where one does not have it."""


@dataclass(frozen=True, slots=True)
class PairedLists:
    """*before* and *after* tell the items that both lists have apart, in the order of each."""

    pairs: tuple[Pair, ...]
    before: tuple[Any, ...] = ()
    after: tuple[Any, ...] = ()

    @property
    def is_reordered(self) -> bool:
        return self.before != self.after


def pair_items(name: str, first: Sequence[Any], second: Sequence[Any]) -> PairedLists:
    """The items of two lists called *name*."""
    for keys in (*_KEYS_BY_LIST.get(name, ()), *_USUAL_KEYS):
        before, after = _keyed(first, keys), _keyed(second, keys)
        if before is not None and after is not None:
            return _by_key(before, after, are_alike=keys == _ALIKE)
    return _by_content(first, second)


def _keyed(items: Sequence[Any], keys: tuple[str, ...]) -> dict[str, Any] | None:
    """*items* by their path element, or None when an item lacks a key or two share one."""
    found: dict[str, Any] = {}
    for item in items:
        if not isinstance(item, Mapping):
            return None
        values = {key: item.get(key, _DEFAULTS.get(key)) for key in keys}
        if not all(isinstance(value, str | int) for value in values.values()):
            return None
        found[key_element(values)] = item
    return found if len(found) == len(items) else None


def _by_key(before: Mapping[str, Any], after: Mapping[str, Any], *, are_alike: bool) -> PairedLists:
    gone, new = [k for k in before if k not in after], [k for k in after if k not in before]
    stands_for = dict(zip(gone, new, strict=True)) if are_alike and len(gone) == len(new) else {}
    pairs = [(key, item, after.get(stands_for.get(key, key), ABSENT)) for key, item in before.items()]
    pairs += [(key, ABSENT, after[key]) for key in new if key not in stands_for.values()]
    return PairedLists(tuple(pairs), tuple(k for k in before if k in after), tuple(k for k in after if k in before))


def _by_content(first: Sequence[Any], second: Sequence[Any]) -> PairedLists:
    places: dict[bytes, list[int]] = defaultdict(list)
    for index in reversed(range(len(second))):
        places[canonical_json(second[index])].append(index)
    same: list[tuple[int, int]] = []
    removed: list[int] = []
    for index, item in enumerate(first):
        found = places[canonical_json(item)]
        if found:
            same.append((index, found.pop()))
        else:
            removed.append(index)
    added = sorted(index for left in places.values() for index in left)
    order = tuple(there for _, there in same)
    pairs = tuple(_pair_rest(first, second, removed, added))
    return PairedLists(pairs, tuple(second[n] for n in order), tuple(second[n] for n in sorted(order)))


def _pair_rest(first: Sequence[Any], second: Sequence[Any], removed: list[int], added: list[int]) -> Iterator[Pair]:
    """What is in one list only: a flag with another value is one change, and so are as many items as there were."""
    left = list(added)
    by_flag = {flag: index for index in added if (flag := _flag(second[index]))}
    as_many = len(removed) == len(added) and all(isinstance(first[n], Mapping | list) for n in removed)
    for index in removed:
        item = first[index]
        partner = by_flag.pop(_flag(item), None) if _flag(item) else None
        if partner is None and as_many:
            partner = left[0] if left else None
        if partner is not None:
            left.remove(partner)
        yield _element(item, index), item, second[partner] if partner is not None else ABSENT
    yield from ((_element(second[index], index), ABSENT, second[index]) for index in left)


def _element(item: Any, index: int) -> str:
    return index_element(index) if isinstance(item, Mapping | list) else value_element(item)


def _flag(item: Any) -> str:
    """`--level` of `--level=debug`; empty for what is no flag with a value."""
    if not isinstance(item, str) or not item.startswith("-") or "=" not in item:
        return ""
    return item.partition("=")[0]
