"""What the client asks and how it reads the answers; the real API server is in tests/e2e/test_kube_client.py."""

from __future__ import annotations

import orjson
import pytest

from fairlead.adapters.kube.cluster import KubeCluster
from fairlead.adapters.kube.faults import Forbidden
from fairlead.adapters.kube.results import LOST
from fairlead.model.errors import Unavailable
from fairlead.model.objects import FieldConflict, Manifest, ObjectRef
from unit.adapters.kube.loopback_api import CORE, CUT, Api, Reply

MAPS = "/api/v1/namespaces/default/configmaps"
ALL_MAPS = "/api/v1/configmaps"


def config_map(name: str = "a", **metadata: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **metadata}}


def live(name: str, *, namespace: str = "default") -> Manifest:
    return {"metadata": {"name": name, "namespace": namespace, "uid": f"u-{name}", "resourceVersion": "7"}}


def ref(name: str, *, namespace: str = "default") -> ObjectRef:
    return ObjectRef(kind="ConfigMap", namespace=namespace, name=name)


def status(reason: str, message: str, **details: object) -> Manifest:
    return {"kind": "Status", "status": "Failure", "reason": reason, "message": message, "details": details}


# --- apply ---------------------------------------------------------------------------------------------------


async def test_apply_states_manager_force_dry_run_and_strict_validation(api: Api, cluster: KubeCluster) -> None:
    api.says(f"PATCH {MAPS}/a", Reply(body=config_map()))
    result = await cluster.apply(config_map(), manager="fairlead:shop", force=True, dry_run=True)
    (seen,) = api.asked("PATCH", f"{MAPS}/a")
    assert seen.query == {
        "fieldManager": "fairlead:shop",
        "force": "true",
        "dryRun": "All",
        "fieldValidation": "Strict",
    }
    assert seen.headers["Content-Type"] == "application/apply-patch+yaml"
    assert orjson.loads(seen.body) == config_map()
    assert (result.is_applied, result.ref) == (True, ref("a"))


async def test_apply_without_force_and_dry_run_states_neither(api: Api, cluster: KubeCluster) -> None:
    api.says(f"PATCH {MAPS}/a", Reply(body=config_map()))
    await cluster.apply(config_map(), manager="m")
    assert api.asked("PATCH", f"{MAPS}/a")[0].query == {"fieldManager": "m", "fieldValidation": "Strict"}


@pytest.mark.parametrize(
    ("said", "manager"),
    [
        ('conflict with "kubectl" using apps/v1', "kubectl"),
        ('conflict with "kubectl-client-side-apply" using v1', "kubectl-client-side-apply"),
        ('conflict with "kubectl" with subresource "scale" using apps/v1', "kubectl"),
        ('conflict with "kubectl" with subresource "scale" using apps/v1 at 2026-01-01T00:00:00Z', "kubectl"),
        (r'conflict with "a \"quoted\" name" using v1', 'a "quoted" name'),
        ("somebody else", ""),
    ],
)
async def test_a_conflict_names_field_and_manager(api: Api, cluster: KubeCluster, said: str, manager: str) -> None:
    cause = {"reason": "FieldManagerConflict", "message": said, "field": ".spec.replicas"}
    api.says(f"PATCH {MAPS}/a", Reply(status=409, body=status("Conflict", "Apply failed", causes=[cause])))
    result = await cluster.apply(config_map(), manager="m")
    assert result.conflicts == (FieldConflict(path=".spec.replicas", manager=manager),)
    assert (result.status, result.is_applied) == (409, False)


async def test_a_moved_resource_version_is_409_without_conflicts(api: Api, cluster: KubeCluster) -> None:
    api.says(f"PATCH {MAPS}/a", Reply(status=409, body=status("Conflict", "the object has been modified")))
    result = await cluster.apply(config_map(resourceVersion="1"), manager="m")
    assert (result.status, result.reason, result.conflicts) == (409, "Conflict", ())
    assert result.message == "the object has been modified"


async def test_an_invalid_object_names_its_fields(api: Api, cluster: KubeCluster) -> None:
    causes = [{"reason": "FieldValueRequired", "message": "Required value", "field": "spec.image"}]
    api.says(f"PATCH {MAPS}/a", Reply(status=422, body=status("Invalid", "it is invalid", causes=causes)))
    result = await cluster.apply(config_map(), manager="m")
    assert result.message == "it is invalid; spec.image: Required value"


