from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.model.errors import InputError
from fairlead.model.maintenance import ClosedForMaintenance, Maintenance, MaintenanceSettings, Scaled
from fairlead.model.objects import ObjectRef
from fairlead.model.plan import Phase, Step, StepKind
from fairlead.model.record import Baseline, ComponentRecord
from fairlead.planning.maintenance import (
    CLOSE,
    SCALE_BACK,
    as_before,
    is_scalable,
    parse_workload,
    refuse_autoscaled,
    replicas_of,
    wanted_replicas,
    with_maintenance,
)

WEB = ObjectRef(group="apps", kind="Deployment", namespace="shop", name="web")
DB = ObjectRef(group="apps", kind="StatefulSet", namespace="shop", name="db")
NODE_AGENT = ObjectRef(group="apps", kind="DaemonSet", namespace="shop", name="agent")
BASELINE = Baseline(manager="m", owned_hash="", manifest_hash="", resource_version="1", uid="u")
RECORDS = {"shop": ComponentRecord(component="shop", baselines=dict.fromkeys((WEB, DB, NODE_AGENT), BASELINE))}


def closed(*scaled: Scaled, run: str = "r1") -> Maintenance:
    since = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    return Maintenance(since=since, who="ann", reason="a new disk", run=run, scaled=scaled)


def step(name: str, phase: Phase) -> Step:
    return Step(name=name, kind=StepKind.APPLY, phase=phase)


STEPS = [step(phase.value, phase) for phase in Phase]


class TestSteps:
    def test_nothing_is_changed_before_it_is_closed(self) -> None:
        found = {s.name: s for s in with_maintenance(STEPS, MaintenanceSettings())}
        assert found["provision"].after == (CLOSE,)
        assert found[CLOSE].phase is Phase.PROVISION  # a barrier: phase deploy is behind it too
        assert found["validate"].after == ()

    def test_nothing_is_tested_before_it_is_scaled_back(self) -> None:
        found = {s.name: s for s in with_maintenance(STEPS, MaintenanceSettings())}
        assert found[SCALE_BACK].after == (CLOSE, "deploy")
        assert found["secure"].after == found["test"].after == (SCALE_BACK,)

    def test_steps_stay_in_an_order_in_which_they_may_start(self) -> None:
        names = [s.name for s in with_maintenance(STEPS, MaintenanceSettings(scale={"shop": 0}))]
        assert names == ["validate", CLOSE, "provision", "deploy", SCALE_BACK, "secure", "test"]


class TestWorkloads:
    def test_a_component_stands_for_its_workloads(self) -> None:
        assert wanted_replicas(MaintenanceSettings(scale={"shop": 0}), RECORDS) == {WEB: 0, DB: 0}

    def test_a_workload_stands_above_its_component(self) -> None:
        scale = {"Deployment/shop/web": 1, "shop": 0}
        assert wanted_replicas(MaintenanceSettings(scale=scale), RECORDS) == {WEB: 1, DB: 0}

    def test_what_was_never_deployed_has_nothing_to_scale(self) -> None:
        assert wanted_replicas(MaintenanceSettings(scale={"new": 0}), RECORDS) == {}

    @pytest.mark.parametrize("text", ["Pod/a/b", "Deployment/a", "Deployment//b", "a/b", "Deployment/a/b/c"])
    def test_what_is_no_workload(self, text: str) -> None:
        with pytest.raises(InputError, match="not a workload"):
            parse_workload(text)

    def test_kinds_without_replicas_are_left_alone(self) -> None:
        assert [is_scalable(ref) for ref in (WEB, DB, NODE_AGENT)] == [True, True, False]


class TestAutoscalers:
    HPA: dict[str, Any] = {  # noqa: RUF012 - nobody changes it
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}},
    }

    def test_an_autoscaler_leaves_zero_alone(self) -> None:
        refuse_autoscaled({WEB: 0, DB: 1}, [self.HPA])

    def test_any_other_number_would_not_last(self) -> None:
        with pytest.raises(InputError, match="an autoscaler sets its replicas"):
            refuse_autoscaled({WEB: 1}, [self.HPA])


numbers = st.integers(min_value=0, max_value=9)


@given(numbers, numbers, numbers)
def test_our_own_scaling_is_no_drift_and_any_other_is(before: int, during: int, found: int) -> None:
    live = {"spec": {"replicas": found, "paused": True}}
    seen = as_before({WEB: live}, closed(Scaled(ref=WEB, before=before, during=during)))[WEB]
    assert replicas_of(seen) == (before if found == during else found)
    assert seen["spec"]["paused"]


def test_what_is_not_scaled_is_seen_as_it_is() -> None:
    live = {"spec": {"replicas": 0}}
    assert as_before({WEB: live}, closed(Scaled(ref=DB, before=2, during=0))) == {WEB: live}
    assert as_before({WEB: live}, None) == {WEB: live}


def test_who_is_refused_is_told_who_since_when_why_and_what_to_do() -> None:
    refusal = ClosedForMaintenance("local", closed())
    assert str(refusal) == "local is closed for maintenance since 2026-01-02 03:04:00 UTC by run r1 of ann: a new disk"
    assert refusal.hint.startswith("`fairlead resume -e local`")
    assert "resume" not in ClosedForMaintenance("local", closed(run="")).hint
