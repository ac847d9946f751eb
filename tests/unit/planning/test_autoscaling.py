from __future__ import annotations

from typing import Any

import pytest

from fairlead.model.objects import Manifest, ref_of
from fairlead.planning.autoscaling import drop_hpa_replicas, hpa_targets, leave_to_autoscalers


def workload(name: str = "web", namespace: str = "shop", kind: str = "Deployment") -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"replicas": 2, "selector": {}},
    }


def autoscaler(name: str = "web", namespace: str = "shop", api_version: str = "apps/v1") -> dict[str, Any]:
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "scale", "namespace": namespace},
        "spec": {"scaleTargetRef": {"apiVersion": api_version, "kind": "Deployment", "name": name}},
    }


def test_replicas_are_left_to_the_autoscaler() -> None:
    given = workload()
    scaled, kept = drop_hpa_replicas([given, autoscaler()])
    assert scaled["spec"] == {"selector": {}}
    assert kept == autoscaler()
    assert given == workload()


def test_a_live_autoscaler_counts_too() -> None:
    (scaled,) = drop_hpa_replicas([workload()], also_live_hpas=[autoscaler()])
    assert "replicas" not in scaled["spec"]


@pytest.mark.parametrize(
    "other", [workload(name="api"), workload(namespace="blog"), workload(kind="StatefulSet"), {"kind": "List"}]
)
def test_other_workloads_keep_their_replicas(other: dict[str, Any]) -> None:
    assert drop_hpa_replicas([other, autoscaler()])[0] == other


def test_the_group_that_deployments_left_still_means_them() -> None:
    assert hpa_targets([autoscaler(api_version="extensions/v1beta1")]) == {("apps", "Deployment", "shop", "web")}


def test_a_keda_object_scales_a_deployment_unless_it_says_otherwise() -> None:
    keda = {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": "s", "namespace": "shop"},
        "spec": {"scaleTargetRef": {"name": "web"}},
    }
    assert hpa_targets([keda]) == {("apps", "Deployment", "shop", "web")}


def owned(*managers: str) -> Manifest:
    entries = [{"manager": m, "operation": "Update", "fieldsV1": {"f:spec": {"f:replicas": {}}}} for m in managers]
    live = workload()
    return {**live, "metadata": {**live["metadata"], "managedFields": entries}}


@pytest.mark.parametrize(
    ("managers", "autoscalers", "is_left"),
    [
        (("kube-controller-manager",), [autoscaler()], True),
        (("helm", "kube-controller-manager"), [autoscaler()], True),
        (("helm",), [autoscaler()], False),  # left out, the number would become 1
        (("kubectl",), [], False),
    ],
)
def test_recorded_replicas_are_left_once_an_autoscaler_has_set_them(
    managers: tuple[str, ...], autoscalers: list[Manifest], is_left: bool
) -> None:
    live = owned(*managers)
    ref = ref_of(live)
    found = leave_to_autoscalers({ref: workload()}, {ref: live}, autoscalers, manager="helm")
    assert ("replicas" not in found[ref]["spec"]) is is_left
