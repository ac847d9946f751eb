"""Whether an object has become what was asked for, from the object alone.

The rules are those of kstatus (`sigs.k8s.io/cli-utils/pkg/kstatus`), which Flux and Helm 4 use too. Where a deployment
must know more than kstatus says, ours are stricter:

- a Job is current when it has completed (or is suspended), not while it runs; a Pod that failed is not current;
- a workload whose controller has not looked at it yet is in progress, also with no replicas;
- `OnDelete` workloads must be ready, though their rollout is left to whoever deletes the pods;
- a LoadBalancer Service needs an address, unless *load_balancers* is off: some local clusters have nobody to give one;
- an APIService must be available, a lost volume claim has failed, a condition of an older generation does not count.

An object without any status is current: of a custom resource nobody can say whether a status is still to come. Being
unschedulable is in progress here, not failed: kstatus decides that by the clock, and a node may still be added. What
ends a wait before its timeout is not decided here but by the table in `unrecoverable.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from fairlead.formats.json_data import dig, dig_int, dig_map, dig_text
from fairlead.model.health import Health, HealthStatus, current, failed, in_progress
from fairlead.planning.health_conditions import condition, is_true
from fairlead.planning.health_pods import assess_pod
from fairlead.planning.health_workloads import (
    assess_daemon_set,
    assess_deployment,
    assess_job,
    assess_replica_set,
    assess_stateful_set,
)
from fairlead.planning.order import kind_and_group
from fairlead.planning.terminating import find_terminating


def assess(manifest: Mapping[str, Any], *, load_balancers: bool = True) -> Health:
    """The health of the live object *manifest*."""
    if dig(manifest, "metadata", "deletionTimestamp"):
        return Health(status=HealthStatus.TERMINATING, reason="Deleting", message=_deletion(manifest))
    if outdated := _unobserved(manifest) or _standard_conditions(manifest):
        return outdated
    kind = kind_and_group(manifest)
    if kind == "Service" and not load_balancers:
        return current("Ready", "the Service is there")
    return _KINDS.get(kind, _assess_any)(manifest)


def _deletion(manifest: Mapping[str, Any]) -> str:
    found = find_terminating(manifest)
    return str(found).removeprefix(f"{found.ref} is ") if found else ""


def _generation(manifest: Mapping[str, Any]) -> int:
    return dig_int(manifest, "metadata", "generation", default=-1)


def _unobserved(manifest: Mapping[str, Any]) -> Health | None:
    generation = _generation(manifest)
    observed = dig_int(manifest, "status", "observedGeneration", default=-1)
    if -1 in (generation, observed) or observed == generation:
        return None
    return in_progress(
        "LatestGenerationNotObserved", f"the controller has seen generation {observed}, wanted is {generation}"
    )


def _standard_conditions(manifest: Mapping[str, Any]) -> Health | None:
    reconciling, stalled = condition(manifest, "Reconciling"), condition(manifest, "Stalled")
    if is_true(reconciling):
        return in_progress(dig_text(reconciling, "reason") or "Reconciling", dig_text(reconciling, "message"))
    if is_true(stalled):
        return failed(dig_text(stalled, "reason") or "Stalled", dig_text(stalled, "message"))
    return None


def _assess_any(manifest: Mapping[str, Any]) -> Health:
    ready = condition(manifest, "Ready")
    if not ready:
        return current("NoCondition", "the object is there")
    reason, message = dig_text(ready, "reason") or "Ready", dig_text(ready, "message")
    seen = dig_int(ready, "observedGeneration", default=_generation(manifest))
    if seen < _generation(manifest):
        return in_progress("LatestGenerationNotObserved", f"its Ready condition is of generation {seen}")
    return current(reason, message) if is_true(ready) else in_progress(reason, message or "not ready")


def _assess_always(_: Mapping[str, Any]) -> Health:
    return current("Ready", "the object is there")


def _assess_claim(claim: Mapping[str, Any]) -> Health:
    phase = dig_text(claim, "status", "phase") or "unknown"
    if phase == "Bound":
        return current("Bound", f"bound to volume {dig_text(claim, 'spec', 'volumeName') or 'unknown'}")
    if phase == "Lost":
        return failed("Lost", "its volume is gone")
    return in_progress("NotBound", f"not bound to a volume: phase {phase}")


def _assess_service(service: Mapping[str, Any]) -> Health:
    spec = dig_map(service, "spec")
    if spec.get("type") != "LoadBalancer":
        return current("Ready", "the Service is there")
    if not spec.get("clusterIP"):
        return in_progress("NoClusterAddress", "the load balancer has no cluster address yet")
    if dig(service, "status", "loadBalancer", "ingress") or spec.get("externalIPs"):
        return current("Ready", "the load balancer has an address")
    return in_progress("NoLoadBalancerAddress", "nobody has given the load balancer an address yet")


def _assess_definition(definition: Mapping[str, Any]) -> Health:
    names, established = condition(definition, "NamesAccepted"), condition(definition, "Established")
    if names.get("status") == "False":
        return failed(dig_text(names, "reason"), dig_text(names, "message"))
    if is_true(established):
        return current("Established", "the kind is served")
    if established.get("status") == "False" and established.get("reason") != "Installing":
        return failed(dig_text(established, "reason"), dig_text(established, "message"))
    return in_progress("Installing", "the kind is not served yet")


def _assess_api_service(api_service: Mapping[str, Any]) -> Health:
    available = condition(api_service, "Available")
    reason, message = dig_text(available, "reason"), dig_text(available, "message")
    if is_true(available):
        return current(reason or "Available", message or "the API is available")
    return in_progress(reason or "NotAvailable", message or "the API server has not reached it yet")


_KINDS: Final[Mapping[str, Callable[[Mapping[str, Any]], Health]]] = {
    "APIService.apiregistration.k8s.io": _assess_api_service,
    "ConfigMap": _assess_always,
    "CronJob.batch": _assess_always,
    "CustomResourceDefinition.apiextensions.k8s.io": _assess_definition,
    "DaemonSet.apps": assess_daemon_set,
    "Deployment.apps": assess_deployment,
    "Job.batch": assess_job,
    "PersistentVolumeClaim": _assess_claim,
    "Pod": assess_pod,
    "PodDisruptionBudget.policy": _assess_always,
    "ReplicaSet.apps": assess_replica_set,
    "ReplicationController": assess_replica_set,
    "Secret": _assess_always,
    "Service": _assess_service,
    "StatefulSet.apps": assess_stateful_set,
}
