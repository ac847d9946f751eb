"""What is to be thought of a cluster's nodes, system pods, clock and speed, from what they say."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from fairlead.formats.json_data import dig, dig_text, maps_in
from fairlead.model.cluster_check import CheckStatus, ClusterCheck, failed, not_evaluated, passed
from fairlead.planning.health import assess

SLOW_SECONDS: Final = 1.0
"""An API server whose median answer takes longer makes every deployment time out somewhere."""

CLOCK_SECONDS: Final = 5.0
"""Certificates, tokens and leases bear this much; a creation time is cut to whole seconds."""

LEASE_SECONDS: Final = 60.0
"""A kubelet renews its lease every 10 s; after 40 s the control plane counts its node as lost."""

_SIMULATED: Final = "kwok.x-k8s.io/node"
_DEFAULT_CLASS: Final = "storageclass.kubernetes.io/is-default-class"


def is_verified(checks: Sequence[ClusterCheck]) -> bool:
    """Nothing failed, and there are real nodes: where nothing was tried, nothing is verified."""
    statuses = {check.name: check.status for check in checks}
    return CheckStatus.FAILED not in statuses.values() and statuses.get("nodes") is CheckStatus.PASSED


def are_simulated(nodes: Iterable[Mapping[str, Any]]) -> bool:
    return any(_SIMULATED in (dig(node, "metadata", "annotations") or {}) for node in nodes)


def judge_nodes(nodes: Sequence[Mapping[str, Any]]) -> ClusterCheck:
    if not nodes:
        return failed("nodes", "the cluster has no node", remedy="see the kubelet's log, or `fairlead local status`")
    if are_simulated(nodes):
        return not_evaluated("nodes", f"{_count(len(nodes), 'node')} simulated: no machine stands behind them")
    sick = [f"{dig_text(node, 'metadata', 'name')}: {why}" for node in nodes if (why := _node_fault(node))]
    if sick:
        return failed("nodes", "; ".join(sick), remedy="see `kubectl describe node` and the node's kubelet log")
    versions = sorted({dig_text(node, "status", "nodeInfo", "kubeletVersion") for node in nodes})
    return passed("nodes", f"{_count(len(nodes), 'node')} ready, kubelet {', '.join(versions)}")


def judge_system_pods(pods: Sequence[Mapping[str, Any]]) -> ClusterCheck:
    """*pods* are those of kube-system."""
    if not pods:
        return failed("system pods", "kube-system has no pod", remedy="a cluster needs at least a DNS server there")
    states = [(dig_text(pod, "metadata", "name"), assess(pod)) for pod in pods]
    sick = [f"{name}: {health.message or health.reason}" for name, health in states if not health.is_current]
    if sick:
        remedy = "see `kubectl -n kube-system describe pod` and its logs"
        return failed("system pods", f"{len(sick)} of {len(pods)} not well: {'; '.join(sick[:3])}", remedy=remedy)
    return passed("system pods", f"{_count(len(pods), 'pod')} of kube-system healthy")


def judge_latency(seconds: Sequence[float]) -> ClusterCheck:
    """*seconds* that each of some requests took."""
    middle, worst = statistics.median(seconds), max(seconds)
    said = f"{len(seconds)} requests, median {middle * 1000:.0f} ms, slowest {worst * 1000:.0f} ms"
    if middle > SLOW_SECONDS:
        return failed("API latency", said, remedy="give the control plane more processor, or a faster disk for etcd")
    return passed("API latency", said)


def judge_clock(
    *, asked: datetime, answered: datetime, created: datetime, leases: Sequence[Mapping[str, Any]]
) -> ClusterCheck:
    """*created* is the server's time of an object that was made between *asked* and *answered* (ours); *leases* are the
    nodes'."""
    remedy = "synchronise the clocks (NTP) of this machine and of the nodes"
    if fault := _clock_fault(asked=asked, answered=answered, created=created):
        return failed("clock", fault, remedy=remedy)
    late = [fault for lease in leases if (fault := _lease_fault(lease, now=answered))]
    if late:
        return failed("clock", "; ".join(late), remedy=remedy)
    told = f"; {_count(len(leases), 'node lease')} renewed in time" if leases else ""
    return passed("clock", f"the server's clock is within {CLOCK_SECONDS:.0f} s of ours{told}")


def default_storage_class(classes: Iterable[Mapping[str, Any]]) -> str:
    """The name of the class that a claim without one gets; empty where there is none."""
    for one in classes:
        if (dig(one, "metadata", "annotations") or {}).get(_DEFAULT_CLASS) == "true":
            return dig_text(one, "metadata", "name")
    return ""


def ingress_class(classes: Sequence[Mapping[str, Any]]) -> str:
    """The default class, else the only one; empty where nobody can say which."""
    for one in classes:
        if (dig(one, "metadata", "annotations") or {}).get("ingressclass.kubernetes.io/is-default-class") == "true":
            return dig_text(one, "metadata", "name")
    return dig_text(classes[0], "metadata", "name") if len(classes) == 1 else ""


def _node_fault(node: Mapping[str, Any]) -> str:
    for condition in maps_in(dig(node, "status", "conditions")):
        kind, status = condition.get("type"), condition.get("status")
        if kind == "Ready" and status != "True":
            return f"not ready: {condition.get('message') or condition.get('reason') or status}"
        if kind != "Ready" and status == "True":
            return f"{kind}: {condition.get('message') or condition.get('reason') or status}"
    return ""


def _clock_fault(*, asked: datetime, answered: datetime, created: datetime) -> str:
    margin = timedelta(seconds=CLOCK_SECONDS)
    if created < asked - margin - timedelta(seconds=1):
        return f"the server's clock is {(asked - created).total_seconds():.0f} s behind ours"
    if created > answered + margin:
        return f"the server's clock is {(created - answered).total_seconds():.0f} s ahead of ours"
    return ""


def _lease_fault(lease: Mapping[str, Any], *, now: datetime) -> str:
    name, text = dig_text(lease, "metadata", "name"), dig_text(lease, "spec", "renewTime")
    if not text:
        return f"node {name} never renewed its lease"
    age = (now - datetime.fromisoformat(text)).total_seconds()
    if age > LEASE_SECONDS:
        return f"node {name} renewed its lease {age:.0f} s ago: its clock is behind, or its kubelet is dead"
    return f"node {name} is {-age:.0f} s ahead of us" if age < -CLOCK_SECONDS else ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
