"""Compares two states of a project, object by object. Nothing is read here: both come rendered."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fairlead.formats.secret_masking import texts_of_secrets
from fairlead.model.comparison import (
    Comparison,
    Difference,
    DifferenceGroup,
    FieldDifference,
    NotCompared,
    Side,
)
from fairlead.model.objects import ref_of
from fairlead.planning.comparison_fields import are_same, compare_fields, group_of
from fairlead.planning.comparison_matching import Naming, Pair, Placed, is_generated, pair_objects
from fairlead.planning.rules.credentials import credentials_in

MASKED: Final = "***"
MASKED_ANEW: Final = "*** (another value)"
_ORDER: Final = {group: rank for rank, group in enumerate(DifferenceGroup)}


def compare_sides(first: Side, second: Side) -> Comparison:
    """What *second* has otherwise than *first*, by group, then in the order of the components. A component that did not
    render on one side is named, and takes no part."""
    second = _called_alike(first, second)
    not_compared = tuple(_not_compared(first, second))
    skipped = {one.component for one in not_compared}
    before, after = _placed(first, skipped), _placed(second, skipped)
    pairs = pair_objects(before, after, Naming(first.names, second.names))
    names = dict.fromkeys(c.name for side in (first, second) for c in side.components)
    ranks = {name: rank for rank, name in enumerate(names)}
    found = [*_charts(first, second, skipped), *_objects(pairs, _secrets(first, second))]
    found.sort(key=lambda one: (_ORDER[one.group], ranks[one.component]))
    known = [{c.name for c in side.components} for side in (first, second)]
    return Comparison(
        first=first.name,
        second=second.name,
        differences=tuple(found),
        components=len(names) - len(skipped),
        objects=(len(before), len(after)),
        only_first=tuple(name for name in names if name not in known[1]),
        only_second=tuple(name for name in names if name not in known[0]),
        not_compared=not_compared,
    )


def _called_alike(first: Side, second: Side) -> Side:
    """*second* with the component that is called like its environment (the root of a Flux cluster) under its name in
    *first*."""
    known = {component.name for component in first.components}
    own = next((name for name in first.names if name in known), "")
    if not own or own in {component.name for component in second.components}:
        return second
    other = next((c.name for c in second.components if c.name in second.names and c.name not in known), "")
    renamed = (dataclasses.replace(c, name=own) if c.name == other else c for c in second.components)
    return dataclasses.replace(second, components=tuple(renamed))


def without_made_up(found: Comparison, again: Comparison) -> Comparison:
    """*found* without the fields in which its second state differs from itself, rendered *again*."""
    made_up = {(one.component, one.first, field.path) for one in again.differences for field in one.fields}
    counts: Counter[str] = Counter()
    left = []
    for one in found.differences:
        kept = tuple(field for field in one.fields if (one.component, one.second, field.path) not in made_up)
        counts[one.component] += len(one.fields) - len(kept)
        if kept or not one.fields:
            left.append(dataclasses.replace(one, fields=kept))
    return dataclasses.replace(found, differences=tuple(left), made_up={name: n for name, n in counts.items() if n})


def _not_compared(first: Side, second: Side) -> Iterator[NotCompared]:
    for side in (first, second):
        for component in side.components:
            if component.why_not:
                yield NotCompared(
                    component=component.name, side=side.name, reason=component.why_not, is_fault=component.is_fault
                )


def _placed(side: Side, skipped: Collection[str]) -> list[Placed]:
    return [
        Placed(component=component.name, ref=ref_of(manifest), manifest=manifest)
        for component in side.components
        if component.name not in skipped
        for manifest in component.objects
    ]


def _charts(first: Side, second: Side, skipped: Collection[str]) -> Iterator[Difference]:
    before = {c.name: c.chart for c in first.components if c.name not in skipped}
    for component in second.components:
        was = before.get(component.name, "")
        if was and component.chart and was != component.chart:
            field = FieldDifference(path=".version", before=was, after=component.chart)
            yield Difference(group=DifferenceGroup.VERSION, component=component.name, fields=(field,))


def _objects(pairs: Iterable[Pair], secrets: _Secrets) -> Iterator[Difference]:
    pairs = tuple(pairs)
    renamed = _renamed(pairs)
    for first, second in pairs:
        if first is None or second is None:
            yield from _lone(first, second)
        elif first.component != second.component or not are_same(first.manifest, second.manifest):
            yield from _differing(first, second, renamed, secrets)


def _lone(first: Placed | None, second: Placed | None) -> Iterator[Difference]:
    if first:
        yield Difference(group=DifferenceGroup.MISSING, component=first.component, first=first.ref)
    if second:
        yield Difference(group=DifferenceGroup.EXTRA, component=second.component, second=second.ref)


def _renamed(pairs: Iterable[Pair]) -> frozenset[tuple[str, str]]:
    """What both states call otherwise: whoever names such an object says the same with another word."""
    found = set()
    for first, second in pairs:
        if first and second:
            found.add((first.ref.name, second.ref.name))
            found.add((first.ref.namespace, second.ref.namespace))
    return frozenset(pair for pair in found if pair[0] != pair[1])


def _differing(
    first: Placed, second: Placed, renamed: frozenset[tuple[str, str]], secrets: _Secrets
) -> Iterator[Difference]:
    fields = [*_moved(first, second), *compare_fields(first.manifest, second.manifest, renamed=renamed)]
    by_group: dict[DifferenceGroup, list[FieldDifference]] = {}
    for field in fields:
        group = group_of(field)
        hidden = secrets.given if group is DifferenceGroup.VERSION else secrets.all
        by_group.setdefault(group, []).append(_starred(field, hidden))
    for group, some in by_group.items():
        yield Difference(
            group=group, component=second.component, first=first.ref, second=second.ref, fields=tuple(some)
        )


def _moved(first: Placed, second: Placed) -> Iterator[FieldDifference]:
    """What an object is called and where it lies: told here once, and not wherever it is named. A hash in its name says
    only that its content differs."""
    if first.component != second.component:
        yield FieldDifference(path="component", before=first.component, after=second.component)
    was, now = first.ref, second.ref
    if was.name != now.name and not (is_generated(was) and is_generated(now)):
        yield FieldDifference(path=".metadata.name", before=was.name, after=now.name)
    if was.namespace != now.namespace:
        yield FieldDifference(path=".metadata.namespace", before=was.namespace, after=now.namespace)


@dataclass(frozen=True, slots=True)
class _Secrets:
    """Texts, longest first: one may be part of another. *given* were decrypted for values; *all* holds the values of
    Secrets too, some of which are no secret (`postgres`): these stay in names of images."""

    given: tuple[str, ...]
    all: tuple[str, ...]


def _secrets(first: Side, second: Side) -> _Secrets:
    components = (*first.components, *second.components)
    given = frozenset[str]().union(*(component.secrets for component in components))
    values = texts_of_secrets(m for component in components for m in component.objects)
    named = {text for component in components for m in component.objects for text in credentials_in(m)}
    return _Secrets(_longest_first(given), _longest_first(given | values | named))


def _longest_first(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(texts, key=lambda text: (-len(text), text)))


def _starred(field: FieldDifference, secrets: Sequence[str]) -> FieldDifference:
    if not secrets:
        return field
    # Names of fields are no secrets; a member of a set stands in its path.
    head, mark, member = field.path.partition("[=")
    return FieldDifference(
        path=f"{head}{mark}{_star_text(member, secrets)}",
        before=_star(field.before, secrets),
        after=_star(_star(field.after, _new_in(field, secrets), MASKED_ANEW), secrets),
        is_order=field.is_order,
    )


def _new_in(field: FieldDifference, secrets: Sequence[str]) -> tuple[str, ...]:
    """Those that only the second of two texts of lines has, where the first has another: both would look the same."""
    before = field.before
    if not isinstance(before, str) or "\n" not in before or not any(secret in before for secret in secrets):
        return ()
    return tuple(secret for secret in secrets if secret not in before)


def _star(value: Any, secrets: Sequence[str], mask: str = MASKED) -> Any:
    if isinstance(value, str):
        return _star_text(value, secrets, mask)
    if isinstance(value, Mapping):
        return {name: _star(item, secrets, mask) for name, item in value.items()}
    return [_star(item, secrets, mask) for item in value] if isinstance(value, list) else value


def _star_text(text: str, secrets: Sequence[str], mask: str = MASKED) -> str:
    for secret in secrets:
        if secret in text:
            text = text.replace(secret, mask)
    return text
