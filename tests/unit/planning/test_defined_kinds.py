"""Which kinds CRDs make the API server serve."""

from __future__ import annotations

from typing import Any

from fairlead.model.objects import ObjectRef
from fairlead.planning.desired import defined_kinds, kind_key


def _definition(*versions: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.test"},
        "spec": {"group": "example.test", "names": {"kind": "Widget"}, "versions": list(versions)},
    }


def test_each_served_version_is_a_kind_of_its_own() -> None:
    definition = _definition({"name": "v1", "served": True}, {"name": "v1beta1", "served": False})
    assert defined_kinds([definition]) == {("example.test", "Widget", "v1")}


def test_key_of_an_object_is_that_of_its_definition() -> None:
    ref = ObjectRef(group="example.test", kind="Widget", version="v1", name="one")
    assert kind_key(ref) in defined_kinds([_definition({"name": "v1", "served": True})])


def test_other_objects_define_nothing() -> None:
    assert defined_kinds([{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}]) == frozenset()
