"""Ownership by `managedFields`: what is projected, what moves the hash, who owns a path.

The object is shaped as a v1.34 API server answers.
"""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.formats.field_paths import value_at
from fairlead.formats.managed_fields import Owner, managers, owned_hash, owned_projection, owners_of
from fairlead.model.change import ABSENT

KEY = b"environment key"
OURS = "fairlead:shop"
WEB = 'k:{"name":"web"}'


def entry(manager: str, fields: dict[str, Any], **more: str) -> dict[str, Any]:
    return {
        "manager": manager,
        "operation": "Apply",
        "apiVersion": "apps/v1",
        "time": "2026-11-22T07:00:00Z",
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
        **more,
    }


def deployment() -> dict[str, Any]:
    ours = {
        "f:metadata": {"f:labels": {"f:app.kubernetes.io/name": {}}},
        "f:spec": {
            "f:template": {
                "f:spec": {
                    "f:containers": {
                        WEB: {
                            ".": {},
                            "f:name": {},
                            "f:image": {},
                            "f:args": {},
                            "f:ports": {'k:{"containerPort":80,"protocol":"TCP"}': {".": {}, "f:containerPort": {}}},
                        }
                    }
                }
            }
        },
    }
    status: dict[str, Any] = {"f:status": {"f:replicas": {}}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "web",
            "resourceVersion": "7",
            "generation": 2,
            "finalizers": ["example.com/hold"],
            "labels": {"app.kubernetes.io/name": "web", "team": "shop"},
            "managedFields": [
                entry(OURS, ours),
                entry("kubectl", {"f:spec": {"f:replicas": {}}}, operation="Update", subresource="scale", time=""),
                entry("keeper", {"f:metadata": {"f:finalizers": {".": {}, 'v:"example.com/hold"': {}}}}),
                entry("kube-controller-manager", status, operation="Update", subresource="status"),
            ],
        },
        "spec": {
            "replicas": 5,
            "template": {
                "spec": {
                    "containers": [
                        {"name": "mesh", "image": "mesh:1"},
                        {
                            "name": "web",
                            "image": "web:1",
                            "args": ["a", "b"],
                            "ports": [{"containerPort": 80, "protocol": "TCP"}],
                        },
                    ]
                }
            },
        },
        "status": {"replicas": 5},
    }


def container(live: dict[str, Any], name: str) -> dict[str, Any]:
    containers = live["spec"]["template"]["spec"]["containers"]
    found: dict[str, Any] = next(each for each in containers if each["name"] == name)
    return found


def changed(**change: Any) -> dict[str, Any]:
    live = deployment()
    container(live, "web").update(change)
    return live


def test_projection_holds_our_fields_and_their_live_values() -> None:
    (projection,) = owned_projection(deployment(), OURS)
    web = projection["fields"]["f:spec"]["f:template"]["f:spec"]["f:containers"][WEB]
    assert web["f:image"] == {"value": "web:1"}
    assert web["f:args"] == {"value": ["a", "b"]}
    assert "mesh" not in json.dumps(projection)
    assert projection["operation"] == "Apply"


def test_who_owns_nothing_has_no_hash() -> None:
    assert owned_hash(deployment(), "stranger", key=KEY) is None
    assert owned_hash({"metadata": {"name": "bare"}}, OURS, key=KEY) is None
    assert owned_hash(deployment(), "kube-controller-manager", key=KEY) is None


@pytest.mark.parametrize("change", [{"image": "web:2"}, {"args": ["b", "a"]}, {"ports": []}])
def test_a_change_of_ours_moves_the_hash(change: dict[str, Any]) -> None:
    assert owned_hash(changed(**change), OURS, key=KEY) != owned_hash(deployment(), OURS, key=KEY)


def test_a_removed_container_moves_the_hash() -> None:
    live = deployment()
    live["spec"]["template"]["spec"]["containers"].pop()
    assert owned_hash(live, OURS, key=KEY) != owned_hash(deployment(), OURS, key=KEY)


