"""When a symptom counts: its grace without a break, its restarts, and what was there before the step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from fairlead.model.objects import ObjectRef
from fairlead.planning.symptoms import Symptom
from fairlead.planning.unrecoverable import (
    BACK_OFF_SECONDS,
    CRASH_LOOP,
    IMAGE_NAME_INVALID,
    IMAGE_NOT_FOUND,
    IMAGE_NOT_PULLED,
    IMAGE_REFUSED,
    PROGRESS_DEADLINE,
    STATES,
    UNSCHEDULABLE,
    State,
)
from fairlead.planning.verdict import Memory, judge

POD = ObjectRef(kind="Pod", namespace="shop", name="web-1")
DEPLOYMENT = ObjectRef(group="apps", kind="Deployment", namespace="shop", name="web")

Look = tuple[float, Sequence[Symptom]]


def symptom(state: State, *, tries: int = 0, is_fresh: bool = False, shown_by: ObjectRef = POD) -> Symptom:
    return Symptom(state=state, shown_by=shown_by, uid=shown_by.name, message="", tries=tries, is_fresh=is_fresh)


def when(looks: Iterable[Look], *, before: frozenset[str] = frozenset()) -> float | None:
    """The time of the look at which a verdict falls."""
    memory = Memory(before=before)
    for now, symptoms in looks:
        memory, verdict = judge(symptoms, memory, now=now)
        if verdict is not None:
            return now
    return None


def every(seconds: int, *symptoms: Symptom, until: int) -> list[Look]:
    return [(float(now), symptoms) for now in range(0, until + 1, seconds)]


def test_what_counts_at_once_ends_the_first_look() -> None:
    assert when([(7.0, [symptom(IMAGE_NAME_INVALID)])]) == 7


def test_what_has_a_grace_counts_when_it_lasted() -> None:
    assert when(every(2, symptom(UNSCHEDULABLE), until=100)) == 60


def test_what_heals_in_between_starts_anew() -> None:
    looks = [*every(2, symptom(UNSCHEDULABLE), until=58), (59.0, []), (60.0, [symptom(UNSCHEDULABLE)])]
    assert when(looks) is None
    assert when([*looks, (119.0, [symptom(UNSCHEDULABLE)])]) is None
    assert when([*looks, (120.0, [symptom(UNSCHEDULABLE)])]) == 120


def test_another_pod_with_the_same_symptom_starts_anew() -> None:
    other = symptom(UNSCHEDULABLE, shown_by=ObjectRef(kind="Pod", namespace="shop", name="web-2"))
    assert when([(0.0, [symptom(UNSCHEDULABLE)]), (59.0, [other]), (100.0, [other])]) is None


def test_states_of_one_family_share_their_time() -> None:
    looks = [(0.0, [symptom(IMAGE_NOT_PULLED)]), (50.0, [symptom(IMAGE_REFUSED)]), (60.0, [symptom(IMAGE_REFUSED)])]
    assert when(looks) == 60


def test_a_crash_loop_counts_at_the_third_restart() -> None:
    looks = [(float(10 * restarts), [symptom(CRASH_LOOP, tries=restarts)]) for restarts in range(5)]
    assert when(looks) == 30


def test_a_crash_loop_from_before_the_step_counts_at_its_next_restart() -> None:
    before = frozenset({"web-1"})
    looks = [*every(2, symptom(CRASH_LOOP, tries=9), until=100), (101.0, [symptom(CRASH_LOOP, tries=10)])]
    assert when(looks, before=before) == 101


def test_an_image_that_was_missing_before_the_step_counts_once_the_kubelet_has_tried_again() -> None:
    before = frozenset({"web-1"})
    looks = every(2, symptom(IMAGE_NOT_FOUND), until=100)
    assert when(looks, before=before) is None
    assert when([*looks, (101.0, [symptom(IMAGE_NOT_FOUND, is_fresh=True)])], before=before) == 101
    assert when(every(2, symptom(IMAGE_NOT_FOUND), until=400), before=before) == BACK_OFF_SECONDS


def test_a_pod_of_before_that_falls_ill_during_the_step_counts_at_once() -> None:
    assert when([(0.0, []), (2.0, [symptom(IMAGE_NOT_FOUND)])], before=frozenset({"web-1"})) == 2


def test_a_deadline_that_was_over_before_the_step_may_still_heal() -> None:
    over = symptom(PROGRESS_DEADLINE, shown_by=DEPLOYMENT)
    assert when([(0.0, []), (2.0, [over])]) == 2
    assert when(every(2, over, until=100)) == 60


@given(
    state=st.sampled_from(STATES),
    gaps=st.lists(st.floats(0.1, 30), min_size=1, max_size=80),
    tries=st.integers(0, 6),
    is_before=st.booleans(),
)
def test_a_steady_symptom_counts_at_the_first_look_after_its_time(
    state: State, gaps: list[float], tries: int, is_before: bool
) -> None:
    seen = symptom(state, tries=tries)
    times = [sum(gaps[:n]) for n in range(len(gaps) + 1)]
    patience = max(state.grace_seconds, state.retry_seconds if is_before else 0)
    due = [now for now in times if now - times[0] >= patience and tries >= state.restarts]
    found = when([(now, [seen]) for now in times], before=frozenset({"web-1"}) if is_before else frozenset())
    assert found == next(iter(due), None)


@given(seen=st.lists(st.lists(st.sampled_from(STATES), unique=True, max_size=4), max_size=60))
def test_nothing_counts_that_was_not_seen_for_its_grace_without_a_break(seen: list[list[State]]) -> None:
    memory = Memory()
    lasted: dict[str, int] = {}
    for now, states in enumerate(seen):
        families = {state.family or state.name for state in states}
        lasted = {family: lasted.get(family, -1) + 1 for family in families}
        memory, verdict = judge([symptom(state, tries=9) for state in states], memory, now=float(now))
        if verdict is not None:
            state = verdict.symptom.state
            assert lasted[state.family or state.name] >= state.grace_seconds
            return
