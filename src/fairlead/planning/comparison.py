"""Compares two states of a project, object by object. Nothing is read here: both come rendered."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from fairlead.formats.json_data import as_list, as_map
from fairlead.formats.secret_masking import star_texts, texts_of_secrets
from fairlead.model.change import ABSENT
from fairlead.model.comparison import (
    ComparedComponent,
    Comparison,
    Difference,
    DifferenceGroup,
    FieldDifference,
    NotCompared,
    Side,
)
from fairlead.model.objects import ref_of
from fairlead.model.secret import SecretText
from fairlead.planning.comparison_fields import are_same, compare_fields, group_of
from fairlead.planning.comparison_matching import Naming, Pair, Placed, is_generated, pair_objects

_ORDER = {group: rank for rank, group in enumerate(DifferenceGroup)}


def compare_sides(first: Side, second: Side, *, environment: str = "") -> Comparison:
    """What *second* has otherwise than *first*, by group, then in the order of the components. A component that did not
    render on one side is named, and takes no part."""
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
        environment=environment,
        differences=tuple(found),
        components=len(names) - len(skipped),
        objects=(len(before), len(after)),
        only_first=tuple(name for name in names if name not in known[1]),
        only_second=tuple(name for name in names if name not in known[0]),
        not_compared=not_compared,
    )


def _not_compared(first: Side, second: Side) -> Iterator[NotCompared]:
    for side in (first, second):
        for component in side.components:
            if component.why_not:
                yield NotCompared(component=component.name, side=side.name, reason=component.why_not)


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


def _objects(pairs: Iterable[Pair], secrets: Collection[str]) -> Iterator[Difference]:
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
    first: Placed, second: Placed, renamed: frozenset[tuple[str, str]], secrets: Collection[str]
) -> Iterator[Difference]:
    fields = [*_moved(first, second), *compare_fields(first.manifest, second.manifest, renamed=renamed)]
    by_group: dict[DifferenceGroup, list[FieldDifference]] = {}
    for field in fields:
        group = group_of(field)
        shown = field if group is DifferenceGroup.VERSION else _starred(field, secrets)
        by_group.setdefault(group, []).append(shown)
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


def _secrets(first: Side, second: Side) -> frozenset[str]:
    components: Sequence[ComparedComponent] = (*first.components, *second.components)
    given = frozenset[str]().union(*(component.secrets for component in components))
    return given | texts_of_secrets(m for component in components for m in component.objects)


def _starred(field: FieldDifference, secrets: Collection[str]) -> FieldDifference:
    if not secrets:
        return field
    return FieldDifference(
        path=_star_path(field.path, secrets),
        before=_star(field.before, secrets),
        after=_star(field.after, secrets),
        is_order=field.is_order,
    )


def _star_path(path: str, secrets: Collection[str]) -> str:
    """Names of fields are no secrets; a member of a set stands in its path."""
    head, mark, member = path.partition("[=")
    return f"{head}{mark}{star_texts(member, secrets)}"


def _star(value: Any, secrets: Collection[str]) -> Any:
    if isinstance(value, str):
        return star_texts(value, secrets)
    if isinstance(value, SecretText) or value is ABSENT:
        return value
    if isinstance(value, Mapping):
        return {name: _star(item, secrets) for name, item in as_map(value).items()}
    return [_star(item, secrets) for item in as_list(value)] if isinstance(value, list) else value
