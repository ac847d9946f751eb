"""What is applied to a cluster with real nodes before people get it: its nodes, cluster DNS, a storage class."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from string import Template
from typing import Any

from fairlead.adapters.clusters.embedded.api import LocalApi
from fairlead.adapters.clusters.embedded.real.machine import DNS_ADDRESS, DOMAIN, Node
from fairlead.formats.manifests import read_documents
from fairlead.model.errors import Unavailable
from fairlead.model.image import BuiltImage
from fairlead.model.objects import Manifest

PAUSE = "pause"
_IMAGES = {"coredns": "coredns", "provisioner": "local-path-provisioner", "helper": "volume-helper"}
"""Word in addons.yaml → image."""
IMAGES = (PAUSE, *_IMAGES.values())

_FILE = Path(__file__).with_name("addons.yaml")
_DRIVER = "fairlead.dev/driver"
_ADDON = "fairlead.dev/add-on"
_ADDON_PODS = f"/api/v1/namespaces/kube-system/pods?labelSelector={_ADDON.replace('/', '%2F')}"
_DEPLOYMENTS = {"coredns", "local-path-provisioner"}
_NODES = "/api/v1/nodes"
_FOLDERS = {
    "ServiceAccount": "/api/v1/namespaces/kube-system/serviceaccounts",
    "ConfigMap": "/api/v1/namespaces/kube-system/configmaps",
    "Service": "/api/v1/namespaces/kube-system/services",
    "Deployment": "/apis/apps/v1/namespaces/kube-system/deployments",
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
    """What the kubelet finds there when it comes: addresses for its pods, which nobody else hands out here. The
    driver's label says that nobody gives load balancers an address either."""
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": node.name, "labels": {"kubernetes.io/hostname": node.name, _DRIVER: "embedded"}},
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


async def are_nodes_ready(api: LocalApi, count: int, *, since: datetime | None = None) -> bool:
    """Whether a pod would be accepted and placed: nodes Ready and untainted, the default ServiceAccount there.

    Nodes that were not heard of *since* then do not count.
    """
    account = await api.request("GET", "/api/v1/namespaces/default/serviceaccounts/default")
    answer = await api.request("GET", _NODES)
    return account.is_ok and answer.is_ok and sum(_takes_pods(one, since) for one in answer.body["items"]) >= count


async def are_addons_ready(api: LocalApi, *, since: datetime | None = None) -> bool:
    """Whether each add-on has a pod that is ready; one whose container started before *since* does not count."""
    answer = await api.request("GET", _ADDON_PODS)
    if not answer.is_ok:
        return False
    return {one["metadata"]["labels"][_ADDON] for one in answer.body["items"] if _is_ready(one, since)} >= _DEPLOYMENTS


async def _apply(api: LocalApi, manifest: Manifest) -> None:
    kind, name = manifest["kind"], manifest["metadata"]["name"]
    answer = await api.apply(f"{_FOLDERS[kind]}/{name}", manifest)
    if not answer.is_ok:
        raise Unavailable(
            f"the local API server refused the {kind} {name}: {answer.body}", hint="see its log in the cluster's folder"
        )


def _takes_pods(node: Mapping[str, Any], since: datetime | None) -> bool:
    ready = _ready_condition(node)
    return bool(ready) and not node["spec"].get("taints") and _is_after(ready.get("lastHeartbeatTime"), since)


def _is_ready(pod: Mapping[str, Any], since: datetime | None) -> bool:
    states = [one["state"].get("running", {}) for one in pod["status"].get("containerStatuses", ())]
    return bool(_ready_condition(pod)) and all(_is_after(state.get("startedAt"), since) for state in states)


def _ready_condition(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """Empty unless it is true."""
    conditions = item["status"].get("conditions", ())
    return next((one for one in conditions if one["type"] == "Ready" and one["status"] == "True"), {})


def _is_after(text: str | None, since: datetime | None) -> bool:
    # The API's times have no fractions.
    return since is None or (text is not None and datetime.fromisoformat(text) >= since.replace(microsecond=0))
