"""The Pod Security Standards for objects that are, or make, pods: 12 checks of baseline and 6 of restricted.

Source of the rules: module `k8s.io/pod-security-admission` v0.34.2; its fixtures are the oracle
(`tests/e2e/test_pod_security_oracle.py`). The server enforces them on Pods and only warns about templates: here a
template is judged as the pod it makes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fairlead.formats.json_data import dig_text
from fairlead.model.finding import Finding
from fairlead.model.objects import ObjectRef
from fairlead.model.pod_security import PodSecurityLevel
from fairlead.planning.rules.pod_security_baseline import BASELINE
from fairlead.planning.rules.pod_security_pod import Check, Violation, pod_in
from fairlead.planning.rules.pod_security_restricted import REPLACED, RESTRICTED

CHECKS: Final[Mapping[PodSecurityLevel, Mapping[str, Check]]] = {
    PodSecurityLevel.PRIVILEGED: {},
    PodSecurityLevel.BASELINE: BASELINE,
    PodSecurityLevel.RESTRICTED: {
        **{name: check for name, check in BASELINE.items() if name not in REPLACED},
        **RESTRICTED,
    },
}
_RELAXED_BY_USER_NAMESPACE: Final = frozenset(("procMount", "runAsNonRoot", "runAsUser"))


def check_pod_security(
    manifest: Mapping[str, Any], *, level: PodSecurityLevel, relax_user_namespaces: bool = False
) -> tuple[Finding, ...]:
    """Each violation of *level* by the pod that *manifest* is or makes; none for other kinds.

    *relax_user_namespaces*: the cluster runs with the feature gate `UserNamespacesPodSecurityStandards` (alpha and off
    in v1.34), which lifts three checks for pods with `hostUsers: false`.
    """
    pod = pod_in(manifest)
    if pod is None:
        return ()
    lifted = _RELAXED_BY_USER_NAMESPACE if relax_user_namespaces and pod.has_user_namespace else frozenset()
    return tuple(
        _finding(manifest, name, level=level, violation=violation)
        for name, check in CHECKS[level].items()
        if name not in lifted
        for violation in check(pod)
    )


def _finding(manifest: Mapping[str, Any], check: str, *, level: PodSecurityLevel, violation: Violation) -> Finding:
    return Finding(
        rule=f"pod-security/{check}",
        message=f"{violation.message} (Pod Security {level})",
        hint=violation.remedy,
        ref=_ref(manifest),
    )


def _ref(manifest: Mapping[str, Any]) -> ObjectRef:
    """As `ref_of`, for manifests that may lack a name (`generateName`)."""
    group, _, version = dig_text(manifest, "apiVersion").rpartition("/")
    name = dig_text(manifest, "metadata", "name") or dig_text(manifest, "metadata", "generateName")
    namespace = dig_text(manifest, "metadata", "namespace")
    return ObjectRef(group=group, version=version, kind=dig_text(manifest, "kind"), namespace=namespace, name=name)
