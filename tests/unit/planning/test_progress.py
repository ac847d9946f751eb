"""Following a run: any order of events, and what waiting steps wait for, compared with the executor."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.engine.executor import Executor, Observer
from fairlead.engine.places import Places
from fairlead.model.environment import Environment
from fairlead.model.event import Event, EventKind
from fairlead.model.plan import Phase, Plan, Step, StepKind, Waits
from fairlead.model.progress import Progress
from fairlead.model.run import Outcome, StepResult
from fairlead.model.tier import Tier
from fairlead.planning.progress import begin, find_blockers, follow
from fairlead.testing.clock import FakeClock
from unit.engine.steps import START, step
from unit.engine.test_executor import graphs
from unit.records import moments, names, seconds, texts

LOCAL = Environment(name="local")
FREE = "a free place"

events = st.builds(
    Event,
    time=moments,
    kind=st.sampled_from(EventKind),
    run=st.just("r1"),
    environment=st.just("local"),
    phase=st.none() | st.sampled_from(Phase),
    step=st.sampled_from(["a", "b", "infra", ""]) | names,
    outcome=st.none() | st.sampled_from(Outcome),
    text=texts,
    seconds=st.none() | seconds,
)


def plan(*steps: Step) -> Plan:
    return Plan(project="p", environment="local", intent="i", steps=steps)


def event(kind: EventKind, name: str = "", **given: object) -> Event:
    fields = {"time": START, "kind": kind, "run": "r1", "environment": "local", "step": name, **given}
    return Event(**fields)  # type: ignore[arg-type]  # the fields of the event


def after(progress: Progress, *told: Event) -> Progress:
    for one in told:
        progress = follow(progress, one)
    return progress


def ended(name: str, outcome: Outcome = Outcome.CHANGED) -> Event:
    return event(EventKind.STEP_ENDED, name, outcome=outcome, seconds=1.0, text="done")


@given(st.lists(events, max_size=30))
def test_events_may_come_in_any_order(told: list[Event]) -> None:
    progress = after(begin(plan(step("a"), step("b", after=("a",)), step("infra", Phase.PROVISION)), LOCAL), *told)
    assert find_blockers(progress).keys() == {name for name, one in progress.steps.items() if one.is_waiting}


def test_a_step_runs_says_what_it_waits_for_and_ends() -> None:
    progress = begin(plan(step("a")), LOCAL)
    assert progress.steps["a"].is_waiting
    progress = after(progress, event(EventKind.STEP_STARTED, "a"), event(EventKind.STEP_PROGRESS, "a", text="1 of 2"))
    assert progress.steps["a"].is_running
    assert progress.steps["a"].said == "1 of 2"
    progress = after(progress, ended("a"))
    assert (progress.steps["a"].outcome, progress.steps["a"].said) == (Outcome.CHANGED, "done")
    assert not progress.steps["a"].is_running


def test_phases_have_the_budgets_of_the_environment() -> None:
    environment = Environment(name="local", budgets={Phase.DEPLOY: 7.0})
    progress = begin(plan(step("a"), step("t", Phase.TEST)), environment)
    assert {phase: one.budget_seconds for phase, one in progress.phases.items()} == {
        Phase.DEPLOY: 7.0,
        Phase.TEST: Phase.TEST.default_budget,
    }


def test_namespaces_and_definitions_are_listed_by_themselves_and_with_their_component() -> None:
    progress = begin(
        plan(
            step("namespace/shop", kind=StepKind.NAMESPACE),
            step("gateway/crds", kind=StepKind.CRDS, component="gateway"),
            step("gateway", component="gateway", tier=Tier.INFRASTRUCTURE),
        ),
        LOCAL,
    )
    assert [one.group for one in progress.steps.values()] == ["namespaces", "infrastructure", "infrastructure"]


def test_waiting_is_explained_by_phase_step_tier_and_place() -> None:
    steps = (
        step("infra", Phase.PROVISION),
        step("gateway", tier=Tier.INFRASTRUCTURE, waits=Waits.TIERS),
        step("dns", tier=Tier.INFRASTRUCTURE, waits=Waits.TIERS),
        step("shop", tier=Tier.APPLICATIONS, waits=Waits.TIERS),
        step("pages", after=("gateway", "dns", "shop")),
        step("rules", Phase.SECURE, waits=Waits.ALL),
    )
    progress = begin(plan(*steps), LOCAL)
    assert set(find_blockers(progress).values()) == {"phase provision", FREE}
    progress = after(progress, ended("infra"))
    assert find_blockers(progress) == {
        "gateway": FREE,
        "dns": FREE,
        "shop": "tier infrastructure (2 left)",
        "pages": "gateway, dns and 1 more",
        "rules": "phase deploy",
    }
    progress = after(progress, ended("gateway"))
    assert find_blockers(progress)["shop"] == "tier infrastructure (1 left)"
    assert find_blockers(progress)["pages"] == "dns, shop"


@dataclass(kw_only=True)
class Comparison:
    """Follows an executor with places for all: what it starts is free by our rules, what it leaves waiting is not."""

    clock: FakeClock
    progress: Progress
    seconds: dict[str, float] = field(default_factory=dict)

    async def started(self, one: Step) -> None:
        assert find_blockers(self.progress)[one.name] == FREE
        self.progress = follow(self.progress, event(EventKind.STEP_STARTED, one.name))

    async def ended(self, one: Step, result: StepResult) -> None:
        self.progress = follow(self.progress, ended(one.name, result.outcome))

    async def perform(self, one: Step) -> StepResult:
        await self.clock.sleep(self.seconds[one.name])
        assert FREE not in find_blockers(self.progress).values()
        return StepResult(outcome=Outcome.CHANGED, reason="written")


@settings(max_examples=40)
@given(graphs(), st.data())
def test_what_a_step_waits_for_is_what_the_executor_makes_it_wait_for(steps: list[Step], data: st.DataObject) -> None:
    import asyncio

    order = data.draw(st.permutations(range(len(steps))))
    comparison = Comparison(
        clock=FakeClock(),
        progress=begin(plan(*steps), LOCAL),
        # No two sums of these are equal, so no two steps end at one moment.
        seconds={one.name: 2.0**number for one, number in zip(steps, order, strict=True)},
    )
    executor = Executor(
        clock=comparison.clock,
        places=Places(len(steps)),
        perform=comparison.perform,
        observer=Observer(started=comparison.started, ended=comparison.ended),
    )
    asyncio.run(executor.run(steps))
    assert not find_blockers(comparison.progress)
