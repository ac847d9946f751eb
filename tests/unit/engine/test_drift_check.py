"""How little a drift check asks of the cluster, and what it says."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from fairlead.engine.drift_check import DriftCheck
from fairlead.formats.managed_fields import owned_hash
from fairlead.formats.secret_masking import mask_manifest
from fairlead.model.drift import DriftKind
from fairlead.model.ignore import IgnoreEntry
from fairlead.model.maintenance import Maintenance, Scaled
from fairlead.model.objects import ApplyResult, Kind, Kinds, Manifest, ObjectRef, ObservedMetadata, ref_of
from fairlead.model.record import Baseline, ComponentRecord
from fairlead.planning.ignoring import NO_IGNORES, Ignores, ignores_of

OURS = "fairlead:web"
KEY = b"key"
KINDS = Kinds(
    {
        ("", kind): Kind(group="", version="v1", kind=kind, plural=kind, namespaced=True)
        for kind in ("ConfigMap", "Secret")
    }
)


@dataclass(kw_only=True)
class LookedAt:
    """A cluster that counts what it is asked; a dry-run answers with the applied data, owned by its manager."""

    live: dict[ObjectRef, Manifest]
    got: list[ObjectRef] = field(default_factory=list)
    listed: list[ObjectRef] = field(default_factory=list)
    asked: list[ObjectRef] = field(default_factory=list)

    async def kinds(self, *, refresh: bool = False) -> Kinds:
        return KINDS

    async def observe_metadata(self, refs: Iterable[ObjectRef]) -> dict[ObjectRef, ObservedMetadata]:
        return {ref: _metadata(ref, self.live[ref]) for ref in refs if ref in self.live}

    async def observe(self, refs: Iterable[ObjectRef]) -> dict[ObjectRef, Manifest]:
        found = {ref: self.live[ref] for ref in refs if ref in self.live}
        self.listed += found
        return found

    async def get(self, ref: ObjectRef) -> Manifest | None:
        self.got.append(ref)
        return self.live.get(ref)

    async def list_objects(self, **_: Any) -> list[Manifest]:
        return []

    async def apply(
        self, manifest: Manifest, *, manager: str, force: bool = False, dry_run: bool = False
    ) -> ApplyResult:
        assert force is False
        assert dry_run
        ref = ref_of(manifest)
        self.asked.append(ref)
        after = {**self.live[ref], "data": manifest["data"]}
        after["metadata"] = {**after["metadata"], "managedFields": [_entry(manager, manifest["data"])]}
        return ApplyResult(ref=ref, live=after)


def _metadata(ref: ObjectRef, live: Manifest) -> ObservedMetadata:
    metadata = live["metadata"]
    managers = tuple(entry["manager"] for entry in metadata["managedFields"])
    return ObservedMetadata(
        ref=ref, uid=metadata["uid"], resource_version=metadata["resourceVersion"], managers=managers
    )


def _entry(manager: str, data: Mapping[str, str], operation: str = "Apply") -> dict[str, Any]:
    fields = {"f:data": {f"f:{name}": {} for name in data}}
    return {"manager": manager, "operation": operation, "apiVersion": "v1", "fieldsV1": fields}


def applied(name: str, data: dict[str, str], kind: str = "ConfigMap") -> Manifest:
    metadata = {
        "name": name,
        "namespace": "x",
        "uid": f"uid-{name}",
        "resourceVersion": "10",
        "managedFields": [_entry(OURS, data)],
    }
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, "data": data}


def record_of(*lives: Manifest) -> dict[str, ComponentRecord]:
    baselines = {
        ref_of(live): Baseline(
            manager=OURS,
            owned_hash=owned_hash(live, OURS, key=KEY) or "",
            manifest_hash="",
            resource_version=live["metadata"]["resourceVersion"],
            uid=live["metadata"]["uid"],
        )
        for live in lives
    }
    objects = tuple(mask_manifest(_stated(live), (), key=KEY) for live in lives)
    return {"web": ComponentRecord(component="web", objects=objects, baselines=baselines)}


def _stated(live: Manifest) -> Manifest:
    metadata = {name: live["metadata"][name] for name in ("name", "namespace")}
    return {**copy.deepcopy(live), "metadata": metadata}


def edited(live: Manifest, data: dict[str, str], *, by: str = "kubectl-edit") -> Manifest:
    """What is left when *by* wrote its *data* over ours."""
    kept = {name: value for name, value in live["data"].items() if data.get(name, value) == value}
    theirs = {name: value for name, value in data.items() if kept.get(name) != value}
    entries = [_entry(OURS, kept), _entry(by, theirs, "Update")]
    metadata = {**live["metadata"], "managedFields": entries, "resourceVersion": "11"}
    return {**live, "metadata": metadata, "data": {**live["data"], **data}}


def cluster_of(*lives: Manifest) -> LookedAt:
    return LookedAt(live={ref_of(live): live for live in lives})


def check_of(cluster: LookedAt, ignores: Ignores = NO_IGNORES) -> DriftCheck:
    return DriftCheck(cluster, key=KEY, ignores=ignores)  # type: ignore[arg-type] - it has what a check asks for


CALM = applied("calm", {"a": "1"})
WEB = applied("web", {"a": "1", "b": "2"})


async def test_what_did_not_move_is_not_read() -> None:
    cluster = cluster_of(CALM, WEB)
    looked = await check_of(cluster).look(record_of(CALM, WEB))
    assert (looked.objects, looked.read, dict(looked.verdicts)) == (2, 0, {})
    assert (cluster.got, cluster.listed, cluster.asked) == ([], [], [])


async def test_what_others_write_is_read_and_needs_no_dry_run() -> None:
    moved = edited(WEB, {"z": "9"}, by="some-operator")
    cluster = cluster_of(CALM, moved)
    looked = await check_of(cluster).look(record_of(CALM, WEB))
    assert [verdict.drift for verdict in looked.verdicts.values()] == [None]
    assert (looked.read, looked.asked, cluster.asked) == (1, 0, [])


async def test_a_field_of_ours_that_moved_is_told_by_one_dry_run() -> None:
    cluster = cluster_of(CALM, edited(WEB, {"a": "5"}))
    looked = await check_of(cluster).look(record_of(CALM, WEB))
    (verdict,) = looked.verdicts.values()
    assert verdict.drift is not None
    (found,) = verdict.drift.fields
    assert (found.path, found.wanted, found.found, found.owner) == (".data.a", "1", "5", "kubectl-edit")
    assert cluster.asked == [ref_of(WEB)]


async def test_a_second_look_asks_again_only_about_what_moved_since() -> None:
    cluster = cluster_of(CALM, edited(WEB, {"a": "5"}))
    check, records = check_of(cluster), record_of(CALM, WEB)
    first = await check.look(records)
    second = await check.look(records)
    assert (second.verdicts, second.read, len(cluster.asked)) == (first.verdicts, 0, 1)
    again = edited(WEB, {"a": "6"})
    again["metadata"]["resourceVersion"] = "12"
    cluster.live[ref_of(WEB)] = again
    (verdict,) = (await check.look(records)).verdicts.values()
    assert verdict.drift is not None
    assert verdict.drift.fields[0].found == "6"


async def test_what_is_gone_is_told() -> None:
    looked = await check_of(cluster_of(CALM)).look(record_of(CALM, WEB))
    (verdict,) = looked.verdicts.values()
    assert verdict.drift is not None
    assert (verdict.drift.kind, verdict.drift.target) == (DriftKind.DELETED, ref_of(WEB))


async def test_what_was_made_again_is_told_though_it_is_the_same() -> None:
    again = copy.deepcopy(WEB)
    again["metadata"] |= {"uid": "another", "resourceVersion": "20", "creationTimestamp": "2026-03-01T10:00:00Z"}
    looked = await check_of(cluster_of(again)).look(record_of(WEB))
    (verdict,) = looked.verdicts.values()
    assert verdict.drift is not None
    assert (verdict.drift.kind, verdict.drift.reason) == (DriftKind.RECREATED, "was deleted and made again")


async def test_few_of_many_are_read_one_by_one() -> None:
    lives = [applied(f"c{n}", {"a": "1"}) for n in range(40)]
    moved = edited(lives[7], {"a": "5"})
    cluster = cluster_of(*lives[:7], moved, *lives[8:])
    await check_of(cluster).look(record_of(*lives))
    assert (cluster.got, cluster.listed) == ([ref_of(moved)], [])


async def test_many_of_many_are_listed() -> None:
    lives = [applied(f"c{n}", {"a": "1"}) for n in range(8)]
    cluster = cluster_of(*(edited(live, {"a": "5"}) for live in lives))
    looked = await check_of(cluster).look(record_of(*lives))
    assert (cluster.got, len(cluster.listed), looked.asked) == ([], 8, 8)


async def test_a_moved_secret_is_told_without_its_values() -> None:
    live = applied("s", {"p": "b2xk", "q": "b2xk"}, kind="Secret")
    cluster = cluster_of(edited(live, {"p": "bmV3"}))
    (verdict,) = (await check_of(cluster).look(record_of(live))).verdicts.values()
    assert verdict.drift is not None
    (found,) = verdict.drift.fields
    assert (found.path, str(found.wanted), str(found.found)) == (".data.p", "***", "***")
    assert "bmV3" not in repr(verdict)


def ignoring(**given: Any) -> Ignores:
    entry = IgnoreEntry(
        **{"kind": "ConfigMap", "name": "web", "reason": "tuned", "owner": "me", "expires": date(2026, 6, 1), **given}
    )
    return ignores_of([entry], today=date(2026, 1, 1))


async def test_an_ignored_field_is_no_drift_and_is_told() -> None:
    cluster = cluster_of(edited(WEB, {"a": "5"}))
    (verdict,) = (await check_of(cluster, ignoring(fields=(".data.a",))).look(record_of(WEB))).verdicts.values()
    assert verdict.drift is None
    assert [(told.path, told.reason) for told in verdict.ignored] == [(".data.a", "tuned")]


async def test_the_other_fields_of_an_object_are_still_drift() -> None:
    cluster = cluster_of(edited(WEB, {"a": "5", "b": "6"}))
    (verdict,) = (await check_of(cluster, ignoring(fields=(".data.a",))).look(record_of(WEB))).verdicts.values()
    assert verdict.drift is not None
    assert [found.path for found in verdict.drift.fields] == [".data.b"]


async def test_an_object_that_may_be_gone_is_no_drift() -> None:
    (verdict,) = (await check_of(cluster_of(), ignoring()).look(record_of(WEB))).verdicts.values()
    assert (verdict.drift, [told.path for told in verdict.ignored]) == (None, [""])


async def test_an_open_baseline_is_asked_about() -> None:
    """Somebody wrote between helm and our look: nothing is known of it but by a dry-run."""
    records = record_of(WEB)
    ref = ref_of(WEB)
    record = records["web"]
    opened = dataclasses.replace(record.baselines[ref], owned_hash="", resource_version="")
    records = {"web": dataclasses.replace(record, baselines={ref: opened})}
    cluster = cluster_of(WEB)
    (verdict,) = (await check_of(cluster).look(records)).verdicts.values()
    assert (verdict.drift, cluster.asked) == (None, [ref])


async def test_what_maintenance_scaled_is_no_drift() -> None:
    before = scalable(2, version="10")
    ref = ref_of(before)
    closed = Maintenance(
        since=datetime(2026, 3, 1, tzinfo=UTC), who="me", reason="disks", scaled=(Scaled(ref=ref, before=2, during=0),)
    )
    cluster = cluster_of(scalable(0, version="11"))
    looked = await check_of(cluster).look(record_of(before), closed)
    assert ([verdict.drift for verdict in looked.verdicts.values()], cluster.asked) == ([None], [])


def scalable(replicas: int, *, version: str) -> Manifest:
    entry = {"manager": OURS, "operation": "Apply", "apiVersion": "apps/v1", "fieldsV1": {"f:spec": {"f:replicas": {}}}}
    named = {"name": "web", "namespace": "x", "uid": "u", "resourceVersion": version, "managedFields": [entry]}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": named, "spec": {"replicas": replicas}}
