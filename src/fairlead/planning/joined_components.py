"""Components that were read from several places, as those of one project."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import count

from fairlead.model.component import Component
from fairlead.model.frozen import replace


def join_components(groups: Iterable[Iterable[Component]]) -> tuple[Component, ...]:
    """All of *groups*, with names that differ in an environment; the same one twice is one. What a component needs is
    of its own group."""
    read: dict[tuple[str, tuple[str, ...]], Component] = {}
    joined: list[Component] = []
    for group in groups:
        names: dict[str, str] = {}
        fresh: list[Component] = []
        for each in group:
            name = _name(each, read)
            names.setdefault(each.name, name)
            if (name, each.environments) not in read:
                read[name, each.environments] = each
                fresh.append(each if name == each.name else replace(each, name=name))
        joined += (_renamed(each, names) for each in fresh)
    return tuple(joined)


def _name(component: Component, read: Mapping[tuple[str, tuple[str, ...]], Component]) -> str:
    """Its own name, or that with a number; where the same one was read before, that one's."""
    names = (component.name if number == 1 else f"{component.name}-{number}" for number in count(1))
    return next(name for name in names if read.get((name, component.environments), component) == component)


def _renamed(component: Component, names: Mapping[str, str]) -> Component:
    needs = tuple(names.get(each, each) for each in component.needs)
    return component if needs == component.needs else replace(component, needs=needs)
