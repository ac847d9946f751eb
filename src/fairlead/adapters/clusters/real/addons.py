"""What is applied to a cluster with real nodes before people get it: its nodes, cluster DNS, a storage class."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from fairlead.adapters.clusters.api import LocalApi
from fairlead.adapters.clusters.real.machine import DNS_ADDRESS, DOMAIN, Node
from fairlead.formats.manifests import read_documents
from fairlead.model.errors import Unavailable
from fairlead.model.image import BuiltImage
from fairlead.model.objects import Manifest

PAUSE = "pause"
_IMAGES = {"coredns": "coredns", "provisioner": "local-path-provisioner", "helper": "volume-helper"}
"""Word in addons.yaml → image."""
IMAGES = (PAUSE, *_IMAGES.values())

_FILE = Path(__file__).with_name("addons.yaml")
_DEPLOYMENTS = "/apis/apps/v1/namespaces/kube-system/deployments"
_NODES = "/api/v1/nodes"
_FOLDERS = {
    "ServiceAccount": "/api/v1/namespaces/kube-system/serviceaccounts",
    "ConfigMap": "/api/v1/namespaces/kube-system/configmaps",
    "Service": "/api/v1/namespaces/kube-system/services",
    "Deployment": _DEPLOYMENTS,
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "StorageClass": "/apis/storage.k8s.io/v1/storageclasses",
    "Node": _NODES,
}


def manifests(images: Mapping[str, BuiltImage]) -> tuple[Manifest, ...]:
    """The add-ons, from *images* by name."""
    words = {word: images[name].reference for word, name in _IMAGES.items()}
    text = Template(_FILE.read_text(encoding="utf-8")).substitute(words, dns=DNS_ADDRESS, domain=DOMAIN)
    return tuple(document.data for document in read_documents(text, file=_FILE.name).documents)


def node_manifest(node: Node) -> Manifest:
    """What the kubelet finds there when it comes: addresses for its pods, which nobody else hands out here."""
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": node.name, "labels": {"kubernetes.io/hostname": node.name}},
        "spec": {"podCIDR": node.pod_network, "podCIDRs": [node.pod_network]},
    }


async def apply(api: LocalApi, wanted: Iterable[Manifest]) -> None:
    """Raises Unavailable when the API server refuses one."""
    answers = await asyncio.gather(*(_apply(api, manifest) for manifest in wanted), return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer


async def make_nodes(api: LocalApi, wanted: Sequence[Node]) -> None:
    """Create the objects of those nodes that have none, and delete the objects of others."""
    answer = await api.request("GET", _NODES)
    present = {item["metadata"]["name"] for item in answer.body["items"]} if answer.is_ok else set()
    names = {node.name for node in wanted}
    await apply(api, (node_manifest(node) for node in wanted if node.name not in present))
    for name in sorted(present - names):
        await api.request("DELETE", f"{_NODES}/{name}")


async def are_nodes_ready(api: LocalApi, count: int) -> bool:
    """Whether a pod would be accepted and placed: nodes Ready and untainted, the default ServiceAccount there."""
    account = await api.request("GET", "/api/v1/namespaces/default/serviceaccounts/default")
    answer = await api.request("GET", _NODES)
    return account.is_ok and answer.is_ok and sum(map(_takes_pods, answer.body["items"])) >= count


async def are_addons_ready(api: LocalApi) -> bool:
    answer = await api.request("GET", _DEPLOYMENTS)
    wanted = {"coredns", "local-path-provisioner"}
    if not answer.is_ok:
        return False
    ready = {one["metadata"]["name"] for one in answer.body["items"] if one["status"].get("availableReplicas")}
    return wanted <= ready


async def _apply(api: LocalApi, manifest: Manifest) -> None:
    kind, name = manifest["kind"], manifest["metadata"]["name"]
    answer = await api.apply(f"{_FOLDERS[kind]}/{name}", manifest)
    if not answer.is_ok:
        raise Unavailable(
            f"the local API server refused the {kind} {name}: {answer.body}", hint="see its log in the cluster's folder"
        )


def _takes_pods(item: Mapping[str, Any]) -> bool:
    conditions = item["status"].get("conditions", ())
    is_ready = any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
    return is_ready and not item["spec"].get("taints")
