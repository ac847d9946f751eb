"""What `object-invalid` says of an object is what a real API server says of it: refused by both, or taken by both.

Left out: namespaces of no name, which the server does not find. What only the kubelet refuses is named as such.
"""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest

from e2e.kube_tools import SystemClock
from fairlead.adapters.kube.cluster import KubeCluster
from fairlead.adapters.kube.context import read_connection
from fairlead.model.objects import Manifest, ref_of
from fairlead.planning.rules.environment_objects import EnvironmentObjects, JudgedObject
from fairlead.planning.rules.refusals import check_refusals

pytestmark = pytest.mark.e2e

SPACE: Final = "object-refusals"
POD: Final = {
    "containers": [
        {
            "name": "web",
            "image": "registry.example.test/web:1.0",
            "ports": [{"name": "http", "containerPort": 8080}, {"name": "metrics", "containerPort": 9090}],
            "readinessProbe": {"httpGet": {"path": "/", "port": "http"}},
            "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
            "volumeMounts": [{"name": "data", "mountPath": "/data"}, {"name": "tmp", "mountPath": "/tmp"}],
        },
        {"name": "side", "image": "side"},
    ],
    "volumes": [{"name": "data", "emptyDir": {}}, {"name": "tmp", "emptyDir": {}}],
}


def _object(version: str, kind: str, **fields: Any) -> Manifest:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "shop", "namespace": SPACE}, **fields}


def _job_pod() -> dict[str, Any]:
    return {"restartPolicy": "Never", "containers": [{"name": "job", "image": "job:1"}]}


GOOD: Final[dict[str, Manifest]] = {
    "Deployment": _object(
        "apps/v1",
        "Deployment",
        spec={
            "selector": {"matchLabels": {"app": "shop"}},
            "strategy": {"type": "RollingUpdate"},
            "template": {"metadata": {"labels": {"app": "shop", "tier": "web"}}, "spec": POD},
        },
    ),
    "StatefulSet": _object(
        "apps/v1",
        "StatefulSet",
        spec={
            "serviceName": "shop",
            "selector": {"matchLabels": {"app": "shop"}},
            "template": {
                "metadata": {"labels": {"app": "shop"}},
                "spec": {
                    "containers": [
                        {"name": "db", "image": "db:1", "volumeMounts": [{"name": "claim", "mountPath": "/data"}]}
                    ]
                },
            },
            "volumeClaimTemplates": [
                {
                    "metadata": {"name": "claim"},
                    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
                }
            ],
        },
    ),
    "CronJob": _object(
        "batch/v1",
        "CronJob",
        spec={"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": {"spec": _job_pod()}}}},
    ),
    "Job": _object("batch/v1", "Job", spec={"template": {"spec": _job_pod()}}),
    "Service": _object(
        "v1",
        "Service",
        spec={"selector": {"app": "shop"}, "ports": [{"name": "a", "port": 80}, {"name": "b", "port": 81}]},
    ),
    "ConfigMap": _object("v1", "ConfigMap", data={"a.txt": "b"}),
    "Secret": _object("v1", "Secret", stringData={"a": "b"}),
    "PersistentVolumeClaim": _object(
        "v1",
        "PersistentVolumeClaim",
        spec={"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    ),
    "ResourceQuota": _object("v1", "ResourceQuota", spec={"hard": {"pods": "10"}}),
    "Ingress": _object(
        "networking.k8s.io/v1",
        "Ingress",
        spec={
            "rules": [
                {
                    "host": "shop.example.test",
                    "http": {
                        "paths": [
                            {
                                "path": "/",
                                "pathType": "Prefix",
                                "backend": {"service": {"name": "shop", "port": {"number": 80}}},
                            }
                        ]
                    },
                }
            ]
        },
    ),
    "HorizontalPodAutoscaler": _object(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        spec={
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop"},
            "minReplicas": 2,
            "maxReplicas": 4,
        },
    ),
    "PodDisruptionBudget": _object(
        "policy/v1",
        "PodDisruptionBudget",
        spec={"minAvailable": 1, "selector": {"matchLabels": {"app": "shop"}}},
    ),
    "ClusterRoleBinding": {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "object-refusals:shop"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"kind": "ServiceAccount", "name": "shop", "namespace": SPACE}],
    },
    "NetworkPolicy": _object(
        "networking.k8s.io/v1", "NetworkPolicy", spec={"podSelector": {}, "policyTypes": ["Ingress"]}
    ),
}

