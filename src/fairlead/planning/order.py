"""The order of the objects inside one component, and what stands apart from it: hooks, and namespaces nobody defines.

CRDs and missing namespaces are steps of their own before the component's; they are ranked first here too, so that a
caller who applies everything at once is right as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from fairlead.formats.json_data import dig_map, dig_text, maps_in
from fairlead.model.frozen import dataclass
from fairlead.model.objects import Manifest, ObjectRef

HOOK: Final = "helm.sh/hook"

_RANKED: Final[tuple[tuple[str, ...], ...]] = (
    ("Namespace",),
    ("CustomResourceDefinition.apiextensions.k8s.io",),
    (
        "ResourceQuota",
        "LimitRange",
        "PriorityClass.scheduling.k8s.io",
        "RuntimeClass.node.k8s.io",
        "StorageClass.storage.k8s.io",
        "VolumeAttributesClass.storage.k8s.io",
        "CSIDriver.storage.k8s.io",
        "IngressClass.networking.k8s.io",
        # Before the pods it protects: a pod that starts first talks to everybody until then.
        "NetworkPolicy.networking.k8s.io",
    ),
    ("ServiceAccount", "ClusterRole.rbac.authorization.k8s.io", "Role.rbac.authorization.k8s.io"),
    # After the roles: the server looks up the role a binding names to see whether the deployer may grant it.
    ("ClusterRoleBinding.rbac.authorization.k8s.io", "RoleBinding.rbac.authorization.k8s.io"),
    ("ConfigMap", "Secret"),
    ("PersistentVolume", "PersistentVolumeClaim"),
    # Before the workloads: a pod learns the addresses of Services by variables when it starts.
    ("Service", "Endpoints", "EndpointSlice.discovery.k8s.io"),
    (
        "Pod",
        "ReplicationController",
        "DaemonSet.apps",
        "Deployment.apps",
        "ReplicaSet.apps",
        "StatefulSet.apps",
        "Job.batch",
        "CronJob.batch",
    ),
    (),
    ("HorizontalPodAutoscaler.autoscaling", "PodDisruptionBudget.policy", "Ingress.networking.k8s.io"),
    (
        "APIService.apiregistration.k8s.io",
        "MutatingWebhookConfiguration.admissionregistration.k8s.io",
        "ValidatingWebhookConfiguration.admissionregistration.k8s.io",
    ),
)
_RANKS: Final = {kind: rank for rank, kinds in enumerate(_RANKED) for kind in kinds}
_OTHERS: Final = _RANKED.index(())


@dataclass(frozen=True, slots=True, kw_only=True)
class NamespaceUse:
    """The namespaces that objects name, and those that are among the objects."""

    named: frozenset[str]
    defined: frozenset[str]

    @property
    def undefined(self) -> frozenset[str]:
        return self.named - self.defined


def apply_order(manifests: Iterable[Manifest]) -> tuple[tuple[Manifest, ...], ...]:
    """*manifests* in batches to be applied one after another; inside a batch in the given order, which means nothing.

    Namespace, CRD, limits and classes, accounts and roles, bindings, configuration, volumes, Services, workloads,
    everything else (custom resources), what acts on workloads, and last webhooks and APIServices.
    """
    batches: dict[int, list[Manifest]] = {}
    for manifest in manifests:
        batches.setdefault(_rank(manifest), []).append(manifest)
    return tuple(tuple(batches[rank]) for rank in sorted(batches))


def removal_order(manifests: Iterable[Manifest]) -> tuple[tuple[Manifest, ...], ...]:
    """The reverse of `apply_order`: webhooks first, since a webhook whose pods are gone refuses every later delete."""
    return tuple(reversed(apply_order(manifests)))


def needs_endpoints(manifest: Mapping[str, Any]) -> tuple[ObjectRef, ...]:
    """The Services that the API server calls on behalf of a webhook configuration or an APIService; else none."""
    kind = kind_and_group(manifest)
    if kind == "APIService.apiregistration.k8s.io":
        services = [dig_map(manifest, "spec", "service")]
    elif kind.endswith("WebhookConfiguration.admissionregistration.k8s.io"):
        services = [dig_map(webhook, "clientConfig", "service") for webhook in maps_in(manifest.get("webhooks"))]
    else:
        return ()
    refs = [
        ObjectRef(kind="Service", namespace=dig_text(service, "namespace"), name=dig_text(service, "name"))
        for service in services
        if dig_text(service, "name")
    ]
    return tuple(dict.fromkeys(refs))


def split_hooks(manifests: Sequence[Manifest]) -> tuple[tuple[Manifest, ...], tuple[Manifest, ...]]:
    """The ordinary objects, and the Helm hooks, which only Helm runs (`crd-install` of Helm 2 among them)."""
    hooks = tuple(manifest for manifest in manifests if is_hook(manifest))
    return tuple(manifest for manifest in manifests if not is_hook(manifest)), hooks


def is_hook(manifest: Mapping[str, Any]) -> bool:
    """Whether Helm would treat *manifest* as a hook: the annotation is there, whatever it says."""
    return dig_map(manifest, "metadata", "annotations").get(HOOK) is not None


def namespaces_of(manifests: Iterable[Mapping[str, Any]]) -> NamespaceUse:
    named, defined = set(), set()
    for manifest in manifests:
        if kind_and_group(manifest) == "Namespace":
            defined.add(dig_text(manifest, "metadata", "name"))
        else:
            named.add(dig_text(manifest, "metadata", "namespace"))
    return NamespaceUse(named=frozenset(named - {""}), defined=frozenset(defined - {""}))


def kind_and_group(manifest: Mapping[str, Any]) -> str:
    """`Deployment.apps`; of the core group the kind alone."""
    kind, group = dig_text(manifest, "kind"), dig_text(manifest, "apiVersion").rpartition("/")[0]
    return f"{kind}.{group}" if group else kind


def _rank(manifest: Manifest) -> int:
    return _RANKS.get(kind_and_group(manifest), _OTHERS)
