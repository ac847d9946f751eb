from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fairlead.model.change import Change, ChangeAction
from fairlead.model.plan import Step, StepKind
from fairlead.model.record import Standing
from fairlead.model.tier import Tier
from fairlead.planning.removal_graph import PlannedRemoval, removal_steps

GOES = (Change(action=ChangeAction.DELETE, name="it", reason="gone"),)


def removal(name: str, tier: Tier = Tier.APPLICATIONS, *needs: str, **given: Any) -> PlannedRemoval:
    return PlannedRemoval(**{"component": name, "standing": Standing(tier=tier, needs=needs), "objects": GOES, **given})


def names(steps: tuple[Step, ...]) -> list[str]:
    return [step.name for step in steps]


def test_later_tiers_go_first_and_all_wait_for_what_writes() -> None:
    steps = removal_steps([removal("db", Tier.STORAGE), removal("shop")], after=["web"])
    assert names(steps) == ["shop/prune", "db/prune"]
    assert [step.after for step in steps] == [("web",), ("shop/prune", "web")]


def test_a_need_counts_more_than_the_tier() -> None:
    steps = removal_steps([removal("db", Tier.APPLICATIONS), removal("shop", Tier.STORAGE, "db")], after=[])
    assert names(steps) == ["shop/prune", "db/prune"]


def test_a_release_goes_before_what_else_its_component_left_and_resources_last() -> None:
    steps = removal_steps(
        [removal("cluster", objects=(), resources=GOES), removal("shop", Tier.INFRASTRUCTURE, release=GOES)], after=[]
    )
    assert [step.kind for step in steps] == [StepKind.HELM_UNINSTALL, StepKind.PRUNE, StepKind.TERRAFORM_DESTROY]
    assert steps[1].after == ("shop/uninstall",)
    assert steps[2].after == ("shop/prune", "shop/uninstall")


def test_objects_of_a_kind_go_before_its_definition() -> None:
    kind = frozenset({("kind", "example.test", "Widget")})
    steps = removal_steps([removal("kinds", makes=kind), removal("widgets", Tier.INFRASTRUCTURE, uses=kind)], after=[])
    assert names(steps) == ["widgets/prune", "kinds/prune"]


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.sampled_from(Tier), st.lists(st.sampled_from("abcdef"), max_size=3)),
        unique_by=lambda one: one[0],
    )
)
def test_there_is_an_order_whatever_the_records_say(given: list[tuple[str, Tier, list[str]]]) -> None:
    """Recorded at different times, components may even need each other."""
    steps = removal_steps([removal(name, tier, *needs) for name, tier, needs in given], after=[])
    assert sorted(step.component for step in steps) == sorted(name for name, _, _ in given)
    seen: set[str] = set()
    for step in steps:
        assert set(step.after) <= seen
        seen.add(step.name)
