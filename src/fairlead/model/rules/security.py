"""What phase secure of a deployment, and `fairlead secure`, look for."""

from __future__ import annotations

from typing import Final

from fairlead.model.finding import Severity
from fairlead.model.rule import Rule, Stage


def _rule(rule_id: str, title: str, about: str, *, severity: Severity = Severity.ERROR) -> Rule:
    return Rule(id=rule_id, title=title, stage=Stage.SECURITY, about=about, severity=severity)


_POD_SECURITY: Final = {
    "allowPrivilegeEscalation": "A container that may gain privileges",
    "appArmorProfile": "An AppArmor profile that protects nothing",
    "capabilities_baseline": "A capability that the baseline level forbids",
    "capabilities_restricted": "Capabilities that are not dropped",
    "hostNamespaces": "A pod in a namespace of its node",
    "hostPathVolumes": "A volume from the node's disk",
    "hostPorts": "A port of the node",
    "hostProbesAndHostLifecycle": "A probe or hook of another host",
    "privileged": "A privileged container",
    "procMount": "An unmasked /proc",
    "restrictedVolumes": "A kind of volume that the restricted level forbids",
    "runAsNonRoot": "A container that may run as root",
    "runAsUser": "A container that runs as root",
    "seLinuxOptions": "SELinux options that are forbidden",
    "seccompProfile_baseline": "A container without a seccomp filter",
    "seccompProfile_restricted": "A container that asks for no seccomp filter",
    "sysctls": "A kernel setting that is not safe",
    "windowsHostProcess": "A process of a Windows host",
}
_STANDARDS: Final = (
    "A check of the Pod Security Standards, as `k8s.io/pod-security-admission` v0.34 makes it, at the level that the"
    " environment or the component asks for. Correct the security context as the finding says."
)

RULES: Final = (
    *(_rule(f"pod-security/{check}", title, _STANDARDS) for check, title in _POD_SECURITY.items()),
    _rule("certificate/expiry", "A certificate that ends soon", "Renew it: the finding says when it ends."),
    _rule("certificate/hosts", "A certificate for other hosts", "Clients refuse it: let it name the hosts served."),
    _rule("certificate/strength", "A weak certificate", "Its key or signature is too weak: make it anew."),
    _rule("certificate/chain", "A certificate chain that does not hold", "Put the certificates in their order."),
    _rule("certificate/key", "A key that does not belong to its certificate", "Put the pair together again."),
    _rule("tls/secret", "TLS by a Secret that is not there", "Make the Secret, or correct its name."),
    _rule("tls/plain", "A host that is served without TLS", "Add it to `tls`.", severity=Severity.WARNING),
    _rule("network-policy/missing", "Pods that no NetworkPolicy selects", "Add one that selects them."),
    _rule("rbac/everything", "A role that grants everything", "List what it needs.", severity=Severity.WARNING),
    _rule("rbac/wildcard", "A role with a wildcard", "List what it needs.", severity=Severity.WARNING),
    _rule(
        "rbac/cluster-admin",
        "A binding to cluster-admin",
        "Bind a role with what it needs.",
        severity=Severity.WARNING,
    ),
    _rule(
        "secret-encryption",
        "Secrets that are stored in clear",
        "Give the API server an EncryptionConfiguration.",
        severity=Severity.WARNING,
    ),
)