def test_lost_ownership_moves_the_hash() -> None:
    live = deployment()
    del live["metadata"]["managedFields"][0]["fieldsV1"]["f:metadata"]
    assert owned_hash(live, OURS, key=KEY) != owned_hash(deployment(), OURS, key=KEY)


def test_foreign_fields_and_status_and_times_do_not_move_the_hash() -> None:
    live = deployment()
    live["metadata"] |= {"resourceVersion": "99", "generation": 9, "annotations": {"other": "x"}}
    live["metadata"]["labels"]["team"] = "other"
    live["spec"]["replicas"] = 9
    live["status"] = {"replicas": 0}
    live["spec"]["template"]["spec"]["containers"].insert(0, {"name": "added", "image": "x"})
    container(live, "web")["env"] = [{"name": "A", "value": "1"}]
    live["metadata"]["managedFields"].reverse()
    live["metadata"]["managedFields"][-1]["time"] = "2027-01-01T00:00:00Z"
    assert owned_hash(live, OURS, key=KEY) == owned_hash(deployment(), OURS, key=KEY)


def test_status_stated_in_a_manifest_is_not_ours() -> None:
    live = deployment()
    live["metadata"]["managedFields"][0]["fieldsV1"]["f:status"] = {"f:replicas": {}}
    assert owned_hash(live, OURS, key=KEY) == owned_hash(deployment(), OURS, key=KEY)


def test_the_hash_covers_both_entries_of_a_manager() -> None:
    live = deployment()
    live["metadata"]["managedFields"].append(entry(OURS, {"f:spec": {"f:replicas": {}}}, operation="Update"))
    before = owned_hash(live, OURS, key=KEY)
    live["spec"]["replicas"] = 6
    assert owned_hash(live, OURS, key=KEY) != before
    assert owned_hash(live, OURS, key=KEY, operation="Apply") == owned_hash(deployment(), OURS, key=KEY)


def test_an_entry_of_another_api_version_moves_with_the_generation() -> None:
    live = deployment()
    live["metadata"]["managedFields"][0]["apiVersion"] = "apps/v1beta1"
    before = owned_hash(live, OURS, key=KEY)
    live["metadata"]["generation"] += 1
    assert owned_hash(live, OURS, key=KEY) != before


def test_a_secret_is_hashed_under_the_key_of_its_environment() -> None:
    live = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "db", "managedFields": [entry(OURS, {"f:data": {".": {}, "f:password": {}}})]},
        "data": {"password": "aHVudGVyMg=="},
    }
    other = {**live, "data": {"password": "b3RoZXI="}}
    assert owned_hash(live, OURS, key=KEY) != owned_hash(live, OURS, key=b"other")
    assert owned_hash(live, OURS, key=KEY) != owned_hash(other, OURS, key=KEY)


def test_a_secret_written_by_string_data_is_hashed_by_its_values() -> None:
    # What helm applies stays as the chart says it: the server stores the value under `data`, the ownership does not.
    live = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "db", "managedFields": [entry("helm", {"f:stringData": {"f:password": {}}})]},
        "data": {"password": "aHVudGVyMg=="},
    }
    other = {**live, "data": {"password": "b3RoZXI="}}
    gone = {**live, "data": {}}
    more = {**live, "data": {**live["data"], "foreign": "eA=="}}
    assert len({owned_hash(found, "helm", key=KEY) for found in (live, other, gone)}) == 3
    assert owned_hash(more, "helm", key=KEY) == owned_hash(live, "helm", key=KEY)


