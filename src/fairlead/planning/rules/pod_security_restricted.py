"""The restricted level of the Pod Security Standards, as `k8s.io/pod-security-admission` v0.34 judges it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from fairlead.formats.json_data import as_list, dig, dig_text
from fairlead.planning.rules.pod_security_baseline import ALLOWED_PROFILES, forbidden_profiles
from fairlead.planning.rules.pod_security_pod import Check, SecuredPod, Violation

ALLOWED_VOLUMES: Final = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
]


def volume_types(pod: SecuredPod) -> Iterator[Violation]:
    for volume in pod.volumes():
        kinds = [field for field, source in volume.items() if field != "name" and source is not None]
        # A volume without a source becomes an emptyDir before admission sees it.
        if kinds and not any(kind in ALLOWED_VOLUMES for kind in kinds):
            yield Violation(
                place=f"volume {dig_text(volume, 'name')}",
                field=kinds[0],
                says="is not an allowed volume type",
                remedy=f"allowed are {', '.join(ALLOWED_VOLUMES)}",
            )


def privilege_escalation(pod: SecuredPod) -> Iterator[Violation]:
    if pod.is_windows:
        return
    for place, context in pod.container_contexts():
        if context.get("allowPrivilegeEscalation") is not False:
            field = "securityContext.allowPrivilegeEscalation"
            yield Violation(place=place, field=field, says="must be false", remedy=f"set {field} to false")


def run_as_non_root(pod: SecuredPod) -> Iterator[Violation]:
    of_pod = dig(pod.spec, "securityContext", "runAsNonRoot")
    if of_pod is False:
        yield _not_root("the pod")
    for place, context in pod.container_contexts():
        of_container = context.get("runAsNonRoot")
        if of_container is False or (of_container is None and of_pod is None):
            yield _not_root(place)


def _not_root(place: str) -> Violation:
    field = "securityContext.runAsNonRoot"
    return Violation(
        place=place, field=field, says="must be true", remedy=f"set {field} to true for the pod or each container"
    )


def run_as_user(pod: SecuredPod) -> Iterator[Violation]:
    for place, context in pod.security_contexts():
        if context.get("runAsUser") == 0 and context.get("runAsUser") is not False:
            field = "securityContext.runAsUser"
            yield Violation(place=place, field=field, says="must not be 0", remedy="use another user, or leave it out")


def seccomp(pod: SecuredPod) -> Iterator[Violation]:
    if pod.is_windows:
        return
    yield from forbidden_profiles(pod, "seccompProfile")
    if dig(pod.spec, "securityContext", "seccompProfile") is not None:
        return
    for place, context in pod.container_contexts():
        if context.get("seccompProfile") is None:
            yield _missing_profile(place)


def _missing_profile(place: str) -> Violation:
    allowed = " or ".join(sorted(ALLOWED_PROFILES, reverse=True))
    return Violation(
        place=place,
        field="securityContext.seccompProfile.type",
        says="must be set",
        remedy=f"set it to {allowed} for the pod or each container",
    )


def capabilities(pod: SecuredPod) -> Iterator[Violation]:
    if pod.is_windows:
        return
    for place, context in pod.container_contexts():
        if "ALL" not in as_list(dig(context, "capabilities", "drop")):
            field = "securityContext.capabilities.drop"
            yield Violation(place=place, field=field, says="must hold ALL", remedy=f'set {field} to ["ALL"]')
        yield from _added_capabilities(place, context)


def _added_capabilities(place: str, context: Mapping[str, Any]) -> Iterator[Violation]:
    added = {str(name) for name in as_list(dig(context, "capabilities", "add"))}
    if forbidden := sorted(added - {"NET_BIND_SERVICE"}):
        yield Violation(
            place=place,
            field="securityContext.capabilities.add",
            says=f"must not hold {', '.join(forbidden)}",
            remedy="only NET_BIND_SERVICE may be added",
        )


RESTRICTED: Final[Mapping[str, Check]] = {
    "allowPrivilegeEscalation": privilege_escalation,
    "capabilities_restricted": capabilities,
    "restrictedVolumes": volume_types,
    "runAsNonRoot": run_as_non_root,
    "runAsUser": run_as_user,
    "seccompProfile_restricted": seccomp,
}
REPLACED: Final = frozenset(("capabilities_baseline", "hostPathVolumes", "seccompProfile_baseline"))
"""The baseline checks that a restricted one replaces, also for the Windows pods it exempts."""
