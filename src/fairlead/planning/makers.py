"""Who makes what others need, a namespace or a kind, in time for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

Thing = tuple[str, ...]


def makers_in_time(
    *,
    makes: Mapping[str, Collection[Thing]],
    uses: Mapping[str, Collection[Thing]],
    waits_for: Mapping[str, Collection[str]],
) -> dict[Thing, str]:
    """Thing -> the component that all its users can wait for. All three mappings are by component.

    Where a user could not wait, because the maker waits for it in turn, the thing is left out. The order of the
    mappings takes no part.
    """
    edges = {name: set(others) for name, others in waits_for.items()}
    found: dict[Thing, str] = {}
    for maker in sorted(makes):
        for thing in sorted(set(makes[maker]) - found.keys()):
            users = {name for name, used in uses.items() if thing in used and name != maker}
            if not users & _reached(maker, edges):
                found[thing] = maker
                for user in users:
                    edges.setdefault(user, set()).add(maker)
    return found


def _reached(start: str, edges: Mapping[str, Collection[str]]) -> set[str]:
    """Everything that *start* waits for, directly or not."""
    seen: set[str] = set()
    open_ends = [start]
    while open_ends:
        for name in edges.get(open_ends.pop(), ()):
            if name not in seen:
                seen.add(name)
                open_ends.append(name)
    return seen
