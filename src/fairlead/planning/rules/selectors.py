"""Selectors that select nothing. Nothing is said where pods may come from somewhere else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from fairlead.formats.json_data import dig_map, dig_text
from fairlead.model.finding import Finding, Severity
from fairlead.planning.rules.environment_objects import EnvironmentObjects, JudgedObject, Judgement
from fairlead.planning.rules.pod_security_pod import pod_in

_WORKLOADS: Final = frozenset({"Deployment", "DaemonSet", "StatefulSet", "ReplicaSet"})
_NEVER_MAKE_PODS: Final = frozenset(
    {
        "admissionregistration.k8s.io",
        "apiextensions.k8s.io",
        "apiregistration.k8s.io",
        "autoscaling",
        "cert-manager.io",
        "coordination.k8s.io",
        "discovery.k8s.io",
        "external-secrets.io",
        "gateway.networking.k8s.io",
        "networking.k8s.io",
        "node.k8s.io",
        "policy",
        "rbac.authorization.k8s.io",
        "scheduling.k8s.io",
        "storage.k8s.io",
        "traefik.containo.us",
        "traefik.io",
        "",
    }
)
"""Groups whose objects make no pods. What an operator makes of any other, nobody knows here."""
_OF_WORKLOADS: Final = ("apps", "batch")
_MONITORS: Final = frozenset({"ServiceMonitor", "PodMonitor", "PrometheusRule"})


def check_own_selectors(scene: EnvironmentObjects) -> Iterator[Judgement]:
    """A workload whose selector does not take its own pods: the API server refuses it."""
    for index, one in enumerate(scene.objects):
        if one.ref.group != "apps" or one.ref.kind not in _WORKLOADS:
            continue
        wanted = dig_map(one.manifest, "spec", "selector", "matchLabels")
        pod = pod_in(one.manifest)
        labels = pod.labels if pod else {}
        missed = sorted(key for key, value in wanted.items() if labels.get(key) != value)
        if missed and not _is_open(wanted, labels):
            finding = Finding(
                rule="selector-mismatch",
                message=f"its selector does not take its own pods: {', '.join(missed)} differs",
                hint="let spec.template.metadata.labels have what spec.selector asks for",
                ref=one.ref,
            )
            yield Judgement(index=index, finding=finding, path=("spec", "selector", "matchLabels", missed[0]))


def check_service_selectors(scene: EnvironmentObjects) -> Iterator[Judgement]:
    """A Service that selects no pod, where its component has pods with such labels at other values, and nothing that
    would make others."""
    for index, one in enumerate(scene.objects):
        wanted = dig_map(one.manifest, "spec", "selector")
        if one.ref.group or one.ref.kind != "Service" or not wanted or _is_open(wanted) or one.is_open:
            continue
        if dig_text(one.manifest, "spec", "type") == "ExternalName" or not _makes_all_its_pods(scene, one):
            continue
        pods = [*_pod_labels(scene, one.ref.namespace)]
        if any(wanted.items() <= labels.items() for labels in pods):
            continue
        # A label that no pod has may be given to running ones: Vault marks its active pod, Longhorn its webhooks.
        if not any(wanted.keys() <= labels.keys() for labels in pods):
            continue
        said = ", ".join(f"{key}={value}" for key, value in sorted(wanted.items()))
        finding = Finding(
            rule="selector-matches-nothing",
            message=f"no pod of the environment has the labels it selects: {said}",
            hint="correct the selector, or the labels of the pods",
            severity=Severity.WARNING,
            ref=one.ref,
        )
        yield Judgement(index=index, finding=finding, path=("spec", "selector"))


def _makes_all_its_pods(scene: EnvironmentObjects, service: JudgedObject) -> bool:
    """Whether the component has pods beside *service*, and no custom resource that an operator may make pods of."""
    mine = [one for one in scene.objects if one.component == service.component]
    if any(_may_make_pods(one) for one in mine):
        return False
    return any(pod_in(one.manifest) for one in mine if one.ref.namespace == service.ref.namespace)


def _may_make_pods(one: JudgedObject) -> bool:
    if one.ref.group in _OF_WORKLOADS:
        return pod_in(one.manifest) is None and one.ref.kind != "ControllerRevision"
    return one.ref.group not in _NEVER_MAKE_PODS and one.ref.kind not in _MONITORS


def _pod_labels(scene: EnvironmentObjects, namespace: str) -> Iterator[Mapping[str, Any]]:
    for one in scene.by_namespace.get(namespace, ()):
        if pod := pod_in(one.manifest):
            yield dig_map(one.manifest, "metadata", "labels") if one.ref.kind == "Pod" else pod.labels


def _is_open(*labels: Mapping[str, Any]) -> bool:
    return any("${" in str(text) for each in labels for pair in each.items() for text in pair)
