"""The objects that make a cluster without machines look like one: nodes, a storage class, kwok's right to move them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fairlead.adapters.clusters.embedded.api import LocalApi
from fairlead.adapters.clusters.embedded.control_plane import NODE_NETWORK, architecture
from fairlead.adapters.clusters.embedded.pki import CLIENTS
from fairlead.model.errors import Unavailable
from fairlead.model.objects import Manifest

NODES = "/api/v1/nodes"
_RBAC = "/apis/rbac.authorization.k8s.io/v1"
_SIMULATED = {"fairlead.dev/simulated": "true"}
_CAPACITY = {"cpu": "32", "memory": "256Gi", "pods": "1000", "ephemeral-storage": "1Ti"}
_NAME = "fairlead:simulator"

NOTES = (
    "nodes and pods are simulated: a pod is Ready at once, runs nothing and answers nobody",
    "webhook configurations are stored, not called: no simulated pod could answer",
    "load balancers and volume claims are satisfied at once, by nothing",
    "aggregated APIs stay unavailable: until its APIService is deleted, a deleted namespace stays Terminating, empty",
)


async def make_objects(api: LocalApi, *, nodes: int, version: str) -> None:
    """Create what is missing and delete surplus nodes. Raises Unavailable when the API server refuses."""
    for path, manifest in (*_rights(), ("/apis/storage.k8s.io/v1/storageclasses", _storage_class())):
        await _create(api, path, manifest)
    wanted = {node_name(index): node(index, version=version) for index in range(nodes)}
    present = await node_names(api)
    for name in sorted(present - set(wanted)):
        await api.request("DELETE", f"{NODES}/{name}")
    for name in sorted(set(wanted) - present):
        await _create(api, NODES, wanted[name])


async def node_names(api: LocalApi) -> set[str]:
    """The simulated nodes there are."""
    answer = await api.request("GET", f"{NODES}?labelSelector=fairlead.dev%2Fsimulated")
    return {item["metadata"]["name"] for item in answer.body["items"]} if answer.is_ok else set()


async def is_usable(api: LocalApi, *, nodes: int) -> bool:
    """Whether a pod would be accepted and placed: nodes Ready and untainted, the default ServiceAccount there."""
    account = await api.request("GET", "/api/v1/namespaces/default/serviceaccounts/default")
    answer = await api.request("GET", f"{NODES}?labelSelector=fairlead.dev%2Fsimulated")
    if not (account.is_ok and answer.is_ok):
        return False
    return sum(map(_takes_pods, answer.body["items"])) >= nodes


def node_name(index: int) -> str:
    return f"simulated-{index}"


def node(index: int, *, version: str) -> Manifest:
    """A node with room for anything; *version* is the cluster's, e.g. `1.34.2`."""
    name = node_name(index)
    labels = {
        **_SIMULATED,
        "type": "kwok",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": architecture(),
        "node-role.kubernetes.io/worker": "",
    }
    info = dict.fromkeys(("machineID", "systemUUID", "bootID", "kernelVersion", "kubeProxyVersion"), "")
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels, "annotations": {"kwok.x-k8s.io/node": "fake"}},
        "status": {
            "capacity": _CAPACITY,
            "allocatable": _CAPACITY,
            "addresses": [
                {"type": "InternalIP", "address": f"{NODE_NETWORK}.{index // 250}.{index % 250 + 1}"},
                {"type": "Hostname", "address": name},
            ],
            "nodeInfo": {
                **info,
                "operatingSystem": "linux",
                "architecture": architecture(),
                "kubeletVersion": f"v{version}",
                "osImage": "simulated",
                "containerRuntimeVersion": "simulated://kwok",
            },
        },
    }


def _takes_pods(item: Mapping[str, Any]) -> bool:
    conditions = item["status"].get("conditions", ())
    is_ready = any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
    return is_ready and not item["spec"].get("taints")


def _rights() -> Iterator[tuple[str, Manifest]]:
    write = ["create", "get", "list", "patch", "update", "watch"]
    rules = [
        _rule("", ["nodes", "services", "persistentvolumeclaims"], ["get", "list", "watch"]),
        _rule("", ["nodes/status", "pods/status", "services/status"], ["patch", "update"]),
        _rule("", ["pods", "persistentvolumes"], [*write, "delete"]),
        _rule("", ["events"], ["create", "patch", "update"]),
        _rule("coordination.k8s.io", ["leases"], write),
    ]
    group = "rbac.authorization.k8s.io"
    metadata = {"name": _NAME, "labels": _SIMULATED}
    role = {"apiVersion": f"{group}/v1", "kind": "ClusterRole", "metadata": metadata, "rules": rules}
    yield f"{_RBAC}/clusterroles", role
    binding = {
        "apiVersion": f"{group}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": metadata,
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": _NAME},
        "subjects": [{"apiGroup": group, "kind": "User", "name": CLIENTS["kwok"][0]}],
    }
    yield f"{_RBAC}/clusterrolebindings", binding


def _rule(group: str, resources: list[str], verbs: list[str]) -> dict[str, list[str]]:
    return {"apiGroups": [group], "resources": resources, "verbs": verbs}


def _storage_class() -> Manifest:
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": "simulated",
            "labels": _SIMULATED,
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": "simulated.fairlead.dev",
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "Immediate",
    }


async def _create(api: LocalApi, path: str, manifest: Manifest) -> None:
    answer = await api.request("POST", path, manifest)
    if not answer.is_ok and answer.status != 409:
        raise Unavailable(
            f"the local API server refused the {manifest['kind']} {manifest['metadata']['name']}: {answer.body}",
            hint="see its log in the cluster's folder",
        )
