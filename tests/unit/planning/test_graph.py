"""From planned components to steps: names of single rules first, then any project that the reader accepts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.model.change import Change, ChangeAction
from fairlead.model.component import (
    CheckSource,
    Component,
    HelmSource,
    KustomizeSource,
    ManifestsSource,
    TerraformSource,
    TestKind,
    TestSource,
)
from fairlead.model.environment import Environment
from fairlead.model.plan import Phase, Step, StepKind, Waits
from fairlead.model.pod_security import PodSecurityLevel
from fairlead.model.tier import Tier
from fairlead.planning.graph import (
    NEVER_MADE,
    PhasesLeftOut,
    PlannedComponent,
    build_steps,
    kind_of,
    undefined_namespaces,
)

LOCAL = Environment(name="local")
UPDATE = Change(action=ChangeAction.UPDATE, name="it", reason="differs")
WIDGET = ("example.com", "Widget")


def component(name: str, **given: Any) -> Component:
    return Component(**{"name": name, "source": ManifestsSource(paths=("x",)), **given})


def planned(name: str, *, needs: Sequence[str] = (), tier: Tier = Tier.APPLICATIONS, **given: Any) -> PlannedComponent:
    one = given.pop("component", None) or component(name, needs=tuple(needs), tier=tier)
    return PlannedComponent(**{"component": one, "changes": (UPDATE,), **given})


def build(*components: PlannedComponent, **given: Any) -> dict[str, Step]:
    missing = given.pop("missing_namespaces", None)
    steps = build_steps(
        components,
        environment=given.pop("environment", LOCAL),
        missing_namespaces=undefined_namespaces(components) if missing is None else missing,
        left_out=given.pop("left_out", PhasesLeftOut()),
        **given,
    )
    return {step.name: step for step in steps}


def test_a_component_is_after_what_it_needs() -> None:
    assert build(planned("a"), planned("b", needs=["a"]))["b"].after == ("a",)


def test_images_are_fetched_before_anything_is_deployed() -> None:
    steps = build(planned("a", namespaces=frozenset({"new"})), planned("b"), cache_images=True)
    deployed = [
        step for step in steps.values() if step.phase is Phase.DEPLOY and step.kind is not StepKind.CACHE_IMAGES
    ]
    assert {step.name for step in deployed} == {"a", "b", "namespace/new"}
    assert all("deploy/images" in step.after for step in deployed)
    assert steps["deploy/images"].changes[0].action is ChangeAction.RUN


def test_no_image_is_fetched_where_nothing_is_deployed() -> None:
    noop = Change(action=ChangeAction.NOOP, name="a", reason="as recorded")
    assert build(planned("a", changes=(noop,)), cache_images=True)["deploy/images"].is_noop
    assert "deploy/images" not in build(planned("a"))


def test_a_need_that_is_not_selected_is_no_dependency() -> None:
    assert build(planned("b", needs=["a"]))["b"].after == ()


def test_a_component_is_after_each_missing_namespace_it_names() -> None:
    steps = build(planned("a", namespaces=frozenset({"x", "y"})), missing_namespaces={"x"})
    assert steps["a"].after == ("namespace/x",)
    assert "namespace/y" not in steps


def test_a_component_is_after_the_one_that_defines_its_namespace() -> None:
    steps = build(planned("base", defines=frozenset({"x"})), planned("a", namespaces=frozenset({"x"})))
    assert steps["a"].after == ("base",)
    assert not any(name.startswith("namespace/") for name in steps)


def test_namespaces_that_every_cluster_has_are_not_made() -> None:
    assert undefined_namespaces([planned("a", namespaces=NEVER_MADE | {"x"})]) == {"x"}


def test_users_of_a_kind_are_after_its_definition() -> None:
    bringer = planned("operator", crd_changes=(UPDATE,), brings=frozenset({WIDGET}))
    steps = build(bringer, planned("user", kinds=frozenset({WIDGET})))
    assert steps["user"].after == ("operator/crds",)
    assert steps["operator"].after == ("operator/crds",)
    assert steps["operator/crds"].phase is Phase.DEPLOY


def test_definitions_wait_for_no_tier() -> None:
    """A user in an earlier tier than the operator's would otherwise wait for ever."""
    bringer = planned("operator", crd_changes=(UPDATE,), brings=frozenset({WIDGET}))
    crds = build(bringer)["operator/crds"]
    assert (crds.waits, crds.tier, crds.after) == (Waits.NEEDS, None, ())


