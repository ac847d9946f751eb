"""The executor on graphs of any shape: order, barriers, skipping, retries and parallelism."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.engine.executor import RETRY_DELAYS, Executor, Observer
from fairlead.engine.lease_keeper import LockLost
from fairlead.engine.places import Places
from fairlead.engine.ready_graph import BARRIERS
from fairlead.model.errors import FairleadError, InputError, Refused, StepFailed, Unavailable
from fairlead.model.plan import Phase, Step, Waits
from fairlead.model.run import Outcome, StepResult
from fairlead.model.tier import Tier
from fairlead.testing.clock import FakeClock
from unit.engine.steps import step

GOOD = StepResult(outcome=Outcome.CHANGED, reason="written")
BAD = StepResult(outcome=Outcome.FAILED, reason="broken")


@dataclass(kw_only=True)
class Stage:
    """Performs steps for *seconds* each and remembers what happened when."""

    clock: FakeClock = field(default_factory=FakeClock)
    results: dict[str, StepResult] = field(default_factory=dict)
    errors: dict[str, list[FairleadError]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    performed: list[str] = field(default_factory=list)
    log: list[tuple[str, str]] = field(default_factory=list)
    at_work: int = 0
    most_at_work: int = 0

    async def started(self, one: Step) -> None:
        self.log.append(("start", one.name))

    async def ended(self, one: Step, _: StepResult) -> None:
        self.log.append(("end", one.name))

    async def perform(self, one: Step) -> StepResult:
        self.performed.append(one.name)
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        await self.clock.sleep(self.seconds.get(one.name, 1))
        self.at_work -= 1
        if self.errors.get(one.name):
            raise self.errors[one.name].pop(0)
        return self.results.get(one.name, GOOD)

    async def run(self, *steps: Step, parallelism: int = 8) -> dict[str, StepResult]:
        executor = Executor(
            clock=self.clock,
            places=Places(parallelism),
            perform=self.perform,
            observer=Observer(started=self.started, ended=self.ended),
        )
        return dict(await executor.run(steps))


async def test_a_step_waits_for_what_it_is_after() -> None:
    stage = Stage()
    await stage.run(step("b", after=("a",)), step("a"))
    assert stage.log == [("start", "a"), ("end", "a"), ("start", "b"), ("end", "b")]


async def test_independent_steps_run_together() -> None:
    stage = Stage()
    await stage.run(*(step(f"s{n}") for n in range(8)))
    assert stage.clock.monotonic() == 1


async def test_a_failure_skips_what_depends_on_it_and_nothing_else() -> None:
    stage = Stage(results={"a": BAD})
    results = await stage.run(step("a"), step("b", after=("a",)), step("c", after=("b",)), step("d"))
    assert {name: r.outcome for name, r in results.items()} == {
        "a": Outcome.FAILED,
        "b": Outcome.SKIPPED,
        "c": Outcome.SKIPPED,
        "d": Outcome.CHANGED,
    }
    assert results["b"].reason == "a did not end well"
    assert not results["b"].is_left_out


async def test_what_is_skipped_for_sure_does_not_wait_for_the_rest() -> None:
    stage = Stage(results={"a": BAD}, seconds={"long": 50})
    await stage.run(step("a"), step("long"), step("b", after=("a", "long")))
    assert stage.log.index(("end", "b")) < stage.log.index(("end", "long"))


@pytest.mark.parametrize("barrier", BARRIERS)
async def test_a_later_phase_waits_for_all_of_a_barrier_and_is_skipped_by_its_failure(barrier: Phase) -> None:
    stage = Stage(results={"bad": BAD}, seconds={"slow": 9})
    phases = [phase for phase in Phase if phase.rank > barrier.rank]
    later = [step(phase.value, phase, waits=Waits.ALL) for phase in phases]
    results = await stage.run(step("bad", barrier), step("slow", barrier), *later)
    assert all(results[phase.value].outcome is Outcome.SKIPPED for phase in phases)


async def test_a_deploy_step_starts_when_the_last_of_provision_ended() -> None:
    stage = Stage(seconds={"slow": 9})
    await stage.run(step("web"), step("slow", Phase.PROVISION), step("fast", Phase.PROVISION))
    assert stage.log.index(("start", "web")) > stage.log.index(("end", "slow"))


async def test_a_step_left_out_lets_its_dependents_go_on() -> None:
    stage = Stage()
    results = await stage.run(
        step("infra", Phase.PROVISION, left_out="--skip-terraform"), step("web", after=("infra",))
    )
    assert results["infra"] == StepResult(outcome=Outcome.SKIPPED, reason="--skip-terraform", is_left_out=True)
    assert results["web"].outcome is Outcome.CHANGED
    assert stage.performed == ["web"]


async def test_a_later_tier_waits_for_an_earlier_one_and_not_for_its_own() -> None:
    stage = Stage(seconds={"storage": 5, "app": 1, "other": 9})
    await stage.run(
        step("app", tier=Tier.APPLICATIONS, waits=Waits.TIERS),
        step("other", tier=Tier.APPLICATIONS, waits=Waits.TIERS),
        step("storage", tier=Tier.STORAGE, waits=Waits.TIERS),
    )
    assert stage.log.index(("start", "app")) > stage.log.index(("end", "storage"))
    assert stage.clock.monotonic() == 14


async def test_what_states_its_needs_waits_for_those_only() -> None:
    stage = Stage(seconds={"storage": 50})
    await stage.run(
        step("storage", tier=Tier.STORAGE, waits=Waits.TIERS),
        step("db", tier=Tier.APPLICATIONS),
        step("app", tier=Tier.APPLICATIONS, after=("db",)),
    )
    assert stage.log.index(("end", "app")) < stage.log.index(("end", "storage"))


async def test_a_step_for_all_runs_after_failures_too() -> None:
    stage = Stage(results={"web": BAD})
    results = await stage.run(step("web"), step("secure", Phase.SECURE, waits=Waits.ALL))
    assert results["secure"].outcome is Outcome.CHANGED
    assert stage.performed == ["web", "secure"]


async def test_what_an_outside_system_did_not_answer_is_tried_again() -> None:
    stage = Stage(errors={"web": [Unavailable("away"), Unavailable("away")]})
    results = await stage.run(step("web"))
    assert results["web"].outcome is Outcome.CHANGED
    assert results["web"].seconds == 3 + sum(RETRY_DELAYS)


async def test_a_system_that_stays_away_fails_the_step() -> None:
    stage = Stage(errors={"web": [Unavailable("away", hint="look at it") for _ in range(9)]})
    result = (await stage.run(step("web")))["web"]
    assert (result.outcome, result.reason, result.hint, result.exit_code) == (Outcome.FAILED, "away", "look at it", 1)
    assert len(stage.performed) == len(RETRY_DELAYS) + 1


@pytest.mark.parametrize("error", [StepFailed("no"), Refused("no"), InputError("no")])
async def test_other_errors_of_ours_are_results_and_not_tried_again(error: FairleadError) -> None:
    stage = Stage(errors={"web": [error]})
    result = (await stage.run(step("web")))["web"]
    assert (result.outcome, result.exit_code) == (Outcome.FAILED, error.exit_code)
    assert stage.performed == ["web"]


@pytest.mark.parametrize("error", [LockLost, KeyError])
async def test_a_lost_lock_and_a_bug_end_everything(error: Callable[[], BaseException]) -> None:
    stage: Any = Stage(errors={"web": [error()]}, seconds={"other": 100})  # type: ignore[list-item]  # a bug is none of ours
    with pytest.raises(BaseExceptionGroup) as caught:
        await stage.run(step("web"), step("other"), step("later", after=("web",)))
    assert caught.group_contains(type(error()))
    assert stage.clock.monotonic() < 100
    assert "later" not in stage.performed


async def test_steps_that_wait_for_each_other_are_a_bug_and_not_a_success() -> None:
    with pytest.raises(ValueError, match="a, b"):
        await Stage().run(step("a", after=("b",)), step("b", after=("a",)))


# -- any graph

phases = st.sampled_from([Phase.VALIDATE, Phase.PROVISION, Phase.DEPLOY, Phase.DEPLOY, Phase.SECURE, Phase.TEST])


@st.composite
def graphs(draw: st.DrawFn) -> list[Step]:
    """Steps in phase order, each after earlier ones only, as planning makes them."""
    ranked = sorted(draw(st.lists(phases, min_size=1, max_size=10)), key=lambda phase: phase.rank)
    tiers = sorted(draw(st.lists(st.sampled_from(list(Tier)), min_size=len(ranked), max_size=len(ranked))))
    steps: list[Step] = []
    for number, (phase, tier) in enumerate(zip(ranked, sorted(tiers, key=lambda t: t.rank), strict=True)):
        names = [s.name for s in steps]
        after = draw(st.lists(st.sampled_from(names), max_size=2, unique=True)) if names else []
        waits = draw(st.sampled_from(list(Waits)))
        left_out = draw(st.sampled_from(["", "", "", "a flag"]))
        is_deploy = phase is Phase.DEPLOY
        steps.append(
            step(
                f"s{number}",
                phase,
                after=tuple(after),
                waits=waits,
                tier=tier if is_deploy else None,
                left_out=left_out,
            )
        )
    return steps


def waits_for(one: Step, other: Step) -> bool:
    """Whether *one* may not start before *other* ended, by the words of the design."""
    if other.name in one.after or (other.phase in BARRIERS and other.phase.rank < one.phase.rank):
        return True
    if one.waits is Waits.ALL:
        return other.phase is Phase.DEPLOY and one.phase.rank > Phase.DEPLOY.rank
    if one.waits is not Waits.TIERS or one.phase is not other.phase or one.tier is None or other.tier is None:
        return False
    return other.tier.rank < one.tier.rank


def must_be_good(one: Step, other: Step) -> bool:
    return waits_for(one, other) and not (one.waits is Waits.ALL and other.phase is Phase.DEPLOY)


@settings(max_examples=80)
@given(steps=graphs(), data=st.data(), parallelism=st.integers(1, 4))
async def test_any_graph_is_carried_out_in_its_order(steps: list[Step], data: st.DataObject, parallelism: int) -> None:
    stage = Stage()
    for one in steps:
        stage.seconds[one.name] = data.draw(st.sampled_from([1, 2, 5]))
        stage.results[one.name] = data.draw(st.sampled_from([GOOD, GOOD, BAD]))
    order = data.draw(st.permutations(steps))
    results = await stage.run(*order, parallelism=parallelism)
    assert results.keys() == {s.name for s in steps}
    assert sorted(stage.performed) == sorted(s.name for s in steps if results[s.name].outcome is not Outcome.SKIPPED)
    assert stage.most_at_work <= parallelism
    at = {event: number for number, event in enumerate(stage.log)}
    for one in steps:
        others = [o for o in steps if o is not one]
        is_blocked = any(
            must_be_good(one, o) and not (results[o.name].outcome.is_good or results[o.name].is_left_out)
            for o in others
        )
        assert (results[one.name].outcome is Outcome.SKIPPED) == (is_blocked or bool(one.left_out))
        if ("start", one.name) in at:
            assert all(at["end", o.name] < at["start", one.name] for o in others if waits_for(one, o))


async def test_two_runs_of_one_graph_are_the_same() -> None:
    steps = [step(f"s{n}", after=(f"s{n // 2}",) if n > 3 else ()) for n in range(12)]
    logs = []
    for _ in range(2):
        stage = Stage()
        await stage.run(*steps, parallelism=3)
        logs.append(stage.log)
    assert logs[0] == logs[1]


async def test_a_cancelled_run_cancels_its_steps() -> None:
    stage = Stage()
    running = asyncio.ensure_future(stage.run(step("web"), step("later", after=("web",))))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert ("end", "web") not in stage.log
