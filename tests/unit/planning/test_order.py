from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.model.objects import ObjectRef
from fairlead.planning.order import (
    NamespaceUse,
    apply_order,
    namespaces_of,
    needs_endpoints,
    removal_order,
    split_hooks,
)


def manifest(kind: str, api_version: str = "v1", name: str = "a", **fields: Any) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **fields}


INPUT_ORDER = [
    manifest("ValidatingWebhookConfiguration", "admissionregistration.k8s.io/v1"),
    manifest("Ingress", "networking.k8s.io/v1"),
    manifest("Certificate", "cert-manager.io/v1"),
    manifest("Deployment", "apps/v1"),
    manifest("Service"),
    manifest("PersistentVolumeClaim"),
    manifest("Secret"),
    manifest("RoleBinding", "rbac.authorization.k8s.io/v1"),
    manifest("ServiceAccount"),
    manifest("NetworkPolicy", "networking.k8s.io/v1"),
    manifest("CustomResourceDefinition", "apiextensions.k8s.io/v1"),
    manifest("Namespace"),
]


def test_each_kind_comes_after_what_it_needs() -> None:
    assert [[each["kind"] for each in batch] for batch in apply_order(INPUT_ORDER)] == [
        [each["kind"]] for each in reversed(INPUT_ORDER)
    ]


def test_removal_begins_with_webhooks_and_ends_with_the_namespace() -> None:
    kinds = [each["kind"] for batch in removal_order(INPUT_ORDER) for each in batch]
    assert (kinds[0], kinds[-1]) == ("ValidatingWebhookConfiguration", "Namespace")


def test_a_kind_of_the_same_name_in_another_group_is_a_custom_resource() -> None:
    knative = manifest("Service", "serving.knative.dev/v1")
    assert apply_order([knative, manifest("Deployment", "apps/v1")])[-1] == (knative,)


@given(st.lists(st.sampled_from(INPUT_ORDER)).map(lambda found: [dict(each, index=i) for i, each in enumerate(found)]))
def test_the_order_is_a_stable_permutation(manifests: list[dict[str, Any]]) -> None:
    batches = apply_order(manifests)
    assert sorted(each["index"] for batch in batches for each in batch) == list(range(len(manifests)))
    assert all([each["index"] for each in batch] == sorted(each["index"] for each in batch) for batch in batches)
    assert apply_order([each for batch in batches for each in batch]) == batches


@pytest.mark.parametrize(
    "caller",
    [
        manifest(
            "MutatingWebhookConfiguration",
            "admissionregistration.k8s.io/v1",
            webhooks=[
                {"name": "a", "clientConfig": {"service": {"namespace": "shop", "name": "hook", "path": "/a"}}},
                {"name": "b", "clientConfig": {"service": {"namespace": "shop", "name": "hook", "path": "/b"}}},
                {"name": "c", "clientConfig": {"url": "https://127.0.0.1/"}},
            ],
        ),
        manifest("APIService", "apiregistration.k8s.io/v1", spec={"service": {"namespace": "shop", "name": "hook"}}),
    ],
    ids=lambda caller: caller["kind"],
)
def test_what_the_api_server_calls_is_named_once(caller: dict[str, Any]) -> None:
    assert needs_endpoints(caller) == (ObjectRef(kind="Service", namespace="shop", name="hook"),)


def test_other_objects_and_a_local_api_service_call_nobody() -> None:
    local = manifest("APIService", "apiregistration.k8s.io/v1", spec={"service": None})
    assert needs_endpoints(local) == needs_endpoints(manifest("Deployment", "apps/v1")) == ()


@pytest.mark.parametrize("event", ["pre-install", "test", "crd-install", "pre-install,pre-upgrade", ""])
def test_hooks_are_set_apart(event: str) -> None:
    hook = {"kind": "Job", "metadata": {"name": "h", "annotations": {"helm.sh/hook": event}}}
    plain = manifest("ConfigMap")
    assert split_hooks([hook, plain]) == ((plain,), (hook,))


def test_an_object_without_annotations_is_no_hook() -> None:
    plain = {"kind": "Job", "metadata": {"name": "j", "annotations": None}}
    assert split_hooks([plain]) == ((plain,), ())


def test_namespaces_that_are_named_and_not_defined() -> None:
    inside = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "shop"}}
    other = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "blog"}}
    use = namespaces_of([inside, other, manifest("Namespace", name="shop"), manifest("ClusterRole")])
    assert use == NamespaceUse(named=frozenset({"shop", "blog"}), defined=frozenset({"shop"}))
    assert use.undefined == {"blog"}
