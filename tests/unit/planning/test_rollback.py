"""Which bundle a rollback returns to, and what it never writes."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.model.environment import OnFailure
from fairlead.model.errors import InputError, Refused
from fairlead.model.objects import ObjectRef, ref_of
from fairlead.model.plan import Phase, StepKind
from fairlead.model.project import UnknownComponent
from fairlead.model.record import Baseline, ComponentRecord
from fairlead.model.removal import Removal
from fairlead.model.run import Outcome, Rollback, Run, RunState, RunSummary, StepRecord, StepResult
from fairlead.planning.holding import holds_data
from fairlead.planning.rollback import (
    EMPTY,
    NoTarget,
    Returns,
    as_recorded,
    choose_target,
    intent_of,
    left_alone,
    pick,
    removed_data,
    removed_from_others,
    should_return,
    way_back,
    writable,
)

START = datetime(2026, 1, 1, tzinfo=UTC)


def summary(number: int, *, bundle: str = "", state: RunState = RunState.SUCCEEDED, changed: bool = True) -> RunSummary:
    return RunSummary(
        id=f"r{number:03}",
        state=state,
        started=START + timedelta(minutes=number),
        ended=None,
        commit="",
        dirty=False,
        bundle=bundle,
        changed=changed,
        simulated=False,
        holder="us",
    )


def history(*runs: str) -> list[RunSummary]:
    """Newest first; a letter is a good run of that bundle, `!` one that failed half-way, `.` one that failed before it
    changed anything, `~` one that was cut off."""
    states = {"!": RunState.FAILED, ".": RunState.FAILED, "~": RunState.INTERRUPTED}
    found = [
        summary(number, state=states[said], changed=said == "!") if said in states else summary(number, bundle=said)
        for number, said in enumerate(runs)
    ]
    return found[::-1]


@pytest.mark.parametrize(
    ("runs", "wanted"),
    [
        ("ab", "a"),
        ("abb", "a"),
        ("ab!", "b"),
        ("ab!!", "b"),
        ("ab.", "a"),
        ("ab!.", "b"),
        ("ab~", "b"),
        ("aba", "b"),
        ("a!", "a"),
    ],
)
def test_the_default_is_the_last_good_bundle_before_the_present_one(runs: str, wanted: str) -> None:
    assert choose_target(history(*runs)).bundle == wanted


@pytest.mark.parametrize("runs", ["", "a", "aa", "!", ".", "~", "!!"])
def test_where_no_other_bundle_was_good_there_is_no_target(runs: str) -> None:
    with pytest.raises(NoTarget):
        choose_target(history(*runs))


def test_nobody_returns_to_an_environment_that_was_destroyed() -> None:
    runs = [summary(0, bundle="a"), summary(1, bundle=EMPTY), summary(2, bundle="a")]
    with pytest.raises(NoTarget):
        choose_target(runs[::-1])
    assert choose_target(runs[1::-1]).bundle == "a"


def test_a_run_is_named_by_the_beginning_of_its_id() -> None:
    assert choose_target(history(*"abc"), to="r000").bundle == "a"
    with pytest.raises(InputError, match="3 runs begin with r"):
        choose_target(history(*"abc"), to="r")
    with pytest.raises(InputError, match="no run is kept"):
        choose_target(history(*"abc"), to="x")


def test_a_run_that_did_not_end_well_is_no_target() -> None:
    with pytest.raises(NoTarget, match="never verified"):
        choose_target(history(*"a!b"), to="r001")


HISTORIES = st.lists(st.sampled_from("abcd!.~"), max_size=12)


@given(HISTORIES)
def test_a_target_was_good_and_is_never_the_present_bundle(runs: Sequence[str]) -> None:
    try:
        found = choose_target(history(*runs))
    except NoTarget:
        return
    assert found.state is RunState.SUCCEEDED
    assert found.bundle
    last = next((run for run in reversed(runs) if run != "."), "")
    assert found.bundle != last


@given(HISTORIES, st.sampled_from("abcd"))
def test_rolling_a_rollback_back_is_where_one_was(runs: Sequence[str], present: str) -> None:
    before = [*runs, present]
    try:
        back = choose_target(history(*before)).bundle
    except NoTarget:
        return
    assert choose_target(history(*before, back)).bundle == present
    assert choose_target(history(*before, back, present)).bundle == back


OBJECTS = st.lists(
    st.builds(
        lambda api, kind, name: {"apiVersion": api, "kind": kind, "metadata": {"name": name}},
        st.sampled_from(["v1", "apiextensions.k8s.io/v1", "apps/v1"]),
        st.sampled_from(
            ["PersistentVolumeClaim", "Namespace", "CustomResourceDefinition", "ConfigMap", "PersistentVolume"]
        ),
        st.sampled_from("abc"),
    )
)


@given(OBJECTS)
def test_nothing_that_holds_data_is_ever_written(objects: list[dict[str, Any]]) -> None:
    written = writable(ComponentRecord(component="web", objects=tuple(objects)))
    assert not any(map(holds_data, map(ref_of, written)))
    assert [m for m in objects if not holds_data(ref_of(m))] == list(written)


def test_data_that_helm_would_remove_is_found() -> None:
    claim = ObjectRef(kind="PersistentVolumeClaim", namespace="shop", name="data")
    settings = ObjectRef(kind="ConfigMap", namespace="shop", name="a")
    assert removed_data({claim: {}, settings: {}}, set()) == (claim,)
    assert removed_data({claim: {}, settings: {}}, {claim}) == ()


def test_what_moved_into_the_release_since_is_found_with_who_had_it() -> None:
    text, other = (ObjectRef(kind="ConfigMap", namespace="shop", name=name) for name in ("text", "other"))
    baseline = Baseline(manager="m", owned_hash="", manifest_hash="", resource_version="", uid="")
    pages = ComponentRecord(component="pages", baselines={text: baseline})
    assert removed_from_others([text, other], [other], {"pages": pages}) == ((text, "pages"),)
    assert removed_from_others([text, other], [text], {"pages": pages}) == ()


def test_a_set_whose_claims_go_with_it_counts_as_data() -> None:
    database = ObjectRef(group="apps", kind="StatefulSet", namespace="shop", name="db")
    for policy, found in (("Delete", (database,)), ("Retain", ())):
        spec = {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": policy}}
        assert removed_data({database: {"spec": spec}}, set()) == found


RELEASE = ComponentRecord(
    component="web",
    release="web",
    revision=3,
    objects=(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "a", "annotations": {"meta.helm.sh/release-namespace": "shop"}},
        },
    ),
)
ROOT = ComponentRecord(component="infra", outputs={"host": "h"}, output_digest="sha256:1")


def test_what_returns_how_is_in_the_record() -> None:
    baseline = Baseline(manager="m", owned_hash="", manifest_hash="", resource_version="", uid="")
    plain = ComponentRecord(component="pages", baselines={ObjectRef(kind="ConfigMap", name="a"): baseline})
    assert [way_back(one) for one in (RELEASE, plain, ROOT)] == [Returns.BY_HELM, Returns.BY_APPLY, Returns.NOT]


def test_a_release_is_where_helm_noted_it() -> None:
    component = as_recorded(RELEASE, None)
    assert (component.namespace, component.release, component.field_manager) == ("shop", "web", "helm")
    with pytest.raises(Refused, match="does not say where"):
        as_recorded(ComponentRecord(component="web", release="web"), None)


def test_unknown_components_are_named() -> None:
    assert pick(["b", "a"], ()) == ("a", "b")
    assert pick(["b", "a"], ("b",)) == ("b",)
    with pytest.raises(UnknownComponent):
        pick(["a"], ("c",))


def test_what_stays_as_it_is_is_said() -> None:
    newer = ComponentRecord(component="infra", outputs={"host": "i"}, output_digest="sha256:2")
    lines = left_alone({"infra": ROOT}, {"infra": newer, "web": RELEASE})
    assert len(lines) == 2
    assert "runs no Terraform" in lines[0]
    assert "component web is not in that bundle" in lines[1]
    assert left_alone({"infra": ROOT}, {"infra": ROOT}) == ()


def test_another_bundle_is_another_intent() -> None:
    one = Rollback(to="r1", digest="sha256:1")
    assert intent_of(one, "local") == intent_of(Rollback(to="r9", digest="sha256:1", why="x"), "local")
    assert intent_of(one, "local") != intent_of(Rollback(to="r1", digest="sha256:2"), "local")
    assert intent_of(one, "local") != intent_of(Rollback(to="r1", digest="sha256:1", components=("a",)), "local")


def failed_run(phase: Phase, *, outcome: Outcome = Outcome.FAILED, changed: bool = True) -> Run:
    results = {"a": (Phase.DEPLOY, Outcome.CHANGED if changed else Outcome.NOOP), "b": (phase, outcome)}
    steps = {
        name: StepRecord(kind=StepKind.APPLY, phase=where, result=StepResult(outcome=what, reason=""))
        for name, (where, what) in results.items()
    }
    state = RunState.FAILED if outcome is Outcome.FAILED else RunState.SUCCEEDED
    return Run(id="r", environment="local", state=state, intent="i", holder="us", token=1, started=START, steps=steps)


@pytest.mark.parametrize("phase", [Phase.DEPLOY, Phase.SECURE, Phase.TEST])
@pytest.mark.parametrize("policy", [OnFailure.ROLLBACK, OnFailure.ASK])
def test_a_late_failure_after_a_change_is_taken_back(phase: Phase, policy: OnFailure) -> None:
    assert should_return(failed_run(phase), policy)


def test_other_ends_are_left() -> None:
    assert not should_return(failed_run(Phase.TEST), OnFailure.STOP)
    assert not should_return(failed_run(Phase.TEST, changed=False), OnFailure.ROLLBACK)
    assert not should_return(failed_run(Phase.PROVISION), OnFailure.ROLLBACK)
    destroyed = dataclasses.replace(failed_run(Phase.DEPLOY), removal=Removal(destroy=True))
    assert not should_return(destroyed, OnFailure.ROLLBACK)
    assert not should_return(failed_run(Phase.TEST, outcome=Outcome.PASSED), OnFailure.ROLLBACK)
