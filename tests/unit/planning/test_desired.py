from __future__ import annotations

from typing import Any

import pytest

from fairlead.model.errors import InputError
from fairlead.model.objects import Kind, Kinds, Manifest
from fairlead.planning.desired import (
    DesiredObjects,
    Scopes,
    defined_kind,
    desired_objects,
    dropped_versions,
    is_crd,
    scopes_of,
)

KEY = b"key"


def thing(kind: str, name: str, *, api_version: str = "v1", namespace: str = "", **given: Any) -> Manifest:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **given}


def crd(scope: str = "Namespaced", **given: Any) -> Manifest:
    spec = {"group": "example.com", "scope": scope, "names": {"kind": "Widget"}, **given}
    return thing("CustomResourceDefinition", "widgets.example.com", api_version="apiextensions.k8s.io/v1", spec=spec)


def arranged(
    *manifests: Manifest, namespace: str = "shop", scopes: Scopes | None = None, **given: Any
) -> DesiredObjects:
    return desired_objects(
        manifests, namespace=namespace, scopes=scopes or scopes_of(manifests, None), component="web", **given
    )


def names(found: DesiredObjects) -> list[str]:
    return [str(ref) for ref in found.objects]


def test_a_namespaced_object_without_namespace_gets_the_components() -> None:
    assert names(arranged(thing("ConfigMap", "a"), thing("ConfigMap", "b", namespace="own"))) == [
        "ConfigMap shop/a",
        "ConfigMap own/b",
    ]


def test_without_a_namespace_of_the_component_it_is_default() -> None:
    assert names(arranged(thing("ConfigMap", "a"), namespace="")) == ["ConfigMap default/a"]


def test_a_cluster_scoped_object_loses_its_namespace() -> None:
    role = thing("ClusterRole", "r", api_version="rbac.authorization.k8s.io/v1", namespace="x")
    found = arranged(role)
    assert names(found) == ["ClusterRole r"]
    assert "namespace" not in next(iter(found.objects.values()))["metadata"]


@pytest.mark.parametrize(("scope", "expected"), [("Namespaced", "Widget shop/w"), ("Cluster", "Widget w")])
def test_the_scope_of_a_custom_resource_is_that_of_its_definition(scope: str, expected: str) -> None:
    assert names(arranged(crd(scope), thing("Widget", "w", api_version="example.com/v1"))) == [expected]


def test_what_the_cluster_serves_counts_more_than_a_definition_at_hand() -> None:
    served = Kind(group="example.com", version="v1", kind="Widget", plural="widgets", namespaced=False)
    scopes = scopes_of([crd("Namespaced")], Kinds({("example.com", "Widget"): served}))
    assert not scopes.is_namespaced("example.com", "Widget")


def test_definitions_and_hooks_stand_apart() -> None:
    hook = thing("Job", "migrate", api_version="batch/v1")
    hook["metadata"]["annotations"] = {"helm.sh/hook": "pre-upgrade"}
    found = arranged(crd(), hook, thing("ConfigMap", "a"))
    assert names(found) == ["ConfigMap shop/a"]
    assert [ref.name for ref in found.crds] == ["widgets.example.com"]
    assert [h["metadata"]["name"] for h in found.hooks] == ["migrate"]


def test_a_helm_release_keeps_the_definitions_of_its_templates() -> None:
    found = arranged(crd(), keep_crds_inline=True)
    assert len(found.objects) == 1
    assert not found.crds


def test_an_object_rendered_twice_is_a_fault() -> None:
    with pytest.raises(InputError, match="web renders ConfigMap shop/a twice"):
        arranged(thing("ConfigMap", "a"), thing("ConfigMap", "a", namespace="shop"))


def test_the_output_digest_is_a_function_of_the_content() -> None:
    a, b = thing("ConfigMap", "a"), thing("ConfigMap", "b")
    assert arranged(a, b).output_digest(KEY) == arranged(b, a).output_digest(KEY)
    assert arranged(a).output_digest(KEY) != arranged(a, b).output_digest(KEY)


def test_the_output_digest_needs_the_key_to_guess_a_secret() -> None:
    secret = thing("Secret", "s", stringData={"password": "hunter2"})
    assert arranged(secret).output_digest(KEY) != arranged(secret).output_digest(b"another")
    other = thing("Secret", "s", stringData={"password": "hunter3"})
    assert arranged(secret).output_digest(KEY) != arranged(other).output_digest(KEY)


def test_the_contents_are_not_in_a_repr() -> None:
    assert "hunter2" not in repr(arranged(thing("Secret", "s", stringData={"password": "hunter2"})))


def version(name: str, *, served: bool = True) -> dict[str, Any]:
    return {"name": name, "served": served}


@pytest.mark.parametrize(
    ("live", "stored", "wanted", "dropped"),
    [
        ([version("v1")], ["v1"], [version("v1")], ()),
        ([version("v1")], ["v1"], [version("v1"), version("v2")], ()),
        ([version("v1"), version("v2")], ["v2"], [version("v2")], ("v1",)),
        ([version("v1"), version("v2")], ["v2"], [version("v1", served=False), version("v2")], ("v1",)),
        ([version("v1", served=False), version("v2")], ["v1", "v2"], [version("v2")], ("v1",)),
        ([version("v1", served=False), version("v2")], ["v2"], [version("v2")], ()),
    ],
)
def test_versions_that_are_served_or_stored_are_not_dropped(
    live: list[Any], stored: list[str], wanted: list[Any], dropped: tuple[str, ...]
) -> None:
    there = {**crd(versions=live), "status": {"storedVersions": stored}}
    assert dropped_versions(there, crd(versions=wanted)) == dropped


def test_a_new_definition_drops_nothing() -> None:
    assert dropped_versions(None, crd(versions=[version("v1")])) == ()


def test_what_is_a_definition() -> None:
    assert is_crd(crd())
    assert not is_crd(thing("CustomResourceDefinition", "x", api_version="example.com/v1"))
    assert defined_kind(crd()) == ("example.com", "Widget")
    assert defined_kind({}) == ("", "")
