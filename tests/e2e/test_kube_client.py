"""The Kubernetes client against a real API server and kubectl.

Left out: what a healthy server does not do on demand (429, resets, Retry-After) is in tests/unit/adapters/kube.
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from cryptography import x509

from e2e.kube_tools import SystemClock, connect_proxy, eventually, kubectl
from fairlead.adapters.kube.cluster import KubeCluster
from fairlead.adapters.kube.connection import Connection, ExecPlugin, Identity, Impersonation, Trust
from fairlead.adapters.kube.context import read_connection
from fairlead.adapters.kube.faults import Forbidden, Unauthorized
from fairlead.model.errors import Unavailable
from fairlead.model.objects import FieldConflict, Manifest, ObjectRef, ref_of
from fairlead.model.secret import SecretText

pytestmark = pytest.mark.e2e

SPACE = "kube-client"


@pytest.fixture
def connection(cluster_kubeconfig: Path) -> Connection:
    return read_connection(path=Path(cluster_kubeconfig), environ={}, home=Path("/"))


@pytest.fixture
async def cluster(connection: Connection) -> AsyncIterator[KubeCluster]:
    cluster = KubeCluster(connection, clock=SystemClock())
    try:
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE}}
        assert (await cluster.apply(namespace, manager="test")).is_applied
        yield cluster
    finally:
        await cluster.close()


def config_map(name: str, *, namespace: str = SPACE, **data: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace, "labels": {"test": name.rstrip("0123456789")}},
        "data": data,
    }


def deployment(name: str) -> Manifest:
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "none.test/a:1"}]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": SPACE},
        "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template},
    }


def widgets(group: str) -> Manifest:
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"widgets.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}],
        },
    }


# --- writing -------------------------------------------------------------------------------------------------


async def test_apply_answers_with_the_live_object(cluster: KubeCluster) -> None:
    result = await cluster.apply(config_map("applied", a="b"), manager="fairlead:shop")
    assert result.live is not None
    assert result.live["data"] == {"a": "b"}
    assert result.live["metadata"]["managedFields"][0]["manager"] == "fairlead:shop"


async def test_a_dry_run_changes_nothing(cluster: KubeCluster) -> None:
    manifest = config_map("dry", a="b")
    assert (await cluster.apply(manifest, manager="m", dry_run=True)).is_applied
    assert await cluster.get(ref_of(manifest)) is None


async def test_an_object_without_a_namespace_goes_to_default(cluster: KubeCluster) -> None:
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "homeless"}}
    result = await cluster.apply(manifest, manager="m")
    assert (result.ref.namespace, result.is_applied) == ("default", True)
    assert list(await cluster.observe([ref_of(manifest)])) == [ref_of(manifest)]


async def test_text_that_yaml_would_spoil_arrives_unchanged(cluster: KubeCluster) -> None:
    text = "a\u2028b\u2029c\x7fd\x85e\x9ff\ufeffg\uffffh 😀 é \t\n\\ \" ' : # - ? {"
    result = await cluster.apply(config_map("text", a=text), manager="m")
    assert result.live is not None, result.message
    assert result.live["data"]["a"] == text


async def test_a_foreign_field_is_a_conflict_and_force_takes_it(cluster: KubeCluster, cluster_kubeconfig: Path) -> None:
    manifest = config_map("fought", a="ours")
    await cluster.apply(manifest, manager="fairlead:shop")
    patch = json.dumps({"data": {"a": "theirs"}})
    done = await kubectl("patch", "configmap", "fought", "-n", SPACE, "-p", patch, kubeconfig=str(cluster_kubeconfig))
    assert done.code == 0, done.error_text
    refused = await cluster.apply(manifest, manager="fairlead:shop")
    assert (refused.status, refused.conflicts) == (409, (FieldConflict(path=".data.a", manager="kubectl-patch"),))
    forced = await cluster.apply(manifest, manager="fairlead:shop", force=True)
    assert forced.live is not None
    assert forced.live["data"] == {"a": "ours"}


async def test_a_scaled_workload_conflicts_with_who_scaled_it(cluster: KubeCluster, cluster_kubeconfig: Path) -> None:
    await cluster.apply(deployment("scaled"), manager="fairlead:shop")
    words = ("scale", "deployment/scaled", "-n", SPACE, "--replicas=3")
    assert (await kubectl(*words, kubeconfig=str(cluster_kubeconfig))).code == 0
    result = await cluster.apply(deployment("scaled"), manager="fairlead:shop")
    assert result.conflicts == (FieldConflict(path=".spec.replicas", manager="kubectl"),)
    assert 'with subresource "scale"' in result.message


async def test_fields_applied_by_kubectl_s_old_way_conflict(
    cluster: KubeCluster, cluster_kubeconfig: Path, tmp_path: Path
) -> None:
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps(config_map("old", a="theirs")))
    assert (await kubectl("apply", "-f", str(file), kubeconfig=str(cluster_kubeconfig))).code == 0
    result = await cluster.apply(config_map("old", a="ours"), manager="fairlead:shop")
    assert result.conflicts == (FieldConflict(path=".data.a", manager="kubectl-client-side-apply"),)


async def test_a_moved_resource_version_is_409_without_conflicts(cluster: KubeCluster) -> None:
    first = await cluster.apply(config_map("guarded", a="1"), manager="m")
    assert first.live is not None
    guard = {key: first.live["metadata"][key] for key in ("uid", "resourceVersion")}
    guarded = config_map("guarded", a="2")
    guarded["metadata"] |= guard
    assert (await cluster.apply(guarded, manager="m")).status == 200
    guarded["data"]["a"] = "3"
    late = await cluster.apply(guarded, manager="m")
    assert (late.status, late.reason, late.conflicts) == (409, "Conflict", ())


async def test_unknown_fields_are_refused(cluster: KubeCluster) -> None:
    manifest = deployment("typing")
    manifest["spec"]["replicsa"] = 3
    result = await cluster.apply(manifest, manager="m")
    assert not result.is_applied
    assert ".spec.replicsa" in result.message
    created = await cluster.create(manifest)
    assert (created.status, 'unknown field "spec.replicsa"' in created.message) == (400, True)


async def test_an_invalid_object_names_its_fields(cluster: KubeCluster) -> None:
    manifest = deployment("invalid")
    manifest["spec"]["selector"]["matchLabels"] = {"app": "another"}
    result = await cluster.apply(manifest, manager="m")
    assert (result.status, result.reason) == (422, "Invalid")
    assert "spec.template.metadata.labels" in result.message


async def test_a_missing_namespace_and_a_quota_are_data(cluster: KubeCluster) -> None:
    lost = await cluster.apply(config_map("a", namespace="not-there"), manager="m")
    assert (lost.status, lost.message) == (404, 'namespaces "not-there" not found')
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "kube-client:stray", "namespace": "stray"},
        "rules": [],
    }
    assert (await cluster.apply(role, manager="m")).ref.namespace == ""


async def test_create_and_replace_compare_and_swap(cluster: KubeCluster) -> None:
    manifest = config_map("swapped", a="1")
    await cluster.delete(ref_of(manifest))
    created = await cluster.create(manifest)
    assert created.live is not None
    again = await cluster.create(manifest)
    assert (again.status, again.reason) == (409, "AlreadyExists")
    swapped = await cluster.replace(created.live | {"data": {"a": "2"}})
    assert swapped.is_applied
    late = await cluster.replace(created.live | {"data": {"a": "3"}})
    assert (late.status, late.reason) == (409, "Conflict")


async def test_delete_with_preconditions(cluster: KubeCluster) -> None:
    manifest = config_map("deleted", a="1")
    live = (await cluster.apply(manifest, manager="m")).live
    assert live is not None
    ref = ref_of(manifest)
    assert (await cluster.delete(ref, uid="00000000-0000-0000-0000-000000000000")).status == 409
    assert (await cluster.delete(ref, resource_version="1")).status == 409
    gone = await cluster.delete(ref, uid=live["metadata"]["uid"], resource_version=live["metadata"]["resourceVersion"])
    assert gone.is_applied
    again = await cluster.delete(ref)
    assert (again.is_applied, again.status, again.live) == (True, 404, {})


# --- reading -------------------------------------------------------------------------------------------------


async def test_many_objects_over_pages_are_observed(cluster: KubeCluster) -> None:
    manifests = [config_map(f"page{number}", a="b") for number in range(620)]
    results = await asyncio.gather(*(cluster.apply(manifest, manager="m") for manifest in manifests))
    assert all(result.is_applied for result in results)
    refs = [ref_of(manifest) for manifest in manifests]
    absent = ObjectRef(kind="ConfigMap", namespace=SPACE, name="absent")
    found = await cluster.observe([*refs, absent])
    assert list(found) == refs
    known = await cluster.observe_metadata([*refs, absent])
    assert {ref: live["metadata"]["resourceVersion"] for ref, live in found.items()} == {
        ref: metadata.resource_version for ref, metadata in known.items()
    }
    listed = await cluster.list_metadata(group="", kind="ConfigMap", namespace=SPACE, labels={"test": "page"})
    assert len(listed) == 620
    assert set(listed[0]) == {"metadata"}


async def test_lists_give_whole_typed_objects(cluster: KubeCluster) -> None:
    await cluster.apply(config_map("listed", a="b"), manager="m")
    (found,) = await cluster.list_objects(
        group="", kind="ConfigMap", namespace=SPACE, labels={"test": "listed"}, fields={"metadata.name": "listed"}
    )
    assert (found["apiVersion"], found["kind"], found["data"]) == ("v1", "ConfigMap", {"a": "b"})
    assert await cluster.list_objects(group="", kind="ConfigMap", labels={"test": "nobody"}) == []
    assert await cluster.list_metadata(group="", kind="PersistentVolume") == []


async def test_a_new_kind_is_served_after_a_refresh(cluster: KubeCluster) -> None:
    group = f"r{uuid4().hex[:8]}.kube-client.test"
    widget = {"apiVersion": f"{group}/v1", "kind": "Widget", "metadata": {"name": "a", "namespace": SPACE}}
    before = await cluster.apply(widget, manager="m")
    assert (before.status, before.reason) == (404, "KindNotServed")
    assert (await cluster.apply(widgets(group), manager="m")).is_applied

    async def is_served() -> bool:
        return (await cluster.kinds(refresh=True)).serves(ref_of(widget))

    await eventually(is_served)
    await eventually(lambda: _applies(cluster, widget))
    assert list(await cluster.observe([ref_of(widget)])) == [ref_of(widget)]


async def _applies(cluster: KubeCluster, manifest: Manifest) -> bool:
    return (await cluster.apply(manifest, manager="m")).is_applied


async def test_discovery_says_what_kubectl_says(cluster: KubeCluster, cluster_kubeconfig: Path) -> None:
    words = ("api-resources", "--no-headers", "-o", "name")
    said = await kubectl(*words, kubeconfig=str(cluster_kubeconfig))
    kinds = (await cluster.kinds(refresh=True)).by_name.values()
    ours = {f"{kind.plural}.{kind.group}" if kind.group else kind.plural for kind in kinds}
    assert ours == set(said.stdout.decode().split())


async def test_a_broken_aggregated_api_is_named_and_harms_nothing(cluster: KubeCluster) -> None:
    group = "broken.kube-client.test"
    service = {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": f"v1.{group}"},
        "spec": {
            "group": group,
            "version": "v1",
            "groupPriorityMinimum": 1,
            "versionPriority": 1,
            "insecureSkipTLSVerify": True,
            "service": {"name": "nobody", "namespace": SPACE, "port": 443},
        },
    }
    assert (await cluster.apply(service, manager="m")).is_applied

    async def is_named() -> bool:
        return group in (await cluster.kinds(refresh=True)).broken

    try:
        await eventually(is_named)
        assert (await cluster.kinds()).by_name["apps", "Deployment"].namespaced
        with pytest.raises(Unavailable, match=f"the server of the API group {group} does not answer"):
            await cluster.get(ObjectRef(group=group, kind="Thing", name="a"))
    finally:
        await cluster.delete(ref_of(service))


async def test_the_version_is_the_server_s(cluster: KubeCluster, cluster_kubeconfig: Path) -> None:
    said = await kubectl("version", "-o", "json", kubeconfig=str(cluster_kubeconfig))
    assert (await cluster.version()).git_version == json.loads(said.stdout)["serverVersion"]["gitVersion"]


async def test_logs_of_a_pod_that_does_not_exist_are_empty(cluster: KubeCluster) -> None:
    assert await cluster.pod_logs(ObjectRef(kind="Pod", namespace=SPACE, name="none")) == ""


# --- identity, trust and ways --------------------------------------------------------------------------------


async def ask(connection: Connection) -> str:
    cluster = KubeCluster(connection, clock=SystemClock())
    try:
        await cluster.list_objects(group="", kind="Namespace")
        return (await cluster.version()).git_version
    finally:
        await cluster.close()


async def test_an_unknown_token_is_told(connection: Connection) -> None:
    stranger = replace(connection, identity=Identity(token=SecretText("wrong")), user="bob")
    with pytest.raises(Unauthorized, match="does not accept the credentials of user bob"):
        await ask(stranger)


async def test_an_impersonated_user_may_less(connection: Connection) -> None:
    someone = replace(connection, impersonation=Impersonation(user="bob", extra={"fairlead.dev/token": ("1",)}))
    with pytest.raises(Forbidden, match='User "bob" cannot list resource "namespaces"'):
        await ask(someone)
    cluster = KubeCluster(someone, clock=SystemClock())
    result = await cluster.apply(config_map("bob"), manager="m")
    await cluster.close()
    assert (result.status, result.reason) == (403, "Forbidden")


async def test_the_server_sees_whom_we_impersonate(connection: Connection) -> None:
    extra = {"fairlead.dev/token": ("7",), "other": ("a", "b")}
    groups = ("system:masters", "system:authenticated")
    someone = replace(connection, impersonation=Impersonation(user="bob", groups=groups, extra=extra))
    cluster = KubeCluster(someone, clock=SystemClock())
    review = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "SelfSubjectReview",
        "metadata": {"name": "review"},
    }
    result = await cluster.create(review)
    await cluster.close()
    assert result.live is not None, result.message
    seen = result.live["status"]["userInfo"]
    assert (seen["username"], sorted(seen["groups"])) == ("bob", sorted(groups))
    assert {key: tuple(values) for key, values in seen["extra"].items()} == extra


async def test_a_server_that_is_not_trusted(connection: Connection) -> None:
    with pytest.raises(Unavailable, match=r"does not answer: its certificate is not trusted \("):
        await ask(replace(connection, trust=Trust()))


async def test_trust_may_be_switched_off(connection: Connection) -> None:
    assert await ask(replace(connection, trust=Trust(skip_verify=True)))


async def test_a_server_of_another_name(connection: Connection) -> None:
    with pytest.raises(Unavailable, match=r"not trusted \(Hostname mismatch"):
        await ask(replace(connection, trust=replace(connection.trust, server_name="wrong.test")))


async def test_the_server_name_may_be_stated(connection: Connection) -> None:
    name = await asyncio.to_thread(_name_in_certificate, connection)
    assert await ask(replace(connection, trust=replace(connection.trust, server_name=name)))


def _name_in_certificate(connection: Connection) -> str:
    address = urlsplit(connection.server)
    context = ssl.create_default_context(cadata=connection.trust.authorities.decode())
    with (
        socket.create_connection((address.hostname or "", address.port or 443), timeout=60) as plain,
        context.wrap_socket(plain, server_hostname=address.hostname) as secure,
    ):
        certificate = x509.load_der_x509_certificate(secure.getpeercert(binary_form=True) or b"")
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return names.get_values_for_type(x509.DNSName)[0]


async def test_a_proxy_tunnels_with_the_server_s_name(connection: Connection) -> None:
    name = await asyncio.to_thread(_name_in_certificate, connection)
    async with connect_proxy() as (url, targets):
        trust = replace(connection.trust, server_name=name)
        assert await ask(replace(connection, proxy=url, trust=trust))
    assert set(targets) == {urlsplit(connection.server).netloc}


async def test_a_plugin_gives_the_identity(connection: Connection, tmp_path: Path) -> None:
    own = connection.identity
    status = {
        "token": own.token.reveal() if own.token else "",
        "clientCertificateData": own.certificate.certificate.decode() if own.certificate else "",
        "clientKeyData": own.certificate.key.reveal() if own.certificate else "",
    }
    version = "client.authentication.k8s.io/v1"
    answer = tmp_path / "answer"
    answer.write_text(json.dumps({"apiVersion": version, "kind": "ExecCredential", "status": status}))
    plugin = ExecPlugin(command="cat", args=(str(answer),), api_version=version)
    assert await ask(replace(connection, identity=Identity(plugin=plugin)))
