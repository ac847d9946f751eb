"""When Kubernetes stopped to serve an API version, and what replaced it.

Source: the project's deprecated API migration guide, and for `deprecated` the lifecycle that its API types state.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fairlead.model.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiLifecycle:
    """*deprecated* and *removed* are minors such as `1.22`; *replaced_by* is an apiVersion, empty where nothing did."""

    deprecated: str
    removed: str
    replaced_by: str
    note: str = ""

    def is_removed_at(self, minor: str) -> bool:
        return _number(minor) >= _number(self.removed)

    def is_deprecated_at(self, minor: str) -> bool:
        return _number(minor) >= _number(self.deprecated)

    @property
    def remedy(self) -> str:
        moved = f"write apiVersion: {self.replaced_by}" if self.replaced_by else ""
        return "; ".join(filter(None, (moved, self.note)))


def lifecycle_of(api_version: str, kind: str) -> ApiLifecycle | None:
    """None for what Kubernetes serves without an end, and for kinds of others."""
    return API_LIFECYCLES.get((api_version, kind))


def _number(minor: str) -> tuple[int, ...]:
    return tuple(int(part) for part in minor.split("."))


_WEBHOOKS: Final = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
_REVIEWS: Final = (
    "LocalSubjectAccessReview",
    "SelfSubjectAccessReview",
    "SelfSubjectRulesReview",
    "SubjectAccessReview",
)
_RBAC: Final = ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")
_STORAGE: Final = ("CSIDriver", "CSINode", "StorageClass", "VolumeAttachment")
_FLOW_V1: Final = "before Kubernetes 1.29, v1beta3"
_FLOW: Final = ("FlowSchema", "PriorityLevelConfiguration")
_POLICIES: Final = ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
_SELECTOR: Final = "spec.selector must be written, and cannot change later"
_INGRESS: Final = "backends are `service: {name, port}`, and each path has a pathType"
_PSP: Final = "nothing replaced it: use Pod Security Standards by labels of the namespace, or a policy engine"
_CRD: Final = "each version has a schema of its own"
_WEBHOOK: Final = "sideEffects and admissionReviewVersions must be written"
_TABLE: Final = (
    # apiVersion, kinds, deprecated, removed, replaced by, note
    ("extensions/v1beta1", ("DaemonSet", "Deployment", "ReplicaSet"), "1.8", "1.16", "apps/v1", _SELECTOR),
    ("extensions/v1beta1", ("NetworkPolicy",), "1.9", "1.16", "networking.k8s.io/v1", ""),
    ("extensions/v1beta1", ("PodSecurityPolicy",), "1.10", "1.16", "", _PSP),
    ("extensions/v1beta1", ("Ingress",), "1.14", "1.22", "networking.k8s.io/v1", _INGRESS),
    ("apps/v1beta1", ("Deployment", "StatefulSet"), "1.8", "1.16", "apps/v1", _SELECTOR),
    ("apps/v1beta2", ("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"), "1.9", "1.16", "apps/v1", _SELECTOR),
    ("admissionregistration.k8s.io/v1beta1", _WEBHOOKS, "1.16", "1.22", "admissionregistration.k8s.io/v1", _WEBHOOK),
    ("apiextensions.k8s.io/v1beta1", ("CustomResourceDefinition",), "1.16", "1.22", "apiextensions.k8s.io/v1", _CRD),
    ("apiregistration.k8s.io/v1beta1", ("APIService",), "1.19", "1.22", "apiregistration.k8s.io/v1", ""),
    ("authentication.k8s.io/v1beta1", ("TokenReview",), "1.19", "1.22", "authentication.k8s.io/v1", ""),
    ("authorization.k8s.io/v1beta1", _REVIEWS, "1.19", "1.22", "authorization.k8s.io/v1", ""),
    (
        "certificates.k8s.io/v1beta1",
        ("CertificateSigningRequest",),
        "1.19",
        "1.22",
        "certificates.k8s.io/v1",
        "spec.signerName must be written",
    ),
    ("coordination.k8s.io/v1beta1", ("Lease",), "1.19", "1.22", "coordination.k8s.io/v1", ""),
    ("networking.k8s.io/v1beta1", ("Ingress",), "1.19", "1.22", "networking.k8s.io/v1", _INGRESS),
    ("networking.k8s.io/v1beta1", ("IngressClass",), "1.19", "1.22", "networking.k8s.io/v1", ""),
    ("rbac.authorization.k8s.io/v1beta1", _RBAC, "1.17", "1.22", "rbac.authorization.k8s.io/v1", ""),
    ("rbac.authorization.k8s.io/v1alpha1", _RBAC, "1.20", "1.23", "rbac.authorization.k8s.io/v1", ""),
    ("scheduling.k8s.io/v1beta1", ("PriorityClass",), "1.14", "1.22", "scheduling.k8s.io/v1", ""),
    ("scheduling.k8s.io/v1alpha1", ("PriorityClass",), "1.17", "1.23", "scheduling.k8s.io/v1", ""),
    ("storage.k8s.io/v1beta1", _STORAGE, "1.19", "1.22", "storage.k8s.io/v1", ""),
    ("storage.k8s.io/v1beta1", ("CSIStorageCapacity",), "1.24", "1.27", "storage.k8s.io/v1", ""),
    ("batch/v1beta1", ("CronJob",), "1.21", "1.25", "batch/v1", ""),
    ("batch/v2alpha1", ("CronJob",), "1.20", "1.21", "batch/v1", ""),
    ("discovery.k8s.io/v1beta1", ("EndpointSlice",), "1.21", "1.25", "discovery.k8s.io/v1", ""),
    ("events.k8s.io/v1beta1", ("Event",), "1.22", "1.25", "events.k8s.io/v1", ""),
    ("autoscaling/v2beta1", ("HorizontalPodAutoscaler",), "1.22", "1.25", "autoscaling/v2", "metrics have a target"),
    ("autoscaling/v2beta2", ("HorizontalPodAutoscaler",), "1.23", "1.26", "autoscaling/v2", ""),
    (
        "policy/v1beta1",
        ("PodDisruptionBudget",),
        "1.21",
        "1.25",
        "policy/v1",
        "an empty selector then selects every pod of the namespace",
    ),
    ("policy/v1beta1", ("PodSecurityPolicy",), "1.21", "1.25", "", _PSP),
    ("node.k8s.io/v1beta1", ("RuntimeClass",), "1.20", "1.25", "node.k8s.io/v1", ""),
    ("node.k8s.io/v1alpha1", ("RuntimeClass",), "1.20", "1.22", "node.k8s.io/v1", ""),
    ("flowcontrol.apiserver.k8s.io/v1beta1", _FLOW, "1.23", "1.26", "flowcontrol.apiserver.k8s.io/v1", _FLOW_V1),
    ("flowcontrol.apiserver.k8s.io/v1beta2", _FLOW, "1.26", "1.29", "flowcontrol.apiserver.k8s.io/v1", ""),
    ("flowcontrol.apiserver.k8s.io/v1beta3", _FLOW, "1.29", "1.32", "flowcontrol.apiserver.k8s.io/v1", ""),
    ("admissionregistration.k8s.io/v1beta1", _POLICIES, "1.31", "1.34", "admissionregistration.k8s.io/v1", ""),
)
API_LIFECYCLES: Final[Mapping[tuple[str, str], ApiLifecycle]] = {
    (api_version, kind): ApiLifecycle(deprecated=deprecated, removed=removed, replaced_by=by, note=note)
    for api_version, kinds, deprecated, removed, by, note in _TABLE
    for kind in kinds
}
