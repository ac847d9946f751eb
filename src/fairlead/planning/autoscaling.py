"""Workloads whose number of replicas belongs to an autoscaler, so that we must not apply one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from fairlead.formats.json_data import as_map, dig, dig_map, dig_text
from fairlead.formats.managed_fields import owners_of
from fairlead.model.objects import Manifest, ObjectRef, ref_of

ScaleTarget = tuple[str, str, str, str]
"""API group, kind, namespace and name of a workload."""

REPLICAS: Final = ".spec.replicas"
_AUTOSCALERS: Final = frozenset((("autoscaling", "HorizontalPodAutoscaler"), ("keda.sh", "ScaledObject")))


def hpa_targets(manifests: Iterable[Mapping[str, Any]]) -> frozenset[ScaleTarget]:
    """What the HorizontalPodAutoscalers (and KEDA ScaledObjects, which make one each) among *manifests* scale."""
    return frozenset(
        _target(manifest)
        for manifest in manifests
        if (_group(manifest.get("apiVersion")), manifest.get("kind")) in _AUTOSCALERS
    )


def drop_hpa_replicas(
    manifests: Iterable[Manifest], *, also_live_hpas: Iterable[Mapping[str, Any]] = ()
) -> tuple[Manifest, ...]:
    """*manifests* without `spec.replicas` where an autoscaler, one of them or of *also_live_hpas*, sets it."""
    objects = tuple(manifests)
    targets = hpa_targets(objects) | hpa_targets(also_live_hpas)
    return tuple(_without_replicas(each) if _identity(each) in targets else each for each in objects)


def find_scaled(
    manifests: Iterable[Manifest], *, also_live_hpas: Iterable[Mapping[str, Any]] = ()
) -> frozenset[ObjectRef]:
    """Those of *manifests* that an autoscaler, one of them or of *also_live_hpas*, scales."""
    objects = tuple(manifests)
    targets = hpa_targets(objects) | hpa_targets(also_live_hpas)
    return frozenset(ref_of(each) for each in objects if _identity(each) in targets)


def owns_replicas(live: Mapping[str, Any], manager: str) -> bool:
    """Whether only *manager* owns the number of replicas: were it to leave it out, Kubernetes would make it 1."""
    return {owner.manager for owner in owners_of(live, REPLICAS)} == {manager}


def keep_replicas(wanted: Manifest, live: Manifest) -> Manifest:
    """*wanted* with as many replicas as *live* has, unless it states a number."""
    spec, now = as_map(wanted.get("spec")), dig(live, "spec", "replicas")
    return wanted if "replicas" in spec or now is None else {**wanted, "spec": {**spec, "replicas": now}}


def leave_to_autoscalers(
    wanted: Mapping[ObjectRef, Manifest],
    live: Mapping[ObjectRef, Manifest],
    autoscalers: Iterable[Mapping[str, Any]],
    *,
    manager: str,
) -> dict[ObjectRef, Manifest]:
    """*wanted*, as recorded before there was one of *autoscalers*, without the replicas that somebody else has set
    since: as long as only *manager* owns the number, Kubernetes would make it 1 if it were left out."""
    targets = hpa_targets(autoscalers)

    def is_theirs(ref: ObjectRef, manifest: Manifest) -> bool:
        owners = {owner.manager for owner in owners_of(live.get(ref, {}), REPLICAS)}
        return _identity(manifest) in targets and bool(owners - {manager})

    return {ref: _without_replicas(m) if is_theirs(ref, m) else m for ref, m in wanted.items()}


def is_scaled_by(targets: Collection[ScaleTarget], manifest: Mapping[str, Any]) -> bool:
    """Whether one of *targets* (see `hpa_targets`) is *manifest*."""
    return _identity(manifest) in targets


def _target(autoscaler: Mapping[str, Any]) -> ScaleTarget:
    target = dig_map(autoscaler, "spec", "scaleTargetRef")
    is_keda = autoscaler.get("kind") == "ScaledObject"
    kind = dig_text(target, "kind") or ("Deployment" if is_keda else "")
    group = _group(target.get("apiVersion") or ("apps/v1" if is_keda else ""))
    return group, kind, dig_text(autoscaler, "metadata", "namespace"), dig_text(target, "name")


def _identity(manifest: Mapping[str, Any]) -> ScaleTarget:
    metadata = dig_map(manifest, "metadata")
    return (
        _group(manifest.get("apiVersion")),
        dig_text(manifest, "kind"),
        dig_text(metadata, "namespace"),
        dig_text(metadata, "name"),
    )


def _group(api_version: object) -> str:
    group = api_version.rpartition("/")[0] if isinstance(api_version, str) else ""
    # Old charts still name the group that Deployments left in Kubernetes 1.16.
    return "apps" if group == "extensions" else group


def _without_replicas(manifest: Manifest) -> Manifest:
    spec = as_map(manifest.get("spec"))
    if "replicas" not in spec:
        return manifest
    return {**manifest, "spec": {name: value for name, value in spec.items() if name != "replicas"}}
