from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fairlead.planning.cycles import find_cycles

NAMES = st.sampled_from("abcdef")
GRAPHS = st.dictionaries(NAMES, st.lists(NAMES, max_size=3), max_size=6)


@given(GRAPHS)
def test_each_member_of_a_cycle_waits_for_the_next(graph: dict[str, list[str]]) -> None:
    for cycle in find_cycles(graph):
        for name, following in zip(cycle, (*cycle[1:], cycle[0]), strict=True):
            assert following in graph[name]


@given(GRAPHS)
def test_a_cycle_is_found_where_nothing_can_start(graph: dict[str, list[str]]) -> None:
    left = dict(graph)
    while ready := [name for name, waits in left.items() if not left.keys() & set(waits)]:
        for name in ready:
            del left[name]
    assert bool(find_cycles(graph)) == bool(left)


def test_cycles_apart_from_each_other_are_all_found() -> None:
    graph = {"x": ["a"], "b": ["a"], "a": ["b"], "c": ["c"], "d": []}
    assert find_cycles(graph) == (("b", "a"), ("c",))


def test_a_long_chain_needs_no_recursion() -> None:
    assert find_cycles({str(n): [str(n + 1)] for n in range(5000)}) == ()
