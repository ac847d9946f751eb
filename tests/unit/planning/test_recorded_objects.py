"""Whether a stored revision is what the record says it was."""

from __future__ import annotations

from typing import Any

from fairlead.formats.secret_masking import mask_manifest
from fairlead.model.objects import Manifest, ObjectRef, ref_of
from fairlead.planning.recorded_objects import find_unlike

KEY = b"key"


def config_map(name: str = "a", **data: Any) -> Manifest:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def found(*manifests: Manifest) -> dict[ObjectRef, Manifest]:
    return {ref_of(manifest): manifest for manifest in manifests}


def test_the_same_objects_are_alike() -> None:
    assert find_unlike([config_map(x="1")], found(config_map(x="1"))) == ()


def test_a_field_an_object_more_and_one_less_are_told() -> None:
    recorded = [config_map(x="1"), config_map("b")]
    unlike = find_unlike(recorded, found(config_map(x="2"), config_map("c")))
    assert [ref.name for ref in unlike] == ["b", "c", "a"]


def test_a_masked_text_may_be_any_text_but_nothing_else() -> None:
    recorded = mask_manifest(config_map(url="user:password@db"), ("password",), key=KEY)
    assert find_unlike([recorded], found(config_map(url="user:password@db"))) == ()
    assert find_unlike([recorded], found(config_map(url=1))) != ()


def test_crds_of_the_folder_and_replicas_do_not_count() -> None:
    crd = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "x"}}
    scaled = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {"replicas": 2}}
    plain = {**scaled, "spec": {}}
    assert find_unlike([crd, scaled], found(plain)) == ()
