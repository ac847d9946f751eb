"""Which object of one state of a project is which of the other, by component and identity.

Where nothing has the same identity, an object is looked for under the name that its environment gives it: a ConfigMap
or Secret whose name ends in the hash of its content, an object in the namespace that stands for its own, one whose name
carries the environment's.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fairlead.model.objects import Manifest, ObjectRef

_HASH: Final = re.compile(r"-[2456789bcdfghkmt]{10}\Z")
"""What kustomize ends generated names with: hexadecimal digits without vowels and what looks like them."""
_GENERATED: Final = frozenset((("", "ConfigMap"), ("", "Secret")))
_SHORT: Final[Mapping[str, tuple[str, ...]]] = {
    "production": ("prod", "prd"),
    "staging": ("stage", "stg"),
    "development": ("dev",),
    "local": ("development", "dev"),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placed:
    """An object, and the component that it belongs to."""

    component: str
    ref: ObjectRef
    manifest: Manifest


Pair = tuple[Placed | None, Placed | None]
Key = Callable[[Placed], Hashable]


@dataclass(frozen=True, slots=True)
class Naming:
    """How the two states call the same thing: *first* and *second* are the names of their environments."""

    first: tuple[str, ...] = ()
    second: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        return self.first != self.second


def is_generated(ref: ObjectRef) -> bool:
    """Whether the name ends in a hash of the content."""
    return (ref.group, ref.kind) in _GENERATED and _HASH.search(ref.name) is not None


def pair_objects(first: Sequence[Placed], second: Sequence[Placed], naming: Naming) -> tuple[Pair, ...]:
    """Every object once, those of *first* in their order, then what only *second* has."""
    found: dict[int, Placed] = {}
    left, right = list(first), list(second)

    def match(first_key: Key, second_key: Key) -> None:
        nonlocal left, right
        left, right = _match(left, right, first_key, second_key, found)

    match(_identity, _identity)
    match(_generated, _generated)
    if naming.differs:
        ours, theirs = _neutral(naming.first), _neutral(naming.second)
        spaces = _namespaces(left, right, ours, theirs)
        match(lambda one: ours(one, spaces.get(one.ref.namespace)), lambda one: theirs(one, one.ref.namespace))
        match(lambda one: _space(one, spaces), lambda one: _space(one, {}))
    match(lambda one: one.ref, lambda one: one.ref)
    return (*((one, found.get(id(one))) for one in first), *((None, one) for one in right))


def _match(
    left: list[Placed], right: list[Placed], first_key: Key, second_key: Key, found: dict[int, Placed]
) -> tuple[list[Placed], list[Placed]]:
    """Note what has the same key; the rest is returned. A key of None matches nothing."""
    waiting: dict[Hashable, list[Placed]] = defaultdict(list)
    for one in reversed(right):
        waiting[second_key(one)].append(one)
    rest = []
    for one in left:
        key = first_key(one)
        partners = waiting.get(key) if key is not None else None
        if partners:
            found[id(one)] = partners.pop()
        else:
            rest.append(one)
    taken = {id(one) for one in found.values()}
    return rest, [one for one in right if id(one) not in taken]


def _identity(one: Placed) -> Hashable:
    return one.component, one.ref


def _generated(one: Placed) -> Hashable:
    ref = one.ref
    return (one.component, ref.kind, ref.namespace, _HASH.sub("", ref.name)) if is_generated(ref) else None


def _neutral(names: Iterable[str]) -> Callable[[Placed, str | None], Hashable]:
    """A key without the environment's name and hashes, in a given namespace."""
    words = sorted({word for name in names for word in (name, *_SHORT.get(name, ()))}, key=len, reverse=True)
    either = "|".join(map(re.escape, words)) or r"(?!)"
    marked = re.compile(rf"\A(?:{either})-|-(?:{either})(?=-|\Z)")

    def key(one: Placed, namespace: str | None) -> Hashable:
        ref = one.ref
        name = _HASH.sub("", ref.name) if is_generated(ref) else ref.name
        component = marked.sub("", one.component)  # an ApplicationSet names its Applications after their clusters
        return component, ref.group, ref.kind, namespace or ref.namespace, marked.sub("", name)

    return key


def _namespaces(
    left: Sequence[Placed],
    right: Sequence[Placed],
    ours: Callable[[Placed, str | None], Hashable],
    theirs: Callable[[Placed, str | None], Hashable],
) -> Mapping[str, str]:
    """The namespace of the second state that stands for one of the first: the one that has most of the same objects."""
    there: dict[Hashable, list[str]] = defaultdict(list)
    for one in right:
        if one.ref.namespace:
            there[theirs(one, "*")].append(one.ref.namespace)
    votes = Counter(
        (one.ref.namespace, space) for one in left if one.ref.namespace for space in there.get(ours(one, "*"), ())
    )
    found: dict[str, str] = {}
    for (before, after), _ in sorted(votes.items(), key=lambda item: (-item[1], item[0])):
        if before not in found and after not in found.values():
            found[before] = after
    return found


def _space(one: Placed, spaces: Mapping[str, str]) -> Hashable:
    """A Namespace that stands for another one."""
    ref = one.ref
    return spaces.get(ref.name, ref.name) if (ref.group, ref.kind) == ("", "Namespace") else None
