"""What a comparison says to a person of what took no part."""

from __future__ import annotations

from fairlead.formats.comparison.text import not_compared
from fairlead.model.comparison import Comparison, NotCompared


def broken(component: str, side: str, reason: str = "no chart web 1.0.0") -> NotCompared:
    return NotCompared(component=component, side=side, reason=reason)


def said(*gaps: NotCompared) -> list[str]:
    return list(not_compared(Comparison(first="a", second="b", not_compared=gaps)))


def test_components_that_do_not_render_for_one_reason_are_told_together() -> None:
    both = (broken(name, side) for name in "uvwxyz" for side in ("a", "b"))
    assert said(*both, broken("t", "a"), broken("u", "a", "no chart dns 2.0.0")) == [
        "u, v, w, x, y and 1 more do not render in a and b: no chart web 1.0.0",
        "t does not render in a: no chart web 1.0.0",
        "u does not render in a: no chart dns 2.0.0",
    ]
