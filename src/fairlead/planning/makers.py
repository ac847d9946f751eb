"""Who makes what others need, a namespace or a kind, in time for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from fairlead.model.frozen import dataclass, field

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
    users_of: dict[Thing, set[str]] = defaultdict(set)
    for name, used in uses.items():
        for thing in used:
            users_of[thing].add(name)
    edges = _Edges(stated=waits_for)
    found: dict[Thing, str] = {}
    for maker in sorted(makes):
        for thing in sorted(set(makes[maker]) - found.keys()):
            users = users_of[thing] - {maker}
            if not users or not users & edges.reached(maker):
                found[thing] = maker
                for user in users:
                    edges.found[user].add(maker)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edges:
    """Who waits for whom, as *stated* and as *found*. Many may share one collection of those that they wait for."""

    stated: Mapping[str, Collection[str]]
    found: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def reached(self, start: str) -> set[str]:
        """Everything that *start* waits for, directly or not."""
        seen: set[str] = set()
        followed: set[int] = set()
        open_ends = [start]
        while open_ends:
            name = open_ends.pop()
            for others in (self.stated.get(name, ()), self.found.get(name, ())):
                if id(others) in followed:
                    continue
                followed.add(id(others))
                open_ends += (new := set(others) - seen)
                seen |= new
        return seen
