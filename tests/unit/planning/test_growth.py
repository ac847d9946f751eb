"""Planning twice as many components takes about twice the work: a thousand of them are no exception.

Work is counted in calls, not in seconds, so that a busy machine changes nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from fairlead.engine.ready_graph import ReadyGraph
from fairlead.model.change import Change, ChangeAction
from fairlead.model.component import Component, ManifestsSource
from fairlead.model.environment import Environment
from fairlead.model.plan import Step
from fairlead.model.run import Outcome, StepResult
from fairlead.model.tier import Tier
from fairlead.planning.graph import PhasesLeftOut, PlannedComponent, build_steps, undefined_namespaces

MOST = 2.6
"""Times the work for twice the components: a little is left for sorting."""


def calls_of(act: Callable[[], object]) -> int:
    """How many functions *act* calls, built-in ones included."""
    count = 0

    def tell(_: FrameType, event: str, __: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(tell)
    try:
        act()
    finally:
        sys.setprofile(before)
    return count


def planned(count: int) -> list[PlannedComponent]:
    """Half of them in an earlier tier; each has a namespace of its own, and one in ten defines it."""
    return [
        PlannedComponent(
            component=Component(
                name=f"part-{number:04}",
                source=ManifestsSource(paths=("x.yaml",)),
                tier=Tier.STORAGE if number % 2 else Tier.APPLICATIONS,
            ),
            changes=(Change(action=ChangeAction.NOOP, name=f"part-{number:04}", reason="as it was"),),
            namespaces=frozenset({f"team-{number:04}"}),
            defines=frozenset({f"team-{number:04}"} if number % 10 == 0 else ()),
            kinds=frozenset({("", "ConfigMap")}),
        )
        for number in range(count)
    ]


def steps_of(components: list[PlannedComponent]) -> tuple[Step, ...]:
    return build_steps(
        components,
        environment=Environment(name="local"),
        missing_namespaces=undefined_namespaces(components),
        left_out=PhasesLeftOut(),
    )


def run_through(steps: tuple[Step, ...]) -> None:
    graph = ReadyGraph(steps)
    ready = graph.take_ready()
    while ready:
        step, _ = ready.pop()
        graph.end(step, StepResult(outcome=Outcome.NOOP, reason="as it was"))
        ready += graph.take_ready()
    graph.require_complete()


def test_steps_of_twice_the_components_take_twice_the_work() -> None:
    few, many = planned(150), planned(300)
    assert calls_of(lambda: steps_of(many)) < MOST * calls_of(lambda: steps_of(few))


def test_running_twice_the_steps_takes_twice_the_work() -> None:
    few, many = steps_of(planned(150)), steps_of(planned(300))
    assert calls_of(lambda: run_through(many)) < MOST * calls_of(lambda: run_through(few))
