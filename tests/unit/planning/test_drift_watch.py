"""What a watch tells and puts back: by hand for the plain cases, by property for any history."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from fairlead.model.drift import Drift, DriftKind, FieldDrift
from fairlead.model.drift_watch import Decision, Patience, Watched
from fairlead.model.objects import ObjectRef
from fairlead.planning.drift_watch import decide, put_back

TODAY = datetime(2026, 3, 1, tzinfo=UTC)
PATIENCE = Patience(may_revert=True, first_pause=10, longest_pause=60, most_reverts=4, calm=600)


def drift(name: str = "web", value: str = "9", *, is_revertible: bool = True) -> Drift:
    ref = ObjectRef(kind="ConfigMap", namespace="x", name=name)
    field = FieldDrift(path=".data.a", kind=DriftKind.CHANGED, wanted="1", found=value, owner="script")
    return Drift(
        component="web",
        target=ref,
        kind=DriftKind.CHANGED,
        reason="r",
        fields=(field,),
        owner="script",
        is_revertible=is_revertible,
    )


def test_what_drifts_is_told_once() -> None:
    first = decide(Watched(), [drift()], now=0, patience=Patience())
    second = decide(first.watched, [drift()], now=60, patience=Patience())
    assert (first.appeared, second.appeared, second.has_news) == ((drift(),), (), False)


def test_another_value_is_told_again() -> None:
    first = decide(Watched(), [drift(value="9")], now=0, patience=Patience())
    assert decide(first.watched, [drift(value="8")], now=60, patience=Patience()).appeared == (drift(value="8"),)


def test_what_is_as_wanted_again_is_told() -> None:
    first = decide(Watched(), [drift()], now=0, patience=Patience())
    assert decide(first.watched, [], now=60, patience=Patience()).mended == (drift(),)


def test_nothing_is_put_back_where_the_environment_does_not_allow_it() -> None:
    assert decide(Watched(), [drift()], now=0, patience=Patience()).reverting == ()


def test_a_first_change_is_put_back_at_once() -> None:
    assert decide(Watched(), [drift()], now=0, patience=PATIENCE).reverting == (drift(),)


def test_what_is_no_object_of_ours_is_only_told() -> None:
    found = decide(Watched(), [drift(is_revertible=False)], now=0, patience=PATIENCE)
    assert (len(found.appeared), found.reverting) == (1, ())


def test_pauses_double_up_to_the_longest() -> None:
    assert [PATIENCE.pause(n) for n in range(1, 6)] == [10, 20, 40, 60, 60]


def fight(seconds: int, *, step: int = 1) -> list[tuple[float, Decision]]:
    """Somebody changes the object right after each time it is put back; a look each *step* seconds."""
    watched, seen = Watched(), []
    for now in range(0, seconds, step):
        decision = decide(watched, [drift()], now=now, patience=PATIENCE)
        seen.append((float(now), decision))
        watched = put_back(decision.watched, [d.key for d in decision.reverting], now=now, today=TODAY)
    return seen


def test_who_keeps_changing_it_is_answered_later_each_time_and_then_left() -> None:
    seen = fight(400)
    assert [now for now, decision in seen if decision.reverting] == [0, 10, 30, 70]
    ((now, decision),) = [(now, decision) for now, decision in seen if decision.given_up]
    assert now == 71
    ((left, struggle),) = decision.given_up
    assert (left.owner, struggle.reverts, struggle.since) == ("script", 4, TODAY)


def test_what_was_left_is_left_for_as_long_as_it_drifts() -> None:
    assert sum(bool(decision.reverting) for _, decision in fight(5000, step=5)) == PATIENCE.most_reverts


def test_what_stayed_as_wanted_for_long_is_put_back_again() -> None:
    watched = fight(400)[-1][1].watched
    still = decide(watched, [], now=500, patience=PATIENCE).watched
    assert decide(still, [drift()], now=600, patience=PATIENCE).reverting == ()
    calm = decide(still, [], now=1200, patience=PATIENCE).watched
    assert decide(calm, [drift()], now=1300, patience=PATIENCE).reverting == (drift(),)


looks = st.lists(st.tuples(st.integers(1, 200), st.sets(st.sampled_from("abc"))), max_size=40)


def history(told: list[tuple[int, set[str]]]) -> list[tuple[float, Decision]]:
    watched, now, seen = Watched(), 0, []
    for pause, names in told:
        now += pause
        decision = decide(watched, [drift(name) for name in sorted(names)], now=now, patience=PATIENCE)
        seen.append((float(now), decision))
        watched = put_back(decision.watched, [d.key for d in decision.reverting], now=now, today=TODAY)
    return seen


@given(looks)
def test_no_object_is_put_back_sooner_than_its_pause(told: list[tuple[int, set[str]]]) -> None:
    times: dict[str, list[float]] = {}
    for now, decision in history(told):
        for each in decision.reverting:
            times.setdefault(each.subject, []).append(now)
    for moments in times.values():
        gaps = [after - before for before, after in itertools.pairwise(moments)]
        assert all(gap >= PATIENCE.first_pause for gap in gaps)


@given(looks)
def test_between_two_calm_times_no_object_is_put_back_more_often_than_allowed(told: list[tuple[int, set[str]]]) -> None:
    runs: dict[str, list[float]] = {}
    for now, decision in history(told):
        for each in decision.reverting:
            moments = runs.setdefault(each.subject, [])
            if moments and now - moments[-1] >= PATIENCE.calm:
                moments.clear()
            moments.append(now)
            assert len(moments) <= PATIENCE.most_reverts


@given(looks)
def test_every_drift_is_put_back_waits_or_was_given_up(told: list[tuple[int, set[str]]]) -> None:
    for (_, names), (_, decision) in zip(told, history(told), strict=True):
        left = {key for key, struggle in decision.watched.struggles.items() if struggle.is_given_up}
        told_of = {d.key for d in decision.reverting} | {d.key for d, _ in decision.waiting}
        assert {drift(name).key for name in names} <= told_of | left
        assert not told_of & left


@given(looks)
def test_giving_up_is_told_once_until_it_is_forgotten(told: list[tuple[int, set[str]]]) -> None:
    given_up: set[tuple[str, str]] = set()
    for _, decision in history(told):
        given_up &= set(decision.watched.struggles)
        for each, struggle in decision.given_up:
            assert each.key not in given_up
            assert struggle.reverts == PATIENCE.most_reverts
            given_up.add(each.key)