def test_users_of_a_kind_are_after_the_one_that_brings_it_among_its_objects() -> None:
    steps = build(planned("operator", brings=frozenset({WIDGET})), planned("user", kinds=frozenset({WIDGET})))
    assert "operator/crds" not in steps
    assert steps["user"].after == ("operator",)


def test_two_that_bring_each_others_kind_do_not_wait_for_each_other() -> None:
    gadget = ("example.com", "Gadget")
    a = planned("a", brings=frozenset({WIDGET}), kinds=frozenset({gadget}))
    b = planned("b", brings=frozenset({gadget}), kinds=frozenset({WIDGET}))
    order(list(build(a, b).values()))


def test_who_cannot_wait_for_a_kind_does_not_keep_others_from_it() -> None:
    operator = planned("operator", needs=["base"], brings=frozenset({WIDGET}))
    users = [planned(name, kinds=frozenset({WIDGET})) for name in ("base", "user")]
    steps = build(*users, operator)
    assert (steps["base"].after, steps["user"].after) == ((), ("operator",))


def test_a_namespace_takes_the_least_strict_level_that_is_asked_for() -> None:
    asks = component("agent", pod_security=PodSecurityLevel.PRIVILEGED)
    both = [planned("web", namespaces=frozenset({"x"})), planned("", component=asks, namespaces=frozenset({"x"}))]
    steps = build(*both, environment=Environment(name="local", pod_security=PodSecurityLevel.RESTRICTED))
    assert steps["namespace/x"].changes[0].fields[0].wanted == "privileged"


def test_a_namespace_takes_the_level_of_its_environment() -> None:
    strict = Environment(name="local", pod_security=PodSecurityLevel.RESTRICTED)
    steps = build(planned("web", namespaces=frozenset({"x"})), environment=strict)
    assert steps["namespace/x"].changes[0].fields[0].wanted == "restricted"


@pytest.mark.parametrize(
    ("source", "kind", "phase", "waits"),
    [
        (HelmSource(chart="c"), StepKind.HELM_UPGRADE, Phase.DEPLOY, Waits.TIERS),
        (KustomizeSource(folder="k"), StepKind.APPLY, Phase.DEPLOY, Waits.TIERS),
        (ManifestsSource(paths=("m",)), StepKind.APPLY, Phase.DEPLOY, Waits.TIERS),
        (TerraformSource(folder="t"), StepKind.TERRAFORM_APPLY, Phase.PROVISION, Waits.NEEDS),
        (CheckSource(command=("true",)), StepKind.CHECK_COMMAND, Phase.VALIDATE, Waits.NEEDS),
        (TestSource(kind=TestKind.ROLLOUTS), StepKind.TEST_ROLLOUTS, Phase.TEST, Waits.ALL),
        (TestSource(kind=TestKind.JOB, job="j"), StepKind.TEST_JOB, Phase.TEST, Waits.ALL),
        (TestSource(kind=TestKind.COMMAND, command=("t",)), StepKind.TEST_COMMAND, Phase.TEST, Waits.ALL),
    ],
)
def test_kind_phase_and_waiting_come_from_the_source(source: Any, kind: StepKind, phase: Phase, waits: Waits) -> None:
    one = component("it", source=source)
    step = build(planned("", component=one))["it"]
    assert (step.kind, step.phase, step.waits) == (kind, phase, waits)
    assert kind_of(one) is kind


def test_a_test_that_states_its_needs_waits_for_those_only() -> None:
    smoke = component("smoke", source=TestSource(kind=TestKind.ROLLOUTS), needs=("web",))
    step = build(planned("web"), planned("", component=smoke))["smoke"]
    assert (step.waits, step.after) == (Waits.NEEDS, ("web",))


def test_a_phase_left_out_leaves_out_each_of_its_steps() -> None:
    steps = build(
        planned("web", crd_changes=(UPDATE,)), left_out=PhasesLeftOut(reasons={Phase.DEPLOY: "--skip-helmfile"})
    )
    assert {name for name, step in steps.items() if step.left_out} == {"web", "web/crds"}


def test_a_component_left_out_keeps_its_own_reason() -> None:
    steps = build(planned("web", left_out="not selected"), left_out=PhasesLeftOut(reasons={Phase.DEPLOY: "a flag"}))
    assert steps["web"].left_out == "not selected"


