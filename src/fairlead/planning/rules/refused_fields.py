"""Single fields that the API server refuses: words that are none of the choices, amounts, schedules, keys, sizes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final

from fairlead.formats.json_data import dig, dig_map, dig_text, maps_in
from fairlead.model.objects import ObjectRef
from fairlead.planning.rules.pod_security_pod import pod_in
from fairlead.planning.rules.refused_pods import check_quantities
from fairlead.planning.rules.refused_values import Refusal, is_time_zone, wrong_in_schedule
from fairlead.planning.value_path import Path

_PROTOCOLS: Final = ("TCP", "UDP", "SCTP")
_ROLLING: Final = ("RollingUpdate", "OnDelete")
_MODES: Final = ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod")
_CHOICES: Final[Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]]] = {
    ("", "Service"): {
        "spec.type": ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName"),
        "spec.ports.*.protocol": _PROTOCOLS,
        "spec.externalTrafficPolicy": ("Cluster", "Local"),
        "spec.sessionAffinity": ("None", "ClientIP"),
    },
    ("", "PersistentVolumeClaim"): {"spec.accessModes.*": _MODES, "spec.volumeMode": ("Filesystem", "Block")},
    ("", "PersistentVolume"): {"spec.accessModes.*": _MODES, "spec.volumeMode": ("Filesystem", "Block")},
    ("apps", "Deployment"): {"spec.strategy.type": ("RollingUpdate", "Recreate")},
    ("apps", "DaemonSet"): {"spec.updateStrategy.type": _ROLLING},
    ("apps", "StatefulSet"): {
        "spec.updateStrategy.type": _ROLLING,
        "spec.podManagementPolicy": ("OrderedReady", "Parallel"),
        "spec.volumeClaimTemplates.*.spec.accessModes.*": _MODES,
    },
    ("batch", "CronJob"): {"spec.concurrencyPolicy": ("Allow", "Forbid", "Replace")},
    ("networking.k8s.io", "Ingress"): {
        "spec.rules.*.http.paths.*.pathType": ("Exact", "Prefix", "ImplementationSpecific")
    },
    ("networking.k8s.io", "NetworkPolicy"): {"spec.policyTypes.*": ("Ingress", "Egress")},
}
_OF_PODS: Final[Mapping[str, tuple[str, ...]]] = {
    "restartPolicy": ("Always", "OnFailure", "Never"),
    "dnsPolicy": ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"),
    "containers.*.imagePullPolicy": ("Always", "IfNotPresent", "Never"),
    "initContainers.*.imagePullPolicy": ("Always", "IfNotPresent", "Never"),
    "containers.*.ports.*.protocol": _PROTOCOLS,
}
_DATA_KEY: Final = re.compile(r"(?!\.\.)(?!\.$)[-._a-zA-Z0-9]{1,253}")
_MAX_DATA: Final = 1024 * 1024


def check_fields(manifest: Mapping[str, Any], ref: ObjectRef) -> Iterator[Refusal]:
    yield from _choices(manifest, _CHOICES.get((ref.group, ref.kind), {}), ())
    if pod := pod_in(manifest):
        yield from _choices(pod.spec, _OF_PODS, pod.path)
    match ref.group, ref.kind:
        case "", "ConfigMap" | "Secret":
            yield from _data(manifest, ref.kind)
        case "", "PersistentVolumeClaim":
            amounts = ("spec", "resources", "requests")
            yield from check_quantities(dig_map(manifest, *amounts), amounts)
        case "", "ResourceQuota":
            yield from check_quantities(dig_map(manifest, "spec", "hard"), ("spec", "hard"))
        case "apps", "Deployment":
            yield from _strategy(manifest)
        case "autoscaling", "HorizontalPodAutoscaler":
            yield from _bounds(manifest)
        case "batch", "CronJob":
            yield from _schedule(manifest)
            yield from _time_zone(manifest)
        case "policy", "PodDisruptionBudget":
            yield from _budget(manifest)
        case "rbac.authorization.k8s.io", "ClusterRoleBinding":
            yield from _subjects(manifest)


def _choices(data: Mapping[str, Any], choices: Mapping[str, tuple[str, ...]], above: Path) -> Iterator[Refusal]:
    for words, allowed in choices.items():
        for path, said in _found(data, tuple(words.split(".")), above):
            if isinstance(said, str) and said and said not in allowed:
                name = next(part for part in reversed(path) if isinstance(part, str))
                close = get_close_matches(said, allowed, n=1, cutoff=0.6)
                hint = f"did you mean {close[0]}?" if close else "write one of them"
                yield Refusal(path=path, message=f"{name} is {said}, and not one of {', '.join(allowed)}", hint=hint)


def _found(data: object, words: tuple[str, ...], above: Path) -> Iterator[tuple[Path, object]]:
    if not words:
        yield above, data
    elif words[0] == "*":
        for index, item in enumerate(data if isinstance(data, list) else ()):
            yield from _found(item, words[1:], (*above, index))
    elif isinstance(data, dict) and words[0] in data:
        yield from _found(data[words[0]], words[1:], (*above, words[0]))


def _data(manifest: Mapping[str, Any], kind: str) -> Iterator[Refusal]:
    size = 0
    for field in ("data", "stringData", "binaryData"):
        is_base64 = field == "binaryData" or (kind == "Secret" and field == "data")
        for key, value in dig_map(manifest, field).items():
            stored = len(str(value).encode(errors="replace"))
            size += stored * 3 // 4 if is_base64 else stored
            if not _DATA_KEY.fullmatch(str(key)):
                message = f"{key!r} is no key of a {kind}"
                yield Refusal(path=(field, key), message=message, hint="letters, digits, `-`, `_` and `.` make a key")
    if size > _MAX_DATA:
        message = f"it holds {size} bytes, more than the {_MAX_DATA} that a {kind} may"
        yield Refusal(path=(), message=message, hint="part it, or put the data into an image or a volume")


def _strategy(manifest: Mapping[str, Any]) -> Iterator[Refusal]:
    strategy = dig_map(manifest, "spec", "strategy")
    if strategy.get("type") == "Recreate" and strategy.get("rollingUpdate"):
        message = "the strategy Recreate has no rollingUpdate"
        yield Refusal(path=("spec", "strategy", "rollingUpdate"), message=message, hint="remove it, or set it to null")


def _bounds(manifest: Mapping[str, Any]) -> Iterator[Refusal]:
    least, most = dig(manifest, "spec", "minReplicas"), dig(manifest, "spec", "maxReplicas")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        message = f"minReplicas is {least}, more than maxReplicas, which is {most}"
        yield Refusal(path=("spec", "minReplicas"), message=message, hint="let the least be no more than the most")


def _schedule(manifest: Mapping[str, Any]) -> Iterator[Refusal]:
    schedule = dig_text(manifest, "spec", "schedule")
    if schedule and (wrong := wrong_in_schedule(schedule)):
        hint = "write minute, hour, day of the month, month, day of the week: 0 3 * * 1-5"
        yield Refusal(path=("spec", "schedule"), message=f"{schedule!r} is no schedule: {wrong}", hint=hint)


def _time_zone(manifest: Mapping[str, Any]) -> Iterator[Refusal]:
    zone = dig(manifest, "spec", "timeZone")
    if isinstance(zone, str) and not is_time_zone(zone):
        hint = "write one of the IANA database, such as Europe/Berlin or Etc/UTC"
        yield Refusal(path=("spec", "timeZone"), message=f"{zone!r} is no name of a time zone", hint=hint)


def _budget(manifest: Mapping[str, Any]) -> Iterator[Refusal]:
    spec = dig_map(manifest, "spec")
    if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
        message = "minAvailable and maxUnavailable exclude each other"
        yield Refusal(path=("spec", "maxUnavailable"), message=message, hint="keep one of them")


def _subjects(manifest: Mapping[str, Any]) -> Iterator[Refusal]:
    for index, subject in enumerate(maps_in(manifest.get("subjects"))):
        if subject.get("kind") == "ServiceAccount" and not dig_text(subject, "namespace"):
            message = f"the ServiceAccount {dig_text(subject, 'name')} has no namespace"
            yield Refusal(path=("subjects", index), message=message, hint="a ClusterRoleBinding must name it")
