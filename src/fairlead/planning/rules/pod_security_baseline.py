"""The baseline level of the Pod Security Standards, as `k8s.io/pod-security-admission` v0.34 judges it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from fairlead.formats.json_data import as_list, as_map, dig, dig_map, dig_text, maps_in
from fairlead.planning.rules.pod_security_pod import Check, SecuredPod, Violation

ALLOWED_CAPABILITIES: Final = frozenset(
    [
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    ]
)
ALLOWED_SYSCTLS: Final = frozenset(
    [
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ping_group_range",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_rmem",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.tcp_wmem",
    ]
)
ALLOWED_SELINUX_TYPES: Final = frozenset(
    ("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t")
)
ALLOWED_PROFILES: Final = frozenset(("RuntimeDefault", "Localhost"))
_APPARMOR_ANNOTATION: Final = "container.apparmor.security.beta.kubernetes.io/"
_PROFILE_REMEDY: Final = "use RuntimeDefault or Localhost"


def host_namespaces(pod: SecuredPod) -> Iterator[Violation]:
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.spec.get(field) is True:
            yield Violation(place="the pod", field=field, says="must not be true", remedy=f"remove {field}")


def privileged(pod: SecuredPod) -> Iterator[Violation]:
    for place, context in pod.container_contexts():
        if context.get("privileged") is True:
            field = "securityContext.privileged"
            yield Violation(place=place, field=field, says="must not be true", remedy=f"remove {field}")


def capabilities(pod: SecuredPod) -> Iterator[Violation]:
    for place, context in pod.container_contexts():
        added = as_list(dig(context, "capabilities", "add"))
        if forbidden := sorted({str(name) for name in added} - ALLOWED_CAPABILITIES):
            yield Violation(
                place=place,
                field="securityContext.capabilities.add",
                says=f"must not hold {', '.join(forbidden)}",
                remedy=f"allowed are {', '.join(sorted(ALLOWED_CAPABILITIES))}",
            )


def host_path_volumes(pod: SecuredPod) -> Iterator[Violation]:
    for volume in pod.volumes():
        if volume.get("hostPath") is not None:
            place = f"volume {dig_text(volume, 'name')}"
            yield Violation(
                place=place, field="hostPath", says="is not allowed", remedy="use a volume claim, or an emptyDir"
            )


def host_ports(pod: SecuredPod) -> Iterator[Violation]:
    for place, container in pod.containers():
        ports = [port["hostPort"] for port in maps_in(container.get("ports")) if port.get("hostPort")]
        if ports:
            says = f"must not be set (is {', '.join(map(str, ports))})"
            yield Violation(place=place, field="ports[*].hostPort", says=says, remedy="publish the port by a Service")


def host_probes(pod: SecuredPod) -> Iterator[Violation]:
    for place, container in pod.containers():
        for field, handler in _handlers(container):
            for action in ("httpGet", "tcpSocket"):
                if host := dig_text(handler, action, "host"):
                    yield Violation(
                        place=place,
                        field=f"{field}.{action}.host",
                        says=f"must not be set (is {host})",
                        remedy="without it the pod's own address is asked",
                    )


def _handlers(container: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for field in ("livenessProbe", "readinessProbe", "startupProbe"):
        yield field, dig_map(container, field)
    for field in ("postStart", "preStop"):
        yield f"lifecycle.{field}", dig_map(container, "lifecycle", field)


def app_armor(pod: SecuredPod) -> Iterator[Violation]:
    yield from forbidden_profiles(pod, "appArmorProfile")
    for name, value in pod.annotations.items():
        text = str(value)
        if name.startswith(_APPARMOR_ANNOTATION) and not _is_allowed_armor(text):
            container = name.removeprefix(_APPARMOR_ANNOTATION)
            yield Violation(
                place=f"container {container}",
                field=f"annotation {name}",
                says=f"must not be {text}",
                remedy="use runtime/default or localhost/<profile>",
            )


def _is_allowed_armor(profile: str) -> bool:
    return profile in ("", "runtime/default") or profile.startswith("localhost/")


def seccomp(pod: SecuredPod) -> Iterator[Violation]:
    yield from forbidden_profiles(pod, "seccompProfile")


def forbidden_profiles(pod: SecuredPod, field: str) -> Iterator[Violation]:
    """Every security context whose *field* (`seccompProfile`, `appArmorProfile`) is set to a type that is too weak."""
    for place, context in pod.security_contexts():
        profile = context.get(field)
        kind = dig_text(profile, "type")
        if profile is not None and kind not in ALLOWED_PROFILES:
            says = f"must not be {kind}" if kind else "must be set"
            yield Violation(place=place, field=f"securityContext.{field}.type", says=says, remedy=_PROFILE_REMEDY)


def selinux(pod: SecuredPod) -> Iterator[Violation]:
    for place, context in pod.security_contexts():
        options = as_map(context.get("seLinuxOptions"))
        field = "securityContext.seLinuxOptions"
        if (kind := dig_text(options, "type")) not in ALLOWED_SELINUX_TYPES:
            remedy = f"allowed are {', '.join(sorted(filter(None, ALLOWED_SELINUX_TYPES)))}"
            yield Violation(place=place, field=f"{field}.type", says=f"must not be {kind}", remedy=remedy)
        for name in ("user", "role"):
            if dig_text(options, name):
                yield Violation(
                    place=place, field=f"{field}.{name}", says="must not be set", remedy=f"remove {field}.{name}"
                )


def proc_mount(pod: SecuredPod) -> Iterator[Violation]:
    for place, context in pod.container_contexts():
        found = context.get("procMount")
        if found not in (None, "Default"):
            field = "securityContext.procMount"
            yield Violation(place=place, field=field, says=f"must not be {found}", remedy=f"remove {field}")


def sysctls(pod: SecuredPod) -> Iterator[Violation]:
    for sysctl in maps_in(dig(pod.spec, "securityContext", "sysctls")):
        if (name := dig_text(sysctl, "name")) not in ALLOWED_SYSCTLS:
            yield Violation(
                place="the pod",
                field="securityContext.sysctls",
                says=f"must not set {name}",
                remedy=f"allowed are {', '.join(sorted(ALLOWED_SYSCTLS))}",
            )


def windows_host_process(pod: SecuredPod) -> Iterator[Violation]:
    for place, context in pod.security_contexts():
        if dig(context, "windowsOptions", "hostProcess") is True:
            field = "securityContext.windowsOptions.hostProcess"
            yield Violation(place=place, field=field, says="must not be true", remedy=f"remove {field}")


BASELINE: Final[Mapping[str, Check]] = {
    "appArmorProfile": app_armor,
    "capabilities_baseline": capabilities,
    "hostNamespaces": host_namespaces,
    "hostPathVolumes": host_path_volumes,
    "hostPorts": host_ports,
    "hostProbesAndHostLifecycle": host_probes,
    "privileged": privileged,
    "procMount": proc_mount,
    "seLinuxOptions": selinux,
    "seccompProfile_baseline": seccomp,
    "sysctls": sysctls,
    "windowsHostProcess": windows_host_process,
}
