"""Components of several places, joined."""

from __future__ import annotations

from fairlead.model.component import Component, ManifestsSource
from fairlead.planning.joined_components import join_components


def component(name: str, path: str, *, environment: str = "staging", needs: tuple[str, ...] = ()) -> Component:
    return Component(name=name, source=ManifestsSource(paths=(path,)), environments=(environment,), needs=needs)


def test_two_of_one_name_get_two_names_and_what_needs_them_follows() -> None:
    first = (component("web", "a"), component("late", "b", needs=("web",)))
    second = (component("web", "c"), component("last", "d", needs=("web", "other")))
    joined = join_components([first, second])
    assert [(each.name, each.needs) for each in joined] == [
        ("web", ()),
        ("late", ("web",)),
        ("web-2", ()),
        ("last", ("web-2", "other")),
    ]


def test_the_same_one_twice_is_one() -> None:
    assert join_components([(component("web", "a"),), (component("web", "a"),)]) == (component("web", "a"),)


def test_environments_have_names_of_their_own() -> None:
    both = (component("web", "a"), component("web", "a", environment="production"))
    assert join_components([both]) == both