POD_SPEC: Final = "spec.template.spec"
CONTAINER: Final = f"{POD_SPEC}.containers.0"
LABELS: Final = "spec.template.metadata.labels"
SERVER, KUBELET, TAKEN = "server", "kubelet", "taken"


def _from(cidr: str, *without: str) -> dict[str, Any]:
    return {"from": [{"ipBlock": {"cidr": cidr, **({"except": [*without]} if without else {})}}]}


CASES: Final[tuple[tuple[str, str, Any, str], ...]] = (
    ("Deployment", "metadata.name", "Shop_1", SERVER),
    ("Deployment", "metadata.name", "shop.v1", TAKEN),
    ("Deployment", "metadata.name", "1shop", TAKEN),
    ("Deployment", "metadata.labels", {"a": "with space"}, SERVER),
    ("Deployment", "metadata.labels", {"a b": "c"}, SERVER),
    ("Deployment", "metadata.labels", {"example.test/a": "v1.0_x", "b": ""}, TAKEN),
    ("Deployment", "metadata.labels", {"a": "x" * 64}, SERVER),
    ("Deployment", "metadata.annotations", {"a/b/c": "d"}, SERVER),
    ("Deployment", "metadata.annotations", {"Example.test/A": "any text: at all"}, TAKEN),
    ("Deployment", f"{LABELS}.tier", "no!", SERVER),
    ("Deployment", f"{CONTAINER}.image", "", SERVER),
    ("Deployment", f"{CONTAINER}.image", "Web:1.0", KUBELET),
    ("Deployment", f"{CONTAINER}.image", "web:1:2", KUBELET),
    ("Deployment", f"{CONTAINER}.image", "localhost:5000/a/b_c:1.0-rc.1@sha256:" + "a" * 64, TAKEN),
    ("Deployment", f"{POD_SPEC}.containers.1.name", "web", SERVER),
    ("Deployment", f"{POD_SPEC}.initContainers", [{"name": "web", "image": "a"}], SERVER),
    ("Deployment", f"{POD_SPEC}.volumes", [{"name": name, "emptyDir": {}} for name in ("data", "tmp", "data")], SERVER),
    ("Deployment", f"{CONTAINER}.volumeMounts.0.name", "date", SERVER),
    ("Deployment", f"{CONTAINER}.volumeMounts.1.mountPath", "/data", SERVER),
    ("Deployment", f"{CONTAINER}.ports.0.containerPort", 70000, SERVER),
    ("Deployment", f"{CONTAINER}.ports.0.containerPort", 0, SERVER),
    ("Deployment", f"{CONTAINER}.ports.1.name", "http", SERVER),
    ("Deployment", f"{CONTAINER}.ports.1.name", "a-name-of-sixteen", SERVER),
    ("Deployment", f"{CONTAINER}.ports.1.name", "8080", SERVER),
    ("Deployment", f"{CONTAINER}.ports.1.protocol", "HTTP", SERVER),
    ("Deployment", f"{CONTAINER}.readinessProbe.httpGet.port", "htp", KUBELET),
    ("Deployment", f"{CONTAINER}.readinessProbe.httpGet.port", 8081, TAKEN),
    ("Deployment", f"{CONTAINER}.readinessProbe", {"periodSeconds": 5}, SERVER),
    ("Deployment", f"{CONTAINER}.readinessProbe", {}, SERVER),
    ("Deployment", f"{CONTAINER}.readinessProbe.tcpSocket", {"port": 80}, SERVER),
    ("Deployment", f"{CONTAINER}.livenessProbe", {"exec": {"command": ["a"]}, "grpc": {"port": 80}}, SERVER),
    ("Deployment", f"{CONTAINER}.livenessProbe", {"exec": {"command": ["a"]}, "httpGet": None}, TAKEN),
    ("Deployment", f"{CONTAINER}.livenessProbe", {"grpc": {"port": 80}}, TAKEN),
    ("Deployment", f"{CONTAINER}.resources.requests.memory", "64mb", SERVER),
    ("Deployment", f"{CONTAINER}.resources.requests.memory", "-1", SERVER),
    ("Deployment", f"{CONTAINER}.resources.requests.memory", "256Mi", SERVER),
    ("Deployment", f"{CONTAINER}.resources.requests.memory", "0.1Gi", TAKEN),
    ("Deployment", f"{CONTAINER}.resources.requests.memory", "1e8", TAKEN),
    ("Deployment", f"{CONTAINER}.resources.requests.cpu", 0.5, TAKEN),
    ("Deployment", f"{CONTAINER}.imagePullPolicy", "Alway", SERVER),
    ("Deployment", f"{POD_SPEC}.restartPolicy", "Never", SERVER),
    ("Deployment", f"{POD_SPEC}.dnsPolicy", "Cluster", SERVER),
    ("Deployment", "spec.strategy.type", "Rolling", SERVER),
    ("Deployment", "spec.strategy", {"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}, SERVER),
    ("StatefulSet", "spec.podManagementPolicy", "Parallell", SERVER),
    ("StatefulSet", "spec.updateStrategy", {"type": "Recreate"}, SERVER),
    ("CronJob", "metadata.name", "a" * 53, SERVER),
    ("CronJob", "metadata.name", "a" * 52, TAKEN),
    ("CronJob", "spec.schedule", "0 25 * * *", SERVER),
    ("CronJob", "spec.schedule", "0 0 3 * * *", SERVER),
    ("CronJob", "spec.schedule", "0 3 * * 7", SERVER),
    ("CronJob", "spec.schedule", "5-1 3 * * *", SERVER),
    ("CronJob", "spec.schedule", "@dayly", SERVER),
    ("CronJob", "spec.schedule", "*/90 0-6/2,12 1,15 jan-Mar ?", TAKEN),
    ("CronJob", "spec.schedule", "@every 1h30m", TAKEN),
    ("CronJob", "spec.schedule", "30 3 * * Mon-Fri", TAKEN),
    ("CronJob", "spec.concurrencyPolicy", "Deny", SERVER),
    ("CronJob", "spec.jobTemplate.spec.template.spec.restartPolicy", "Always", SERVER),
    ("CronJob", "spec.timeZone", "", SERVER),
    ("CronJob", "spec.timeZone", "Local", SERVER),
    ("CronJob", "spec.timeZone", "UTC+2", SERVER),
    ("CronJob", "spec.timeZone", "Europe/ Berlin", SERVER),
    ("CronJob", "spec.timeZone", "+02:00", SERVER),
    ("CronJob", "spec.timeZone", "/Europe/Berlin", SERVER),
    ("CronJob", "spec.timeZone", "../UTC", SERVER),
    ("CronJob", "spec.timeZone", "Europe/Berlin", TAKEN),
    ("CronJob", "spec.timeZone", "America/Argentina/Buenos_Aires", TAKEN),
    ("CronJob", "spec.timeZone", "America/Port-au-Prince", TAKEN),
    ("CronJob", "spec.timeZone", "Etc/GMT+2", TAKEN),
    ("Job", "spec.template.spec.restartPolicy", None, SERVER),
    ("Job", "spec.template.spec.restartPolicy", "OnFailure", TAKEN),
    ("Service", "metadata.name", "1shop", SERVER),
    ("Service", "metadata.name", "shop.web", SERVER),
    ("Service", "spec.type", "LoadBalncer", SERVER),
    ("Service", "spec.ports", [], SERVER),
    ("Service", "spec.ports.0.port", 70000, SERVER),
    ("Service", "spec.ports.1.name", "a", SERVER),
    ("Service", "spec.ports.1.name", None, SERVER),
    ("Service", "spec.ports.1.port", 80, SERVER),
    ("Service", "spec.ports.1", {"name": "b", "port": 80, "protocol": "UDP"}, TAKEN),
    ("Service", "spec", {"clusterIP": "None", "selector": {"a": "b"}}, TAKEN),
    ("ConfigMap", "data", {"a b": "c"}, SERVER),
    ("ConfigMap", "data", {"..": "c"}, SERVER),
    ("ConfigMap", "data", {"a/b": "c"}, SERVER),
    ("ConfigMap", "data", {"a": "x" * (1024 * 1024 + 1)}, SERVER),
    ("ConfigMap", "data", {"_a-B.c": "x" * (1024 * 1024)}, TAKEN),
    ("Secret", "stringData", {"a:b": "c"}, SERVER),
    ("PersistentVolumeClaim", "spec.accessModes", ["ReadWriteOnc"], SERVER),
    ("PersistentVolumeClaim", "spec.resources.requests.storage", "1gb", SERVER),
    ("PersistentVolumeClaim", "spec.volumeMode", "Files", SERVER),
    ("ResourceQuota", "spec.hard.pods", "ten", SERVER),
    ("Ingress", "spec.rules.0.host", "shop_1.example.test", SERVER),
    ("Ingress", "spec.rules.0.host", "shop.example.test:80", SERVER),
    ("Ingress", "spec.rules.0.host", "*.example.test", TAKEN),
    ("Ingress", "spec.rules.0.http.paths.0.pathType", "Prefx", SERVER),
    ("Ingress", "spec.rules.0.http.paths.0.path", "shop", SERVER),
    ("HorizontalPodAutoscaler", "spec.minReplicas", 9, SERVER),
    ("PodDisruptionBudget", "spec.maxUnavailable", 1, SERVER),
    ("ClusterRoleBinding", "subjects.0.namespace", None, SERVER),
    ("NetworkPolicy", "spec.ingress", [_from("10.0.0.0/33")], SERVER),
    ("NetworkPolicy", "spec.ingress", [_from("10.0.0/8")], SERVER),
    ("NetworkPolicy", "spec.ingress", [_from("10.0.0.1")], SERVER),
    ("NetworkPolicy", "spec.ingress", [_from("10.0.0.0/255.0.0.0")], SERVER),
    ("NetworkPolicy", "spec.ingress", [_from("10.0.0.0/8", "11.0.0.0/16")], SERVER),
    ("NetworkPolicy", "spec.ingress", [_from("10.0.0.0/8", "10.0.0.0/8")], SERVER),
    ("NetworkPolicy", "spec.ingress", [_from("10.0.0.0/8", "fd00::/16")], SERVER),
    ("NetworkPolicy", "spec.ingress", [_from("10.0.0.0/8", "10.1.0.0")], SERVER),
    ("NetworkPolicy", "spec.egress", [{"to": [{"ipBlock": {"cidr": "fd00::/129"}}]}], SERVER),
    ("NetworkPolicy", "spec.ingress", [_from("0.0.0.0/0", "169.254.169.254/32", "10.0.0.0/8")], TAKEN),
    ("NetworkPolicy", "spec.ingress", [_from("10.1.2.3/8", "10.9.8.7/16")], TAKEN),
    ("NetworkPolicy", "spec.ingress", [_from("010.0.00.0/08", "10.001.0.0/16")], TAKEN),
    ("NetworkPolicy", "spec.egress", [{"to": [{"ipBlock": {"cidr": "fd00::1/8", "except": ["fd01::/16"]}}]}], TAKEN),
    ("NetworkPolicy", "spec.policyTypes", ["In"], SERVER),
)


@pytest.fixture
async def cluster(cluster_kubeconfig: Path) -> AsyncIterator[KubeCluster]:
    connection = read_connection(path=Path(cluster_kubeconfig), environ={}, home=Path("/"))
    cluster = KubeCluster(connection, clock=SystemClock())
    try:
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE}}
        assert (await cluster.apply(namespace, manager="test")).is_applied
        yield cluster
    finally:
        await cluster.close()


