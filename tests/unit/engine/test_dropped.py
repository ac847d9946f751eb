"""What helm would remove with its next write: by our record, or by a revision that somebody else made."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any, cast

from fairlead.engine.dropped import find_dropped
from fairlead.engine.releases import ReleaseHead, read_releases
from fairlead.model.component import Component, HelmSource
from fairlead.model.objects import Kind, Kinds, Manifest, ObjectRef, ref_of
from fairlead.model.record import Baseline, ComponentRecord
from fairlead.planning.desired import DesiredObjects
from fairlead.ports import Cluster
from fairlead.testing.clock import FakeClock
from unit.engine.cluster import StagedCluster

WEB = Component(name="web", source=HelmSource(chart="web", release="web"), namespace="shop")
NOTHING = DesiredObjects(objects={}, crds={})
CLAIM = ObjectRef(kind="PersistentVolumeClaim", namespace="shop", name="data")
TEXT = ObjectRef(kind="ConfigMap", namespace="shop", name="text")


class Store(StagedCluster):
    async def kinds(self) -> Kinds:
        names = ("ConfigMap", "PersistentVolumeClaim", "Secret")
        return Kinds({("", k): Kind(group="", version="v1", kind=k, plural=k.lower(), namespaced=True) for k in names})


def revision(number: int, *kinds_and_names: tuple[str, str], status: str = "deployed") -> Manifest:
    texts = [f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}}}\n" for kind, name in kinds_and_names]
    content = json.dumps({"name": "web", "namespace": "shop", "version": number, "manifest": "---\n".join(texts)})
    packed = base64.b64encode(base64.b64encode(gzip.compress(content.encode()))).decode()
    labels = {"owner": "helm", "name": "web", "version": str(number), "status": status}
    metadata = {"name": f"sh.helm.release.v1.web.v{number}", "namespace": "shop", "uid": f"u{number}", "labels": labels}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": {"release": packed}}


def recorded(number: int, *manifests: Manifest) -> ComponentRecord:
    baseline = Baseline(manager="helm", owned_hash="h", manifest_hash="m", resource_version="1", uid="u")
    baselines = {ref_of(manifest): baseline for manifest in manifests}
    return ComponentRecord(component="web", release="web", revision=number, objects=manifests, baselines=baselines)


def plain(ref: ObjectRef) -> Manifest:
    metadata = {"name": ref.name, "namespace": ref.namespace}
    return {"apiVersion": "v1", "kind": ref.kind, "metadata": metadata}


async def dropped(
    record: ComponentRecord | None, *revisions: Manifest, desired: DesiredObjects = NOTHING
) -> set[ObjectRef]:
    store = Store(clock=FakeClock())
    store.put(*revisions)
    cluster: Any = cast("Cluster", store)
    head: ReleaseHead | None = (await read_releases(cluster)).head(WEB)
    return set(await find_dropped(cluster, head, record, WEB, desired))


async def test_release_that_is_taken_over_drops_what_its_revision_has() -> None:
    assert await dropped(None, revision(4, ("PersistentVolumeClaim", "data"), ("ConfigMap", "text"))) == {CLAIM, TEXT}


async def test_revision_that_somebody_else_made_counts_beside_the_record() -> None:
    foreign = revision(3, ("PersistentVolumeClaim", "data"))
    assert await dropped(recorded(2, plain(TEXT)), revision(2, status="superseded"), foreign) == {CLAIM, TEXT}


async def test_record_counts_where_helm_goes_on_from_what_it_holds() -> None:
    after = revision(3, ("PersistentVolumeClaim", "data"), status="failed")
    assert await dropped(recorded(2, plain(TEXT)), revision(2, ("ConfigMap", "text")), after) == {TEXT}
    assert await dropped(recorded(2, plain(TEXT))) == {TEXT}


async def test_what_is_wanted_is_not_dropped_and_a_first_install_drops_nothing() -> None:
    wanted = DesiredObjects(objects={CLAIM: plain(CLAIM)}, crds={})
    assert not await dropped(None, revision(1, ("PersistentVolumeClaim", "data")), desired=wanted)
    assert not await dropped(None, revision(1, ("ConfigMap", "text"), status="pending-install"))