def test_two_items_under_one_key_are_both_watched() -> None:
    fields: dict[str, Any] = {"f:spec": {"f:env": {'k:{"name":"A"}': {".": {}, "f:value": {}}}}}
    live = {"metadata": {"managedFields": [entry(OURS, fields)]}, "spec": {"env": [{"name": "A", "value": "1"}] * 2}}
    twin = copy.deepcopy(live)
    twin["spec"]["env"][1]["value"] = "2"
    assert owned_hash(live, OURS, key=KEY) != owned_hash(twin, OURS, key=KEY)


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        (".spec.replicas", ["kubectl"]),
        ('.spec.template.spec.containers[name="web"].image', [OURS]),
        ('.spec.template.spec.containers[name="web"].args[0]', [OURS]),
        ('.spec.template.spec.containers[name="web"].ports[containerPort=80,protocol="TCP"]', [OURS]),
        ('.spec.template.spec.containers[name="mesh"].image', []),
        (".spec.template", [OURS]),
        (".spec", [OURS, "kubectl"]),
        (".metadata.labels.app.kubernetes.io/name", [OURS]),
        (".metadata.labels.app.kubernetes.io", []),
        ('.metadata.finalizers[="example.com/hold"]', ["keeper"]),
        (".spec.replicasX", []),
        (".status.replicas", ["kube-controller-manager"]),
    ],
)
def test_owners_of_a_path(path: str, owners: list[str]) -> None:
    assert [owner.manager for owner in owners_of(deployment(), path)] == owners


def test_managers_are_told_with_operation_subresource_and_time() -> None:
    assert managers(deployment())[1] == Owner(manager="kubectl", operation="Update", subresource="scale", time="")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (".spec.replicas", 5),
        ('.spec.template.spec.containers[name="web"].image', "web:1"),
        ('.spec.template.spec.containers[name="web"].args[1]', "b"),
        (".spec.template.spec.containers[0].name", "mesh"),
        ('.spec.template.spec.containers[name="web"].ports[containerPort=80,protocol="TCP"].protocol', "TCP"),
        (".metadata.labels.app.kubernetes.io/name", "web"),
        ('.metadata.finalizers[="example.com/hold"]', "example.com/hold"),
        (".spec.nothing", ABSENT),
        ('.spec.template.spec.containers[name="gone"].image', ABSENT),
    ],
)
def test_value_at_a_path(path: str, value: Any) -> None:
    assert value_at(deployment(), path) == value


def test_a_key_with_dots_and_a_path_of_two_fields_are_told_apart() -> None:
    assert value_at({"a": {"b": 1}, "a.b": {"c": 2}}, ".a.b.c") == 2


NAMES = st.sampled_from(["a", "b", "a.b", "c/d", "name"])
TREES = st.recursive(
    st.integers(0, 3) | st.text(max_size=3),
    lambda below: st.dictionaries(NAMES, below, min_size=1, max_size=3),
    max_leaves=10,
)


def leaves(tree: Any) -> Any:
    return {f"f:{name}": leaves(below) for name, below in tree.items()} if isinstance(tree, dict) else {}


@given(tree=st.dictionaries(NAMES, TREES, min_size=1), foreign=st.dictionaries(st.text("xyz", min_size=1), TREES))
def test_foreign_fields_and_the_order_of_keys_never_move_the_hash(tree: Any, foreign: Any) -> None:
    managed = {"managedFields": [entry(OURS, leaves({"spec": tree}))]}
    alone = {"metadata": managed, "spec": tree}
    mixed = {"spec": {**foreign, **dict(reversed(tree.items()))}, "metadata": {"labels": {}, **managed}}
    assert owned_hash(alone, OURS, key=KEY) == owned_hash(mixed, OURS, key=KEY)


@given(tree=st.dictionaries(NAMES, TREES, min_size=1), data=st.data())
def test_any_change_of_an_owned_field_moves_the_hash(tree: Any, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(tree)))
    managed = {"managedFields": [entry(OURS, leaves({"spec": tree}))]}
    other = {**tree, name: ["changed"]}
    before, after = ({"metadata": managed, "spec": spec} for spec in (tree, other))
    assert owned_hash(before, OURS, key=KEY) != owned_hash(after, OURS, key=KEY)
