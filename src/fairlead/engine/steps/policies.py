"""Phase secure: network policies where the environment enforces them, wildcards in RBAC, encryption of Secrets."""

from __future__ import annotations

from fairlead.engine.deployment import Deployment, Done
from fairlead.engine.steps.judging import judged
from fairlead.engine.steps.nothing import nothing_to_check
from fairlead.formats.json_data import dig
from fairlead.model.finding import Finding
from fairlead.model.objects import Manifest
from fairlead.model.plan import Step
from fairlead.planning.rules.network_policies import check_network_policies
from fairlead.planning.rules.pod_security_pod import pod_in
from fairlead.planning.rules.rbac_wildcards import check_rbac
from fairlead.planning.rules.secret_encryption import check_secret_encryption

ENFORCES = ("security", "enforceNetworkPolicies")
"""The path below `global` in environments/E/values.yaml."""


async def check_policies(_: Step, deployment: Deployment) -> Done:
    live = list((await deployment.deployed_objects()).values())
    if not live:
        return nothing_to_check(deployment)
    findings: list[Finding] = []
    said: list[str] = []
    workloads = [manifest for manifest in live if pod_in(manifest) is not None]
    if dig(deployment.planned.renderer.globals(), *ENFORCES) is True:
        policies = await deployment.site.cluster.list_objects(group="networking.k8s.io", kind="NetworkPolicy")
        findings += [f for m in workloads for f in check_network_policies(m, policies=policies)]
        said.append(f"{len(workloads)} workloads against {len(policies)} network policies (whether the network plugin")
        said[-1] += " enforces them is not evaluated)"
    else:
        said.append(f"network policies are not asked for (global.{'.'.join(ENFORCES)})")
    findings += [f for m in live for f in check_rbac(m)]
    said.append(f"RBAC of {sum('rbac' in str(m.get('apiVersion')) for m in live)} roles and bindings")
    servers = await _api_servers(deployment)
    findings += check_secret_encryption(servers)
    return judged("; ".join(said), findings, deployment, checked=len(live))


async def _api_servers(deployment: Deployment) -> list[Manifest]:
    labels = {"component": "kube-apiserver"}
    found = await deployment.site.cluster.list_objects(group="", kind="Pod", namespace="kube-system", labels=labels)
    return [{"apiVersion": "v1", "kind": "Pod", **pod} for pod in found]
