"""Which images a deployment will need on which nodes, and what a pod that only fetches them says.

The pods run nothing: their command is a program that no image holds, and an image is fetched before that is found out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from fairlead.formats.json_data import as_list, dig, dig_text, maps_in
from fairlead.model.frozen import dataclass
from fairlead.model.image import LOCAL_REGISTRY
from fairlead.model.objects import Manifest

LABEL: Final = "fairlead.dev/cache-images"
IMAGES_PER_POD: Final = 20
_NOTHING: Final = "/fairlead-fetches-this-image-only"
_CANNOT: Final = frozenset(
    (
        *("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError"),
        *("RegistryUnavailable", "SignatureValidationFailed"),
    )
)
_FETCHED: Final = frozenset(
    ("CreateContainerError", "CreateContainerConfigError", "RunContainerError", "CrashLoopBackOff", "StartError")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """One image on one node. *fault* says why it cannot be had; neither done nor a fault: it is being fetched."""

    image: str
    node: str
    is_done: bool = False
    fault: str = ""


def missing_images(nodes: Iterable[Manifest], images: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """By name of each node that lacks some of *images*: those. Images that are loaded and never pulled do not count."""
    pulled = [image for image in images if not image.startswith(f"{LOCAL_REGISTRY}/")]
    found = {dig_text(node, "metadata", "name"): _lacking(node, pulled) for node in nodes}
    return {node: lacking for node, lacking in found.items() if lacking}


def _lacking(node: Manifest, images: Sequence[str]) -> tuple[str, ...]:
    known = [str(name) for image in maps_in(dig(node, "status", "images")) for name in as_list(image.get("names"))]
    return tuple(image for image in images if not any(_is_same(name, image) for name in known))


def _is_same(full: str, image: str) -> bool:
    """Whether the *full* name on a node is that of *image*, which may lack its registry and tag."""
    last = image.rpartition("/")[2]
    wanted = image if "@" in last or ":" in last else f"{image}:latest"
    return full == wanted or full.endswith(f"/{wanted}")


def fetching_pods(missing: Mapping[str, Sequence[str]], *, namespace: str, run: str) -> tuple[Manifest, ...]:
    """Pods that have each node fetch what it lacks, of run *run*."""
    batches = [
        (node, images[at : at + IMAGES_PER_POD])
        for node, images in missing.items()
        for at in range(0, len(images), IMAGES_PER_POD)
    ]
    return tuple(
        _pod(node, images, name=f"fairlead-cache-images-{run}-{number}", namespace=namespace, run=run)
        for number, (node, images) in enumerate(batches)
    )


def _pod(node: str, images: Sequence[str], *, name: str, namespace: str, run: str) -> Manifest:
    container: dict[str, Any] = {
        "command": [_NOTHING],
        "imagePullPolicy": "IfNotPresent",
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": {LABEL: run}},
        "spec": {
            "nodeName": node,
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 0,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "tolerations": [{"operator": "Exists"}],
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 65532,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [{"name": f"image-{n}", "image": image, **container} for n, image in enumerate(images)],
        },
    }


def fetches_of(pod: Manifest, *, live: Manifest | None) -> tuple[Fetch, ...]:
    """How far the *live* state of *pod* is, image by image; None where somebody deleted it."""
    node = pod["spec"]["nodeName"]
    statuses = {status.get("name"): status for status in maps_in(dig(live, "status", "containerStatuses"))}
    lost = "its pod was deleted" if live is None else _refusal(live)
    return tuple(
        _fetch(container["image"], node, statuses.get(container["name"]), lost)
        for container in pod["spec"]["containers"]
    )


def _refusal(live: Manifest) -> str:
    """Why the node does not take the pod at all."""
    if dig(live, "status", "phase") != "Failed" or dig(live, "status", "containerStatuses"):
        return ""
    return dig_text(live, "status", "message") or dig_text(live, "status", "reason") or "the node refused its pod"


def _fetch(image: str, node: str, status: Mapping[str, Any] | None, lost: str) -> Fetch:
    waiting = dig_text(status, "state", "waiting", "reason")
    if waiting in _CANNOT:
        said = dig_text(status, "state", "waiting", "message")
        return Fetch(image=image, node=node, fault=f"{waiting}: {said}" if said else waiting)
    has_started = any(dig(status, "state", state) is not None for state in ("terminated", "running"))
    if waiting in _FETCHED or has_started:
        return Fetch(image=image, node=node, is_done=True)
    return Fetch(image=image, node=node, fault=lost)
