"""What a schema allows and Kubernetes does not take: the API server refuses it, or the kubelet cannot run it.

Each check knows one noun and says what is certain without a cluster. Sources: `pkg/apis/*/validation` of
kubernetes/kubernetes, and RFC 1035 and 1123 for names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from fairlead.model.finding import Finding
from fairlead.planning.rules.environment_objects import EnvironmentObjects, JudgedObject, Judgement
from fairlead.planning.rules.pod_security_pod import pod_in
from fairlead.planning.rules.refused_fields import check_fields
from fairlead.planning.rules.refused_names import check_labels, check_name, check_namespace
from fairlead.planning.rules.refused_networks import check_network_policy
from fairlead.planning.rules.refused_pods import check_pod
from fairlead.planning.rules.refused_services import check_ingress, check_service
from fairlead.planning.rules.refused_values import Refusal
from fairlead.planning.value_path import value_at

_BY_KIND: Final[Mapping[tuple[str, str], Callable[[Mapping[str, Any]], Iterator[Refusal]]]] = {
    ("", "Service"): check_service,
    ("networking.k8s.io", "Ingress"): check_ingress,
    ("networking.k8s.io", "NetworkPolicy"): check_network_policy,
}


def check_refusals(scene: EnvironmentObjects) -> Iterator[Judgement]:
    namespaces: set[str] = set()
    for index, one in enumerate(scene.objects):
        refusals = [*_refusals(one)]
        if one.ref.namespace not in namespaces:
            namespaces.add(one.ref.namespace)
            refusals += check_namespace(one.manifest)
        for refusal in refusals:
            if not _is_filled_in_later(value_at(one.manifest, refusal.path)):
                finding = Finding(rule="object-invalid", message=refusal.message, hint=refusal.hint, ref=one.ref)
                yield Judgement(index=index, finding=finding, path=refusal.path)


def _refusals(one: JudgedObject) -> Iterator[Refusal]:
    yield from check_name(one.manifest, one.ref)
    yield from check_labels(one.manifest, one.ref)
    yield from check_fields(one.manifest, one.ref)
    if check := _BY_KIND.get((one.ref.group, one.ref.kind)):
        yield from check(one.manifest)
    if pod := pod_in(one.manifest):
        yield from check_pod(pod, one.manifest, one.ref)


def _is_filled_in_later(value: object) -> bool:
    return isinstance(value, str) and ("${" in value or "{{" in value)