def test_words_after_the_flags_are_one_more_test() -> None:
    step = build(extra_test=["python3", "x.py"])["test/command"]
    assert (step.kind, step.phase, step.waits) == (StepKind.TEST_COMMAND, Phase.TEST, Waits.ALL)
    assert step.changes[0].reason == "given after the flags: python3 x.py"


def test_two_that_define_each_others_namespace_do_not_wait_for_each_other() -> None:
    a = planned("a", defines=frozenset({"x"}), namespaces=frozenset({"y"}))
    b = planned("b", defines=frozenset({"y"}), namespaces=frozenset({"x"}))
    steps = build(a, b)
    order(list(steps.values()))


def test_a_namespace_that_its_definer_can_only_make_too_late_is_a_step() -> None:
    """`base` needs `a`, and `a` lies in the namespace that `base` defines."""
    a = planned("a", namespaces=frozenset({"x"}))
    base = planned("base", needs=["a"], defines=frozenset({"x"}))
    steps = build(a, base)
    assert steps["a"].after == ("namespace/x",)


# -- any project


@st.composite
def projects(draw: st.DrawFn) -> list[PlannedComponent]:
    """Components in the order of their tiers, as the planner gives them, without what the reader refuses (cycles)."""
    tiers = sorted(draw(st.lists(st.sampled_from(list(Tier)), min_size=1, max_size=6)), key=lambda tier: tier.rank)
    names = [f"c{n}" for n in range(len(tiers))]
    spaces = st.frozensets(st.sampled_from(["x", "y", "z"]), max_size=2)
    kinds = st.frozensets(st.sampled_from([WIDGET, ("example.com", "Gadget")]), max_size=2)
    found = []
    for number, tier in enumerate(tiers):
        needs = draw(st.lists(st.sampled_from(names[:number]), max_size=2, unique=True)) if number else []
        brings = draw(kinds)
        found.append(
            planned(
                names[number],
                tier=tier,
                needs=needs,
                namespaces=draw(spaces),
                defines=draw(spaces),
                kinds=draw(kinds),
                brings=brings,
                crd_changes=(UPDATE,) if brings and draw(st.booleans()) else (),
            )
        )
    return found


def order(steps: Sequence[Step]) -> dict[str, int]:
    """A number for each step, above those of all that it waits for; fails where there is none."""
    by_name = {step.name: step for step in steps}
    place: dict[str, int] = {}
    waiting = dict(by_name)
    while waiting:
        ready = [name for name, step in waiting.items() if all(d in place for d in dependencies(step, steps))]
        assert ready, f"wait for each other: {sorted(waiting)}"
        for name in ready:
            place[name] = len(place)
            del waiting[name]
    return place


def dependencies(step: Step, steps: Sequence[Step]) -> set[str]:
    tiers = {
        other.name
        for other in steps
        if step.waits is Waits.TIERS and step.tier and other.tier and other.tier.rank < step.tier.rank
    }
    return {*step.after, *tiers}


@settings(max_examples=150)
@given(projects())
def test_any_project_has_an_order_in_which_every_dependency_holds(project: list[PlannedComponent]) -> None:
    steps = build(*project)
    place = order(list(steps.values()))
    bringers = [p for p in project if p.crd_changes]
    for one in project:
        name = one.component.name
        assert set(steps[name].after) <= steps.keys()
        assert all(place[need] < place[name] for need in one.component.needs)
        for bringer in bringers:
            if bringer.brings & (one.kinds | one.brings):
                assert place[f"{bringer.component.name}/crds"] < place[name]
        for space in one.namespaces - one.defines:
            makers = [p.component.name for p in project if space in p.defines]
            assert f"namespace/{space}" in steps[name].after or any(place[maker] < place[name] for maker in makers)


@settings(max_examples=30)
@given(projects())
def test_the_same_project_gives_the_same_steps(project: list[PlannedComponent]) -> None:
    assert list(build(*project).values()) == list(build(*project).values())


@settings(max_examples=30)
@given(projects())
def test_every_step_has_a_name_of_its_own(project: list[PlannedComponent]) -> None:
    steps = build_steps(
        project, environment=LOCAL, missing_namespaces=undefined_namespaces(project), left_out=PhasesLeftOut()
    )
    assert len({step.name for step in steps}) == len(steps)