def _edited(kind: str, path: str, value: Any) -> Manifest:
    """The good object of *kind* with *value* at *path*, or without what is there where it is None."""
    manifest = copy.deepcopy(GOOD[kind])
    holder: Any = manifest
    *above, last = [int(part) if part.isdecimal() else part for part in path.split(".")]
    for part in above:
        holder = holder[part]
    if value is None:
        del holder[last]
    else:
        holder[last] = value
    return manifest


def _said(manifest: Manifest) -> list[str]:
    one = JudgedObject(component="shop", manifest=manifest, ref=ref_of(manifest))
    return [judgement.finding.message for judgement in check_refusals(EnvironmentObjects(objects=[one]))]


@pytest.mark.parametrize("kind", GOOD)
async def test_good_objects_are_taken_by_both(cluster: KubeCluster, kind: str) -> None:
    assert _said(GOOD[kind]) == []
    answer = await cluster.apply(GOOD[kind], manager="test", dry_run=True)
    assert answer.is_applied, answer.message


@pytest.mark.parametrize(
    ("kind", "path", "value", "by"), CASES, ids=[f"{kind} {path} {str(value)[:24]}" for kind, path, value, _ in CASES]
)
async def test_both_say_the_same(cluster: KubeCluster, kind: str, path: str, value: Any, by: str) -> None:
    manifest = _edited(kind, path, value)
    answer = await cluster.apply(manifest, manager="test", dry_run=True)
    assert answer.is_applied == (by != SERVER), answer.message
    said = _said(manifest)
    assert len(said) == (by != TAKEN), (said, answer.message)