@pytest.mark.parametrize("code", [400, 403, 404, 413, 500])
async def test_what_the_server_says_of_one_object_is_data(api: Api, cluster: KubeCluster, code: int) -> None:
    api.says(f"PATCH {MAPS}/a", Reply(status=code, body=status("Forbidden", "exceeded quota")))
    result = await cluster.apply(config_map(), manager="m")
    assert (result.status, result.message, result.live) == (code, "exceeded quota", None)


async def test_a_kind_that_is_not_served_is_data(cluster: KubeCluster) -> None:
    result = await cluster.apply({"apiVersion": "x.test/v1", "kind": "X", "metadata": {"name": "a"}}, manager="m")
    assert (result.status, result.reason) == (404, "KindNotServed")


async def test_a_cluster_scoped_object_loses_a_stray_namespace(api: Api, cluster: KubeCluster) -> None:
    manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n", "namespace": "stray"}}
    api.says("PATCH /api/v1/namespaces/n", Reply(body=manifest))
    assert (await cluster.apply(manifest, manager="m")).ref == ObjectRef(kind="Namespace", name="n")


async def test_a_page_of_a_proxy_does_not_become_an_object(api: Api, cluster: KubeCluster) -> None:
    api.says(f"PATCH {MAPS}/a", Reply(status=502, body=b"<html>bad gateway</html>"))
    with pytest.raises(Unavailable, match="502: <html>bad gateway"):
        await cluster.apply(config_map(), manager="m")


# --- lost answers --------------------------------------------------------------------------------------------


async def test_a_409_after_a_lost_create_says_that_it_may_be_ours(api: Api, cluster: KubeCluster) -> None:
    api.says(f"POST {MAPS}", CUT, Reply(status=409, body=status("AlreadyExists", "it exists")))
    result = await cluster.create(config_map())
    assert (result.status, result.reason, result.message) == (409, "AlreadyExists", f"it exists ({LOST})")


async def test_a_409_at_the_first_try_does_not(api: Api, cluster: KubeCluster) -> None:
    api.says(f"POST {MAPS}", Reply(status=409, body=status("AlreadyExists", "it exists")))
    assert (await cluster.create(config_map())).message == "it exists"


async def test_an_object_named_by_the_server_is_never_sent_twice(api: Api, cluster: KubeCluster) -> None:
    api.says(f"POST {MAPS}", CUT, Reply(body=config_map()))
    with pytest.raises(Unavailable, match="whether it carried out the POST is not known"):
        await cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "a-"}})
    assert len(api.asked("POST", MAPS)) == 1


async def test_a_lost_compare_and_swap_is_told_from_a_foreign_one(api: Api, cluster: KubeCluster) -> None:
    api.says("GET /version", Reply(body={"gitVersion": "v1.34.2"}))
    await cluster.version()  # a kept connection: aiohttp itself would send the PUT again and hide the first one
    api.says(f"PUT {MAPS}/a", CUT, Reply(status=409, body=status("Conflict", "it moved")))
    result = await cluster.replace(config_map(resourceVersion="1"))
    assert result.message == f"it moved ({LOST})"
    assert len(api.asked("PUT", f"{MAPS}/a")) == 2


async def test_deleting_what_is_gone_is_done(api: Api, cluster: KubeCluster) -> None:
    result = await cluster.delete(ref("gone"))
    assert (result.is_applied, result.status, result.live) == (True, 404, {})


async def test_delete_states_preconditions_and_propagation(api: Api, cluster: KubeCluster) -> None:
    api.says(f"DELETE {MAPS}/a", Reply(body={"kind": "Status", "status": "Success"}))
    result = await cluster.delete(ref("a"), uid="u", resource_version="3", propagation="Orphan")
    sent = orjson.loads(api.asked("DELETE", f"{MAPS}/a")[0].body)
    assert sent["preconditions"] == {"uid": "u", "resourceVersion": "3"}
    assert sent["propagationPolicy"] == "Orphan"
    assert result.live == {}


# --- reading -------------------------------------------------------------------------------------------------


async def test_get_leaves_out_what_does_not_exist(cluster: KubeCluster) -> None:
    assert await cluster.get(ref("nothing")) is None


async def test_a_forbidden_read_says_who_and_what(api: Api, cluster: KubeCluster) -> None:
    api.says(f"GET {MAPS}/a", Reply(status=403, body=status("Forbidden", "alice cannot get configmaps")))
    with pytest.raises(Forbidden, match=r"refuses user alice of kubeconfig: alice cannot get"):
        await cluster.get(ref("a"))


