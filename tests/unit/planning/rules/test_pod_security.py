"""One violating pod per check, and the places a pod can stand in.

What the checks allow is judged by the API server's own fixtures: `tests/e2e/test_pod_security_oracle.py`.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.model.pod_security import PodSecurityLevel
from fairlead.planning.rules.pod_security import CHECKS, check_pod_security
from fairlead.planning.rules.pod_security_restricted import REPLACED

BASELINE, RESTRICTED = PodSecurityLevel.BASELINE, PodSecurityLevel.RESTRICTED
SAFE_CONTEXT = {
    "allowPrivilegeEscalation": False,
    "runAsNonRoot": True,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


def container(name: str = "web", **fields: Any) -> dict[str, Any]:
    return {"name": name, "securityContext": SAFE_CONTEXT, **fields}


def secured(**context: Any) -> dict[str, Any]:
    return container(securityContext=SAFE_CONTEXT | context)


def pod(*containers: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p"},
        "spec": {"containers": list(containers) or [container()], **spec},
    }


def said(manifest: dict[str, Any], level: PodSecurityLevel, **options: bool) -> list[tuple[str, str]]:
    findings = check_pod_security(manifest, level=level, **options)
    return [(each.rule.removeprefix("pod-security/"), each.message.partition(" (Pod Security")[0]) for each in findings]


ARMOR = "container.apparmor.security.beta.kubernetes.io/web"
VIOLATIONS = {
    "appArmorProfile": (
        pod(securityContext={"appArmorProfile": {"type": "Unconfined"}}),
        "the pod: securityContext.appArmorProfile.type must not be Unconfined",
    ),
    "capabilities_baseline": (
        pod(secured(capabilities={"add": ["NET_RAW", "CHOWN"]})),
        "container web: securityContext.capabilities.add must not hold NET_RAW",
    ),
    "hostNamespaces": (pod(hostPID=True), "the pod: hostPID must not be true"),
    "hostPathVolumes": (pod(volumes=[{"name": "v", "hostPath": {"path": "/"}}]), "volume v: hostPath is not allowed"),
    "hostPorts": (
        pod(container(ports=[{"containerPort": 80, "hostPort": 8080}])),
        "container web: ports[*].hostPort must not be set (is 8080)",
    ),
    "hostProbesAndHostLifecycle": (
        pod(container(lifecycle={"preStop": {"tcpSocket": {"host": "10.0.0.1"}}})),
        "container web: lifecycle.preStop.tcpSocket.host must not be set (is 10.0.0.1)",
    ),
    "privileged": (pod(secured(privileged=True)), "container web: securityContext.privileged must not be true"),
    "procMount": (
        pod(secured(procMount="Unmasked")),
        "container web: securityContext.procMount must not be Unmasked",
    ),
    "seLinuxOptions": (
        pod(securityContext={"seLinuxOptions": {"role": "sysadm_r"}}),
        "the pod: securityContext.seLinuxOptions.role must not be set",
    ),
    "seccompProfile_baseline": (
        pod(secured(seccompProfile={"type": "Unconfined"})),
        "container web: securityContext.seccompProfile.type must not be Unconfined",
    ),
    "sysctls": (
        pod(securityContext={"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}),
        "the pod: securityContext.sysctls must not set kernel.msgmax",
    ),
    "windowsHostProcess": (
        pod(securityContext={"windowsOptions": {"hostProcess": True}}),
        "the pod: securityContext.windowsOptions.hostProcess must not be true",
    ),
    "allowPrivilegeEscalation": (
        pod(secured(allowPrivilegeEscalation=None)),
        "container web: securityContext.allowPrivilegeEscalation must be false",
    ),
    "capabilities_restricted": (
        pod(secured(capabilities={"drop": ["ALL"], "add": ["CHOWN"]})),
        "container web: securityContext.capabilities.add must not hold CHOWN",
    ),
    "restrictedVolumes": (
        pod(volumes=[{"name": "v", "nfs": {"server": "n", "path": "/"}}]),
        "volume v: nfs is not an allowed volume type",
    ),
    "runAsNonRoot": (pod(secured(runAsNonRoot=False)), "container web: securityContext.runAsNonRoot must be true"),
    "runAsUser": (pod(securityContext={"runAsUser": 0}), "the pod: securityContext.runAsUser must not be 0"),
    "seccompProfile_restricted": (
        pod(secured(seccompProfile=None)),
        "container web: securityContext.seccompProfile.type must be set",
    ),
}


def test_every_check_has_a_case() -> None:
    assert set(VIOLATIONS) == set(CHECKS[BASELINE]) | set(CHECKS[RESTRICTED])
    assert (len(CHECKS[BASELINE]), len(CHECKS[RESTRICTED])) == (12, 15)


@pytest.mark.parametrize("check", VIOLATIONS)
def test_a_violation_is_named_with_its_container_and_field(check: str) -> None:
    manifest, message = VIOLATIONS[check]
    level = BASELINE if check in CHECKS[BASELINE] else RESTRICTED
    assert said(manifest, level) == [(check, message)]


@pytest.mark.parametrize("check", sorted(set(VIOLATIONS) - set(REPLACED)))
def test_restricted_reports_each_violation_once(check: str) -> None:
    assert [rule for rule, _ in said(VIOLATIONS[check][0], RESTRICTED)].count(check) == 1


@pytest.mark.parametrize("check", VIOLATIONS)
def test_privileged_forbids_nothing(check: str) -> None:
    assert said(VIOLATIONS[check][0], PodSecurityLevel.PRIVILEGED) == []


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("apps/v1", "Deployment"),
        ("apps/v1", "StatefulSet"),
        ("apps/v1", "DaemonSet"),
        ("apps/v1", "ReplicaSet"),
        ("v1", "ReplicationController"),
        ("batch/v1", "Job"),
    ],
)
def test_the_template_of_a_workload_is_judged(api_version: str, kind: str) -> None:
    manifest = {"apiVersion": api_version, "kind": kind, "spec": {"template": {"spec": pod(hostIPC=True)["spec"]}}}
    assert [rule for rule, _ in said(manifest, BASELINE)] == ["hostNamespaces"]


def test_the_template_of_a_cron_job_is_judged() -> None:
    template = {"metadata": {"annotations": {ARMOR: "unconfined"}}, "spec": pod()["spec"]}
    cron = {"apiVersion": "batch/v1", "kind": "CronJob", "spec": {"jobTemplate": {"spec": {"template": template}}}}
    assert said(cron, BASELINE) == [("appArmorProfile", f"container web: annotation {ARMOR} must not be unconfined")]


def test_a_deployment_of_another_group_is_not_judged() -> None:
    assert said({"apiVersion": "example.com/v1", "kind": "Pod", "spec": {"hostPID": True}}, BASELINE) == []


@pytest.mark.parametrize(
    ("field", "place"), [("initContainers", "init container x"), ("ephemeralContainers", "ephemeral container x")]
)
def test_every_sort_of_container_is_judged(field: str, place: str) -> None:
    found = said(pod(**{field: [{"name": "x", "securityContext": SAFE_CONTEXT | {"privileged": True}}]}), BASELINE)
    assert found == [("privileged", f"{place}: securityContext.privileged must not be true")]


def test_a_bare_windows_pod_need_not_say_what_windows_lacks() -> None:
    bare = pod({"name": "web", "securityContext": {"runAsNonRoot": True}}, os={"name": "windows"})
    assert said(bare, RESTRICTED) == []


def test_a_user_namespace_helps_only_where_the_cluster_says_so() -> None:
    root = pod(secured(runAsNonRoot=False, runAsUser=0, procMount="Unmasked"), hostUsers=False)
    assert [rule for rule, _ in said(root, RESTRICTED)] == ["procMount", "runAsNonRoot", "runAsUser"]
    assert said(root, RESTRICTED, relax_user_namespaces=True) == []


def test_a_volume_without_a_source_is_an_empty_folder() -> None:
    assert said(pod(volumes=[{"name": "v"}, {"name": "w", "hostPath": None}]), RESTRICTED) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 1) | st.sampled_from(["ALL", "windows", "x"]),
    lambda below: (
        st.lists(below, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                ["containers", "volumes", "securityContext", "capabilities", "add", "ports", "os", "name", "lifecycle"]
            ),
            below,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(spec=JSON, level=st.sampled_from(PodSecurityLevel))
def test_any_shape_gives_an_answer(spec: Any, level: PodSecurityLevel) -> None:
    check_pod_security({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec}, level=level)


@pytest.mark.parametrize("kind", ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"])
def test_the_selinux_types_of_containers_are_allowed(kind: str) -> None:
    assert said(pod(securityContext={"seLinuxOptions": {"type": kind}}), BASELINE) == []
