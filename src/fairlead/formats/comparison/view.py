"""A comparison arranged for people: by group and component, and what many objects have in common told once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from fairlead.formats.codec import to_json
from fairlead.formats.digests import canonical_json
from fairlead.model.change import ABSENT
from fairlead.model.comparison import Comparison, Difference, DifferenceGroup, FieldDifference
from fairlead.model.frozen import dataclass
from fairlead.model.secret import SecretText

_REPEATED: Final = 3
"""Objects from which the same difference of a field is told once for all."""

_TITLES: Final[Mapping[DifferenceGroup, str]] = {
    DifferenceGroup.VERSION: "version",
    DifferenceGroup.CONFIGURATION: "configuration",
    DifferenceGroup.MISSING: "missing in {second}",
    DifferenceGroup.EXTRA: "extra in {second}",
}

_Key = tuple[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The same *fields* of all *subjects*; no field where they are missing or extra."""

    subjects: tuple[str, ...]
    fields: tuple[FieldDifference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One component; an empty name stands for several that have the same. *is_whole*: one side does not have it."""

    component: str
    blocks: tuple[Block, ...]
    count: int
    is_whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    group: DifferenceGroup
    title: str
    parts: tuple[Part, ...]

    @property
    def count(self) -> int:
        return sum(part.count for part in self.parts)


def sections_of(found: Comparison) -> tuple[Section, ...]:
    lone = {*found.only_first, *found.only_second}
    return tuple(
        Section(group=group, title=_TITLES[group].format(second=found.second), parts=tuple(_parts(tuple(inside), lone)))
        for group, inside in groupby(found.differences, key=lambda one: one.group)
    )


def _parts(differences: Sequence[Difference], lone: set[str]) -> Iterator[Part]:
    shared = _repeated(differences, across=True)
    if shared:
        yield _part("", shared)
    told = {_key(field) for block in shared for field in block.fields}
    for component, inside in groupby(differences, key=lambda one: one.component):
        objects = tuple(inside)
        if not objects[0].fields:
            subjects = tuple(one.subject for one in objects)
            block = Block(subjects=subjects)
            yield Part(component=component, blocks=(block,), count=len(subjects), is_whole=component in lone)
            continue
        repeated = _repeated(objects, but=told)
        known = told | {_key(field) for block in repeated for field in block.fields}
        own = tuple(block for one in objects if (block := _own(one, known)).fields)
        if own or repeated:
            yield _part(component, (*own, *repeated))


def _part(component: str, blocks: Sequence[Block]) -> Part:
    count = sum(len(block.subjects) * len(block.fields) for block in blocks)
    return Part(component=component, blocks=tuple(blocks), count=count)


def _own(one: Difference, known: set[_Key | None]) -> Block:
    fields = tuple(field for field in one.fields if _key(field) is None or _key(field) not in known)
    return Block(subjects=(one.subject,), fields=fields)


def _repeated(
    differences: Sequence[Difference], *, across: bool = False, but: set[_Key | None] | None = None
) -> tuple[Block, ...]:
    """What `_REPEATED` objects have in common; with *across* only where they are of several components."""
    places: dict[_Key, list[Difference]] = defaultdict(list)
    fields: dict[_Key, FieldDifference] = {}
    for one in differences:
        for field in one.fields:
            key = _key(field)
            if key is not None and key not in (but or ()):
                places[key].append(one)
                fields[key] = field
    together: dict[tuple[int, ...], list[_Key]] = defaultdict(list)
    for key, users in places.items():
        components = Counter(one.component for one in users)
        if len(users) >= _REPEATED and (len(components) > 1 or not across):
            together[tuple(map(id, users))].append(key)
    return tuple(
        Block(
            subjects=tuple(_subject(one, across=across) for one in places[keys[0]]),
            fields=tuple(fields[key] for key in keys),
        )
        for keys in together.values()
    )


def _subject(one: Difference, *, across: bool) -> str:
    return f"{one.component}: {one.subject}" if across else one.subject


def _key(field: FieldDifference) -> _Key | None:
    """None where secrets take part: they look the same and need not be."""
    if _is_secret(field.before) or _is_secret(field.after):
        return None
    return field.path, canonical_json([_marked(field.before), _marked(field.after)])


def _marked(value: Any) -> Any:
    return [] if value is ABSENT else [to_json(value)]


def _is_secret(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_is_secret, value.values()))
    return isinstance(value, SecretText)