async def test_many_of_one_namespace_are_one_list(api: Api, cluster: KubeCluster) -> None:
    refs = [ref(name) for name in "abcde"]
    api.says(f"GET {MAPS}", Reply(body={"kind": "ConfigMapList", "items": [live("a"), live("e"), live("foreign")]}))
    found = await cluster.observe(refs)
    assert list(found) == [ref("a"), ref("e")]
    assert found[ref("a")]["kind"] == "ConfigMap"
    assert found[ref("a")]["apiVersion"] == "v1"


async def test_a_list_that_is_forbidden_is_read_one_by_one(api: Api, cluster: KubeCluster) -> None:
    api.says(f"GET {MAPS}", Reply(status=403, body=status("Forbidden", "no list")))
    api.says(f"GET {MAPS}/a", Reply(body=live("a")))
    assert list(await cluster.observe([ref(name) for name in "abcde"])) == [ref("a")]


async def test_pages_are_followed_and_an_outdated_one_restarts(api: Api, cluster: KubeCluster) -> None:
    first = {"items": [live("a")], "metadata": {"continue": "t1"}}
    whole = {"items": [live("a"), live("b")], "metadata": {}}
    api.says(f"GET {ALL_MAPS}", Reply(body=first), Reply(status=410, body=status("Expired", "")), Reply(body=whole))
    listed = await cluster.list_objects(group="", kind="ConfigMap", labels={"app": "x"}, fields={"metadata.name": "a"})
    assert [item["metadata"]["name"] for item in listed] == ["a", "b"]
    queries = [seen.query for seen in api.asked("GET", ALL_MAPS)]
    assert [(query.get("limit"), query.get("continue")) for query in queries] == [
        ("500", None),
        ("500", "t1"),
        (None, None),
    ]
    assert queries[0]["labelSelector"] == "app=x"
    assert queries[0]["fieldSelector"] == "metadata.name=a"


async def test_an_empty_metadata_list_has_null_items(api: Api, cluster: KubeCluster) -> None:
    api.says(f"GET {ALL_MAPS}", Reply(body={"kind": "PartialObjectMetadataList", "items": None}))
    assert await cluster.list_metadata(group="", kind="ConfigMap") == []
    assert "as=PartialObjectMetadataList" in api.asked("GET", ALL_MAPS)[0].headers["Accept"]


async def test_metadata_over_many_namespaces_is_one_list(api: Api, cluster: KubeCluster) -> None:
    refs = [ref("a", namespace=f"n{number}") for number in range(20)]
    api.says(f"GET {ALL_MAPS}", Reply(body={"items": [live("a", namespace="n3"), live("b", namespace="n3")]}))
    found = await cluster.observe_metadata(refs)
    assert {key: (value.uid, value.resource_version) for key, value in found.items()} == {refs[3]: ("u-a", "7")}


async def test_kinds_not_served_are_left_out(cluster: KubeCluster) -> None:
    assert await cluster.observe([ObjectRef(group="x.test", kind="X", name="a")]) == {}
    assert await cluster.list_objects(group="x.test", kind="X") == []


async def test_whether_an_object_of_a_broken_group_exists_is_not_guessed(api: Api, cluster: KubeCluster) -> None:
    stale = {"metadata": {"name": "x.test"}, "versions": [{"version": "v1", "freshness": "Stale"}]}
    api.says("GET /apis", Reply(body={"kind": "APIGroupDiscoveryList", "items": [stale]}))
    with pytest.raises(Unavailable, match=r"whether X a exists is not known: .* x\.test"):
        await cluster.observe([ObjectRef(group="x.test", kind="X", name="a")])


async def test_logs_that_cannot_be_had_are_empty(api: Api, cluster: KubeCluster) -> None:
    pod = ObjectRef(kind="Pod", namespace="default", name="p")
    api.says("GET /api/v1/namespaces/default/pods/p/log", Reply(body=b"last\n"), Reply(status=500, body=b"no kubelet"))
    assert [await cluster.pod_logs(pod, container="c"), await cluster.pod_logs(pod)] == ["last\n", ""]
    assert api.seen[0].query["container"] == "c"


async def test_discovery_is_read_once_and_again_on_demand(api: Api, cluster: KubeCluster) -> None:
    await cluster.kinds()
    await cluster.kinds()
    assert len(api.asked("GET", "/apis")) == 1
    api.says("GET /apis", Reply(body=CORE))
    await cluster.kinds(refresh=True)
    assert len(api.asked("GET", "/apis")) == 2
