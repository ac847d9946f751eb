"""Ingress TLS, network policies, RBAC and encryption, on manifests."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.model.finding import Severity
from fairlead.model.objects import ObjectRef
from fairlead.planning.rules.ingress_tls import check_ingress_tls, served_hosts
from fairlead.planning.rules.network_policies import check_network_policies, selects
from fairlead.planning.rules.rbac_wildcards import check_rbac
from fairlead.planning.rules.secret_encryption import check_secret_encryption

CERT = ObjectRef(kind="Secret", namespace="shop", name="cert")


def ingress(*hosts: str, tls: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"rules": [{"host": host} for host in hosts], **({"tls": tls} if tls else {})},
    }


def gateway(*listeners: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"listeners": list(listeners)},
    }


TLS = [{"hosts": ["a.test"], "secretName": "cert"}]
HTTPS = {"name": "s", "hostname": "a.test", "protocol": "HTTPS", "tls": {"certificateRefs": [{"name": "cert"}]}}


@pytest.mark.parametrize(
    ("manifest", "messages"),
    [
        (ingress("a.test", tls=TLS), []),
        (ingress("a.test", "b.test", tls=TLS), ["serves b.test without TLS"]),
        (ingress("a.test"), ["serves a.test without TLS"]),
        (ingress(""), ["serves every host without TLS"]),
        (gateway(HTTPS), []),
        (gateway(HTTPS, {"name": "p", "protocol": "HTTP"}), ["serves listener p without TLS"]),
        (
            ingress("a.test", tls=[{"hosts": ["a.test"], "secretName": "gone"}]),
            ["names Secret shop/gone for TLS, and no TLS Secret of that name is there"],
        ),
        (
            gateway({**HTTPS, "tls": {"certificateRefs": [{"name": "cert", "namespace": "certs"}]}}),
            ["names Secret certs/cert for TLS, and no TLS Secret of that name is there"],
        ),
    ],
)
def test_hosts_without_tls_and_missing_secrets(manifest: dict[str, Any], messages: list[str]) -> None:
    assert [finding.message for finding in check_ingress_tls(manifest, secrets={CERT})] == messages


def test_what_a_secret_serves_is_read_of_both_kinds() -> None:
    assert [each.hosts for each in (*served_hosts(ingress(tls=TLS)), *served_hosts(gateway(HTTPS)))] == [
        ("a.test",)
    ] * 2


def workload(labels: dict[str, str], *, namespace: str = "shop", **pod: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {"template": {"metadata": {"labels": labels}, "spec": {"containers": [], **pod}}},
    }


def policy(selector: dict[str, Any], *, namespace: str = "shop") -> dict[str, Any]:
    return {"metadata": {"name": "p", "namespace": namespace}, "spec": {"podSelector": selector}}


@pytest.mark.parametrize(
    ("manifest", "policies", "is_found"),
    [
        (workload({"app": "web"}), [], True),
        (workload({"app": "web"}), [policy({})], False),
        (workload({"app": "web"}), [policy({}, namespace="other")], True),
        (workload({"app": "web"}), [policy({"matchLabels": {"app": "web"}})], False),
        (workload({"app": "web"}), [policy({"matchLabels": {"app": "api"}})], True),
        (workload({"app": "web"}, hostNetwork=True), [], False),
        ({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x", "namespace": "shop"}}, [], False),
    ],
)
def test_workloads_that_no_policy_selects(
    manifest: dict[str, Any], policies: list[dict[str, Any]], is_found: bool
) -> None:
    assert bool(check_network_policies(manifest, policies=policies)) is is_found


KEYS, VALUES = st.sampled_from("ab"), st.sampled_from("xyz")
EXPRESSIONS = st.fixed_dictionaries(
    {
        "key": KEYS,
        "operator": st.sampled_from(["In", "NotIn", "Exists", "DoesNotExist"]),
        "values": st.lists(VALUES, min_size=1, max_size=2),
    }
)


@given(st.dictionaries(KEYS, VALUES), st.dictionaries(KEYS, VALUES), st.lists(EXPRESSIONS, max_size=3))
def test_selectors_mean_what_the_api_says(
    labels: dict[str, str], wanted: dict[str, str], expressions: list[dict[str, Any]]
) -> None:
    """The words of the API reference, one sentence each, as the model."""
    means = {
        "In": lambda e: any(labels.get(e["key"]) == value for value in e["values"]),
        "NotIn": lambda e: all(labels.get(e["key"]) != value for value in e["values"]),
        "Exists": lambda e: e["key"] in labels,
        "DoesNotExist": lambda e: e["key"] not in labels,
    }
    expected = set(wanted.items()) <= set(labels.items()) and all(means[e["operator"]](e) for e in expressions)
    assert selects({"matchLabels": wanted, "matchExpressions": expressions}, labels) == expected


def role(**rule: list[str]) -> dict[str, Any]:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "r"},
        "rules": [rule],
    }


BINDING = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRoleBinding",
    "metadata": {"name": "b"},
    "roleRef": {"name": "cluster-admin"},
    "subjects": [{"kind": "ServiceAccount", "name": "robot"}],
}


@pytest.mark.parametrize(
    ("manifest", "messages"),
    [
        (role(apiGroups=["*"], resources=["*"], verbs=["*"]), ["grants every verb on every resource"]),
        (role(apiGroups=[""], resources=["pods", "secrets"], verbs=["*"]), ["grants every verb on pods, secrets"]),
        (role(apiGroups=["", "apps"], resources=["*"], verbs=["get"]), ["grants every resource of core, apps"]),
        (role(apiGroups=["*"], resources=["pods"], verbs=["get"]), []),
        (BINDING, ["makes ServiceAccount robot cluster-admin"]),
        ({**BINDING, "roleRef": {"name": "view"}}, []),
        ({**role(verbs=["*"]), "apiVersion": "other.test/v1"}, []),
    ],
)
def test_rbac(manifest: dict[str, Any], messages: list[str]) -> None:
    findings = check_rbac(manifest)
    assert [finding.message for finding in findings] == messages
    assert {finding.severity for finding in findings} <= {Severity.WARNING}


def server(*words: str) -> dict[str, Any]:
    metadata = {"name": "kube-apiserver-1", "namespace": "kube-system"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {"containers": [{"command": ["kube-apiserver", *words]}]},
    }


def test_encryption_is_not_judged_where_nothing_can_be_seen_of_it() -> None:
    (finding,) = check_secret_encryption([])
    assert finding.severity is Severity.INFO
    assert "not evaluated" in finding.message


def test_encryption_is_judged_by_the_server_s_flag() -> None:
    assert check_secret_encryption([server("--encryption-provider-config=/etc/e.yaml")]) == ()
    (finding,) = check_secret_encryption([server("--v=2")])
    assert finding.severity is Severity.WARNING
