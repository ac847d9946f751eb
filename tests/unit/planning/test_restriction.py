from __future__ import annotations

from fairlead.model.change import Change, ChangeAction
from fairlead.model.plan import Phase, Plan, Step, StepKind
from fairlead.planning.restriction import restrict

RUN = Change(action=ChangeAction.RUN, name="it", reason="always done")


def step(name: str, kind: StepKind, phase: Phase, *after: str, component: str = "") -> Step:
    return Step(name=name, kind=kind, phase=phase, changes=(RUN,), after=after, component=component)


PLAN = Plan(
    project="homelab",
    environment="local",
    intent="1",
    left_out=("component web: not selected",),
    steps=(
        step("web", StepKind.APPLY, Phase.DEPLOY, component="web"),
        step("secure/tls", StepKind.TLS, Phase.SECURE),
        step("test/rollouts", StepKind.TEST_ROLLOUTS, Phase.TEST),
        step("up", StepKind.TEST_HTTP, Phase.TEST, "web", component="up"),
        step("then", StepKind.TEST_JOB, Phase.TEST, "up", "web", component="then"),
        step("test/command", StepKind.TEST_COMMAND, Phase.TEST),
    ),
)


def names(plan: Plan) -> list[str]:
    return [step.name for step in plan.steps]


def test_one_phase_is_kept_and_nothing_is_left_out_of_it() -> None:
    found = restrict(PLAN, phase=Phase.TEST)
    assert names(found) == ["test/rollouts", "up", "then", "test/command"]
    assert found.left_out == ()


def test_what_is_not_kept_is_not_waited_for() -> None:
    found = restrict(PLAN, phase=Phase.TEST)
    assert found.step("then").after == ("up",)


def test_kinds_and_components_restrict_it_further() -> None:
    assert names(restrict(PLAN, phase=Phase.TEST, kinds={StepKind.TEST_HTTP})) == ["up"]
    assert names(restrict(PLAN, phase=Phase.SECURE, kinds={StepKind.CERTIFICATES})) == []


def test_a_command_that_was_given_is_kept_whatever_is_selected() -> None:
    assert names(restrict(PLAN, phase=Phase.TEST, names={"up"})) == ["up", "test/command"]
