"""Discovery in both forms, and with broken aggregated APIs."""

from __future__ import annotations

import pytest

from fairlead.adapters.kube.cluster import KubeCluster
from fairlead.adapters.kube.faults import Forbidden
from fairlead.model.errors import Unavailable
from fairlead.model.objects import ObjectRef
from unit.adapters.kube.loopback_api import Api, Reply, discovery, group, resource

HPA = ("autoscaling", "HorizontalPodAutoscaler")


def classic(api: Api) -> None:
    """A server that knows no aggregated discovery, with a metrics API that does not answer."""
    api.says("GET /api", Reply(body={"kind": "APIVersions", "versions": ["v1"]}))
    api.says("GET /api/v1", Reply(body={"resources": [_classic("Pod", "pods"), _classic("Eviction", "pods/eviction")]}))
    groups = [
        {"name": "autoscaling", "versions": _versions("v1", "v2"), "preferredVersion": {"version": "v2"}},
        {"name": "metrics.k8s.io", "versions": _versions("v1beta1"), "preferredVersion": {"version": "v1beta1"}},
    ]
    api.says("GET /apis", Reply(body={"kind": "APIGroupList", "groups": groups}))
    for version in ("v1", "v2"):
        resources = [_classic("HorizontalPodAutoscaler", "horizontalpodautoscalers")]
        api.says(f"GET /apis/autoscaling/{version}", Reply(body={"resources": resources}))
    api.says("GET /apis/metrics.k8s.io/v1beta1", Reply(status=503, body=b"service unavailable"))


def _classic(kind: str, name: str) -> dict[str, object]:
    return {"name": name, "kind": kind, "namespaced": True, "verbs": ["get", "list"]}


def _versions(*names: str) -> list[dict[str, str]]:
    return [{"version": name} for name in names]


async def test_the_classic_endpoints_name_what_is_broken(api: Api, cluster: KubeCluster) -> None:
    classic(api)
    kinds = await cluster.kinds()
    assert kinds.broken == ("metrics.k8s.io",)
    assert set(kinds.by_name) == {("", "Pod"), HPA}
    assert (kinds.by_name[HPA].version, kinds.by_name[HPA].served_versions) == ("v2", ("v2", "v1"))


async def test_a_stale_group_is_broken_and_keeps_what_it_told(api: Api, cluster: KubeCluster) -> None:
    node = resource("NodeMetrics", "nodes", namespaced=False, group="metrics.k8s.io", version="v1beta1")
    stale = {"version": "v1beta1", "freshness": "Stale", "resources": [node]}
    api.says(
        "GET /apis",
        Reply(body=discovery(group("metrics.k8s.io", stale), group("gone.test", stale | {"resources": None}))),
    )
    kinds = await cluster.kinds()
    assert kinds.broken == ("gone.test", "metrics.k8s.io")
    assert not kinds.by_name["metrics.k8s.io", "NodeMetrics"].namespaced


async def test_the_first_version_is_preferred_and_all_are_served(api: Api, cluster: KubeCluster) -> None:
    versions = [
        {"version": version, "freshness": "Current", "resources": [resource("Widget", "widgets", group="x.test")]}
        for version in ("v1", "v1beta1")
    ]
    api.says("GET /apis", Reply(body=discovery(group("x.test", *versions))))
    kinds = await cluster.kinds()
    assert (kinds.by_name["x.test", "Widget"].version, kinds.by_name["x.test", "Widget"].served_versions) == (
        "v1",
        ("v1", "v1beta1"),
    )
    assert kinds.serves(ObjectRef(group="x.test", version="v1beta1", kind="Widget", name="a"))


async def test_an_object_is_read_in_the_version_it_is_written_in(api: Api, cluster: KubeCluster) -> None:
    classic(api)
    old = ObjectRef(group="autoscaling", version="v1", kind="HorizontalPodAutoscaler", name="a")
    gone = ObjectRef(group="autoscaling", version="v2beta1", kind="HorizontalPodAutoscaler", name="b")
    await cluster.observe([old, gone])
    read = [seen.path for seen in api.seen if seen.path.endswith(("/a", "/b"))]
    assert sorted(read) == [
        "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers/a",
        "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/b",
    ]


async def test_what_is_no_api_server_is_told(api: Api, cluster: KubeCluster) -> None:
    api.says("GET /apis", Reply(status=404, body=b"<html>"))
    with pytest.raises(Unavailable, match=r"does not tell what it serves \(HTTP 404\)"):
        await cluster.kinds()


async def test_discovery_that_is_forbidden_is_told(api: Api, cluster: KubeCluster) -> None:
    api.says("GET /api", Reply(status=403, body={"kind": "Status", "message": "anonymous cannot get path /api"}))
    with pytest.raises(Forbidden, match="anonymous cannot get path /api"):
        await cluster.kinds()
