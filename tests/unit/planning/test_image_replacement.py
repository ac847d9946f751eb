"""Which images are replaced: by name, wherever a pod stands, and nothing else."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.planning.image_replacement import image_name, images_in, replace_images

NEW = "fairlead.local/shop:0123456789ab"

hosts = st.sampled_from(["", "docker.io/", "registry.test:5000/", "localhost/"])
names = st.from_regex(r"[a-z]{1,6}(/[a-z]{1,6})?", fullmatch=True)
tags = st.one_of(st.just(""), st.from_regex(r":[A-Za-z0-9_][A-Za-z0-9_.-]{0,8}", fullmatch=True))
digests = st.sampled_from(["", "@sha256:" + "0" * 64])
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5))
json_values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["spec", "template", "containers", "initContainers", "volumes", "image", "name", "a"]),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=20,
)

CONTAINERS = {"containers": [{"name": "c", "image": "shop:1"}], "initContainers": [{"name": "i", "image": "shop"}]}
REPLACED = {"containers": [{"name": "c", "image": NEW}], "initContainers": [{"name": "i", "image": NEW}]}


@given(host=hosts, name=names, tag=tags, digest=digests)
def test_a_reference_is_called_by_its_name_whatever_its_tag_and_digest(
    host: str, name: str, tag: str, digest: str
) -> None:
    assert image_name(f"{host}{name}{tag}{digest}") == f"{host}{name}"


@given(value=st.dictionaries(st.text(max_size=3), json_values, max_size=3))
def test_nothing_changes_where_no_image_is_called_so(value: dict[str, Any]) -> None:
    before = copy.deepcopy(value)
    assert replace_images([value], {"another.test/image": NEW}) == (value,)
    assert value == before


@given(value=st.dictionaries(st.sampled_from(["spec", "template", "a"]), json_values, max_size=3))
def test_every_image_that_is_found_can_be_replaced_and_only_once(value: dict[str, Any]) -> None:
    found = images_in([value])
    [replaced] = replace_images([value], {image_name(image): NEW for image in found})
    assert set(images_in([replaced])) <= {NEW}
    assert replace_images([replaced], {image_name(image): "other" for image in found if image_name(image) not in NEW})


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("Pod", ["spec"]),
        ("Deployment", ["spec", "template", "spec"]),
        ("StatefulSet", ["spec", "template", "spec"]),
        ("DaemonSet", ["spec", "template", "spec"]),
        ("ReplicaSet", ["spec", "template", "spec"]),
        ("ReplicationController", ["spec", "template", "spec"]),
        ("Job", ["spec", "template", "spec"]),
        ("CronJob", ["spec", "jobTemplate", "spec", "template", "spec"]),
        ("PodTemplate", ["template", "spec"]),
        ("Rollout", ["spec", "template", "spec"]),
    ],
)
def test_every_kind_with_pods_is_looked_into(kind: str, path: list[str]) -> None:
    def manifest(pod: dict[str, Any]) -> dict[str, Any]:
        for key in reversed(path):
            pod = {key: pod}
        return {"kind": kind, "metadata": {"name": "a"}, **pod}

    assert replace_images([manifest(CONTAINERS)], {"shop": NEW}) == (manifest(REPLACED),)


def test_items_of_a_list_and_image_volumes_are_looked_into() -> None:
    volume = {"name": "v", "image": {"reference": "shop@sha256:ab", "pullPolicy": "Always"}}
    pod = {"kind": "Pod", "spec": {**CONTAINERS, "volumes": [volume, {"name": "e", "emptyDir": {}}]}}
    [found] = replace_images([{"kind": "List", "items": [pod]}], {"shop": NEW})
    spec = found["items"][0]["spec"]
    assert spec["volumes"][0]["image"] == {"reference": NEW, "pullPolicy": "Always"}
    assert spec["containers"] == REPLACED["containers"]


def test_another_name_with_the_same_end_stays() -> None:
    pod = {
        "kind": "Pod",
        "spec": {"containers": [{"image": "my/shop:1"}, {"image": "shop2"}, {"image": "shop:5000/a"}]},
    }
    assert replace_images([pod], {"shop": NEW}) == (pod,)


def test_the_schema_of_a_custom_resource_stays() -> None:
    crd = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "spec": CONTAINERS}
    assert replace_images([crd], {"shop": NEW}) == (crd,)
    assert images_in([crd]) == ()
