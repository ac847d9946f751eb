from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from fairlead.formats.codec import to_json
from fairlead.formats.plan_file import format_plan_json, parse_plan
from fairlead.model.change import Change, ChangeAction
from fairlead.model.errors import InputError
from fairlead.model.objects import ObjectRef
from fairlead.model.plan import Phase, Plan, Step, StepKind
from fairlead.model.run import StepRecord
from fairlead.planning.staleness import OtherIntent, StalePlan, require_fresh, require_same_intent
from unit import records
from unit.engine.steps import running

quick = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def plan(**given: Any) -> Plan:
    return Plan(**{"project": "p", "environment": "e", "intent": "i", "steps": (), **given})


def with_changes(*changes: Change, name: str = "web", phase: Phase = Phase.DEPLOY, source: str = "") -> Plan:
    one = Step(name=name, kind=StepKind.APPLY, phase=phase, changes=changes, source_digest=source)
    return plan(steps=(one,))


def deletion(name: str) -> Change:
    return Change(action=ChangeAction.DELETE, reason="gone", target=ObjectRef(kind="Pod", namespace="x", name=name))


@quick
@given(records.plans)
def test_a_saved_plan_is_fresh_while_nothing_moved(made: Plan) -> None:
    require_fresh(parse_plan(format_plan_json(made), file="plan"), made)


@quick
@given(records.plans, st.data())
def test_any_precondition_that_moved_is_refused(made: Plan, data: st.DataObject) -> None:
    names = data.draw(st.sets(st.sampled_from(["Pod a", "Pod b", *made.preconditions]), min_size=1))
    moved = {**made.preconditions, **dict.fromkeys(names, "moved")}
    assume(moved != made.preconditions)
    with pytest.raises(StalePlan):
        require_fresh(made, dataclasses.replace(made, preconditions=moved))
    with pytest.raises(StalePlan):
        require_fresh(dataclasses.replace(made, preconditions=moved), made)


def test_what_moved_is_named() -> None:
    with pytest.raises(StalePlan, match=r"since the plan was saved: Pod b$"):
        require_fresh(
            plan(preconditions={"Pod a": "1", "Pod b": "1"}), plan(preconditions={"Pod a": "1", "Pod b": "2"})
        )


def test_of_many_that_moved_three_are_named() -> None:
    with pytest.raises(StalePlan, match=r"a, b, c and 2 more"):
        require_fresh(plan(preconditions=dict.fromkeys("abcde", "1")), plan())


def test_another_intent_is_refused_and_names_the_components() -> None:
    saved = dataclasses.replace(with_changes(source="1"), intent="other")
    with pytest.raises(StalePlan, match="the project changed since the plan was saved: web"):
        require_fresh(saved, with_changes(source="2"))


def test_another_intent_of_equal_components_names_the_environment() -> None:
    with pytest.raises(StalePlan, match="its environment or the flags"):
        require_fresh(plan(intent="other"), plan())


def test_the_plan_of_another_place_is_wrong_input() -> None:
    with pytest.raises(InputError, match="p/e, not p/production"):
        require_fresh(plan(), plan(environment="production"))


def test_other_terraform_changes_are_refused() -> None:
    saved = with_changes(Change(action=ChangeAction.UPDATE, reason="", name="host"), phase=Phase.PROVISION)
    now = with_changes(Change(action=ChangeAction.REPLACE, reason="", name="host"), phase=Phase.PROVISION)
    with pytest.raises(StalePlan, match="Terraform"):
        require_fresh(saved, now)


def test_a_deletion_that_was_not_listed_is_refused() -> None:
    with pytest.raises(StalePlan, match="also remove or replace web: Pod x/b"):
        require_fresh(with_changes(deletion("a")), with_changes(deletion("a"), deletion("b")))


def test_a_deletion_that_is_no_longer_needed_is_no_fault() -> None:
    require_fresh(with_changes(deletion("a"), deletion("b")), with_changes(deletion("a")))


def test_a_run_goes_on_with_its_own_intent() -> None:
    require_same_intent(running(intent="i", destructive=("web: Pod x/a",)), with_changes(deletion("a")))


def test_a_run_of_another_intent_names_its_commit() -> None:
    with pytest.raises(OtherIntent, match="deployed commit 0123456789ab, from a dirty tree") as caught:
        require_same_intent(running(intent="other", commit="0123456789abcdef", dirty=True), plan())
    assert "check out 0123456789ab" in caught.value.hint
    assert caught.value.exit_code == 3


def test_a_run_does_not_delete_on_what_it_did_not_list() -> None:
    with pytest.raises(OtherIntent, match="also remove or replace"):
        require_same_intent(running(intent="i"), with_changes(deletion("a")))


def test_a_run_makes_anew_what_it_was_cut_off_at() -> None:
    unfinished = Change(action=ChangeAction.REPLACE, name="thing", reason="its creation failed", is_unfinished=True)
    begun = {"web": StepRecord(kind=StepKind.TERRAFORM_APPLY, phase=Phase.PROVISION)}
    require_same_intent(running(intent="i", steps=begun), with_changes(unfinished))
    with pytest.raises(OtherIntent):
        require_same_intent(running(intent="i"), with_changes(unfinished))
    with pytest.raises(OtherIntent):
        require_same_intent(running(intent="i", steps=begun), with_changes(deletion("a")))


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b"nonsense", b'{"schema": "fairlead.dev/plan/v1"}', b"1", b"null"]
)
def test_what_is_no_plan_is_wrong_input(content: bytes) -> None:
    with pytest.raises(InputError, match="is no plan"):
        parse_plan(content, file="it")


def test_a_plan_of_another_version_is_wrong_input() -> None:
    with pytest.raises(InputError, match=r"another version: fairlead\.dev/plan/v9"):
        parse_plan(b'{"schema": "fairlead.dev/plan/v9"}', file="it")


@quick
@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=4),
        lambda x: st.lists(x) | st.dictionaries(st.text(max_size=4), x),
        max_leaves=5,
    )
)
def test_any_json_is_a_plan_or_wrong_input(data: Any) -> None:
    import orjson

    mangled = {**to_json(plan()), "schema": "fairlead.dev/plan/v1", "steps": data}
    try:
        parse_plan(orjson.dumps(mangled), file="it")
    except InputError:
        return
    except orjson.JSONEncodeError:
        return
