"""Workloads whose pods no NetworkPolicy selects: they take traffic from everybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from fairlead.formats.json_data import as_list, dig_map, dig_text, maps_in
from fairlead.model.finding import Finding
from fairlead.model.objects import ref_of
from fairlead.planning.rules.pod_security_pod import pod_in

_OWNED: Final = ("ReplicaSet", "Pod")
"""Looked at only where nothing else owns them."""


def check_network_policies(
    manifest: Mapping[str, Any], *, policies: Sequence[Mapping[str, Any]]
) -> tuple[Finding, ...]:
    """*policies* of all namespaces; those of another one do not count. Pods on the node's network are out of reach of
    any policy, and are Pod Security's business."""
    pod = pod_in(manifest)
    if pod is None or pod.spec.get("hostNetwork") is True or _is_owned(manifest):
        return ()
    namespace = dig_text(manifest, "metadata", "namespace")
    beside = [policy for policy in policies if dig_text(policy, "metadata", "namespace") == namespace]
    if any(selects(dig_map(policy, "spec", "podSelector"), pod.labels) for policy in beside):
        return ()
    return (
        Finding(
            rule="network-policy/missing",
            message="no NetworkPolicy selects its pods, and the environment enforces network policies",
            hint=f"add a NetworkPolicy to namespace {namespace} that selects them; an empty podSelector selects all",
            ref=ref_of(manifest),
        ),
    )


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a label selector matches *labels*; an empty one matches everything."""
    wanted = dig_map(selector, "matchLabels")
    return all(labels.get(key) == value for key, value in wanted.items()) and _meets(
        maps_in(selector.get("matchExpressions")), labels
    )


def _meets(expressions: Iterable[Mapping[str, Any]], labels: Mapping[str, str]) -> bool:
    return all(_meets_one(expression, labels) for expression in expressions)


def _meets_one(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key, values = dig_text(expression, "key"), as_list(expression.get("values"))
    match expression.get("operator"):
        case "In":
            return key in labels and labels[key] in values
        case "NotIn":
            return key not in labels or labels[key] not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
        case _:
            return False


def _is_owned(manifest: Mapping[str, Any]) -> bool:
    owners = maps_in(dig_map(manifest, "metadata").get("ownerReferences"))
    return manifest.get("kind") in _OWNED and bool(owners)
