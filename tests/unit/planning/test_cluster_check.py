"""What is made of a cluster's own words: nodes, pods, clocks, speed, and when all of it counts as verified."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.model.cluster_check import CheckStatus, ClusterCheck
from fairlead.model.pod_security import PodSecurityLevel
from fairlead.planning.cluster_check import (
    default_storage_class,
    ingress_class,
    is_verified,
    judge_clock,
    judge_latency,
    judge_nodes,
    judge_system_pods,
)
from fairlead.planning.cluster_check_objects import ANSWERS, ASKS, FACES_OUT, STORES, pod
from fairlead.planning.rules.pod_security import check_pod_security

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def node(*conditions: tuple[str, str], **metadata: Any) -> dict[str, Any]:
    status = {
        "conditions": [{"type": kind, "status": status, "message": f"{kind} it is"} for kind, status in conditions],
        "nodeInfo": {"kubeletVersion": "v1.34.2"},
    }
    return {"metadata": {"name": "node-0", **metadata}, "status": status}


def lease(seconds_ago: float) -> dict[str, Any]:
    renewed = NOW - timedelta(seconds=seconds_ago)
    return {"metadata": {"name": "node-0"}, "spec": {"renewTime": renewed.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}}


@pytest.mark.parametrize(
    ("nodes", "status", "message"),
    [
        ([node(("Ready", "True"), ("DiskPressure", "False"))], CheckStatus.PASSED, "1 node ready, kubelet v1.34.2"),
        ([node(("Ready", "False"))], CheckStatus.FAILED, "node-0: not ready: Ready it is"),
        ([node(("Ready", "Unknown"))], CheckStatus.FAILED, "node-0: not ready: Ready it is"),
        ([node(("Ready", "True"), ("DiskPressure", "True"))], CheckStatus.FAILED, "node-0: DiskPressure: DiskPressure"),
        ([], CheckStatus.FAILED, "the cluster has no node"),
        (
            [node(("Ready", "True"), annotations={"kwok.x-k8s.io/node": "fake"})],
            CheckStatus.NOT_EVALUATED,
            "1 node simulated",
        ),
    ],
)
def test_nodes(nodes: list[dict[str, Any]], status: CheckStatus, message: str) -> None:
    found = judge_nodes(nodes)
    assert found.status is status
    assert found.message.startswith(message)


@pytest.mark.parametrize(
    ("created", "leases", "message"),
    [
        (0, [lease(8)], "the server's clock is within 5 s of ours; 1 node lease renewed in time"),
        (-1, [], "the server's clock is within 5 s of ours"),
        (-10, [], "the server's clock is 10 s behind ours"),
        (9, [], "the server's clock is 8 s ahead of ours"),
        (0, [lease(90)], "node node-0 renewed its lease 90 s ago: its clock is behind, or its kubelet is dead"),
        (0, [lease(-30)], "node node-0 is 30 s ahead of us"),
        (0, [{"metadata": {"name": "node-0"}, "spec": {}}], "node node-0 never renewed its lease"),
    ],
)
def test_clock(created: float, leases: list[dict[str, Any]], message: str) -> None:
    made = (NOW + timedelta(seconds=created)).replace(microsecond=0)
    found = judge_clock(asked=NOW, answered=NOW + timedelta(seconds=1 if created else 0), created=made, leases=leases)
    assert found.message == message


@given(st.floats(0, 30), st.floats(0, 2))
def test_a_clock_that_is_right_is_never_blamed(delay: float, share: float) -> None:
    """However long the request took, and though the server cuts the fraction of the second."""
    answered = NOW + timedelta(seconds=delay)
    created = min(answered, NOW + timedelta(seconds=delay * share)).replace(microsecond=0)
    assert judge_clock(asked=NOW, answered=answered, created=created, leases=[]).status is CheckStatus.PASSED


def test_one_slow_answer_is_no_fault_but_slow_ones_are() -> None:
    assert judge_latency([0.01] * 9 + [5]).status is CheckStatus.PASSED
    assert judge_latency([1.5] * 6 + [0.01] * 4).status is CheckStatus.FAILED


def test_a_system_pod_that_is_not_ready_is_named() -> None:
    sick = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "dns-1"}, "status": {"phase": "Pending"}}
    found = judge_system_pods([sick])
    assert found.status is CheckStatus.FAILED
    assert "1 of 1 not well: dns-1:" in found.message


def test_no_system_pods_at_all_is_a_fault() -> None:
    assert judge_system_pods([]).status is CheckStatus.FAILED


STATUSES = st.lists(st.sampled_from(CheckStatus), max_size=6)


@given(STATUSES)
def test_without_a_real_node_nothing_is_verified(statuses: list[CheckStatus]) -> None:
    others = [ClusterCheck(name=f"check {i}", status=s, message="") for i, s in enumerate(statuses)]
    for status in (CheckStatus.NOT_EVALUATED, CheckStatus.FAILED):
        assert not is_verified([ClusterCheck(name="nodes", status=status, message=""), *others])
    assert not is_verified(others)


@given(STATUSES)
def test_with_a_real_node_only_a_failure_spoils_it(statuses: list[CheckStatus]) -> None:
    others = [ClusterCheck(name=f"check {i}", status=s, message="") for i, s in enumerate(statuses)]
    nodes = ClusterCheck(name="nodes", status=CheckStatus.PASSED, message="")
    assert is_verified([nodes, *others]) is (CheckStatus.FAILED not in statuses)


def classes(prefix: str, *marks: str) -> list[dict[str, Any]]:
    key = f"{prefix}.kubernetes.io/is-default-class"
    return [{"metadata": {"name": f"c{i}", "annotations": {key: mark}}} for i, mark in enumerate(marks)]


def test_the_default_storage_class_is_the_marked_one() -> None:
    assert default_storage_class(classes("storageclass", "false", "true")) == "c1"
    assert default_storage_class(classes("storageclass", "false")) == ""


def test_the_ingress_class_is_the_marked_one_or_the_only_one() -> None:
    assert ingress_class(classes("ingressclass", "false", "true")) == "c1"
    assert ingress_class(classes("ingressclass", "false")) == "c0"
    assert ingress_class(classes("ingressclass", "false", "false")) == ""
    assert ingress_class([]) == ""


@pytest.mark.parametrize("name", [ASKS, ANSWERS, STORES])
def test_our_pods_pass_the_strictest_pod_security(name: str) -> None:
    made = pod(name, namespace="n", image="example.test/check:1")
    assert check_pod_security(made, level=PodSecurityLevel.RESTRICTED) == ()
    assert check_pod_security(pod(FACES_OUT, namespace="n", image="i"), level=PodSecurityLevel.BASELINE) != ()
