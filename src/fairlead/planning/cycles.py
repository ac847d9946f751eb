"""Cycles in what waits for what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping


def find_cycles(waits: Mapping[str, Iterable[str]]) -> tuple[tuple[str, ...], ...]:
    """Cycles of *waits* (each waits for the next, the last for the first) that share no member; in its order.

    Names that are no key of *waits* wait for nothing.
    """
    found: list[tuple[str, ...]] = []
    named: set[str] = set()
    done: set[str] = set()
    for start in waits:
        for cycle in _cycles_from(start, waits, done):
            if named.isdisjoint(cycle):
                named.update(cycle)
                found.append(_from_first(cycle, waits))
    return tuple(found)


def _cycles_from(start: str, waits: Mapping[str, Iterable[str]], done: set[str]) -> Iterator[tuple[str, ...]]:
    """Walk depth first, without recursion: a chain may be as long as the project."""
    if start in done:
        return
    way: dict[str, Iterator[str]] = {start: iter(waits[start])}
    while way:
        current = next(reversed(way))
        following = next(way[current], None)
        if following is None:
            done.add(current)
            del way[current]
        elif following in way:
            names = list(way)
            yield tuple(names[names.index(following) :])
        elif following in waits and following not in done:
            way[following] = iter(waits[following])


def _from_first(cycle: tuple[str, ...], waits: Mapping[str, object]) -> tuple[str, ...]:
    members = set(cycle)
    at = cycle.index(next(name for name in waits if name in members))
    return cycle[at:] + cycle[:at]
