"""What is deleted, kept and forgotten; and, over generated inventories, what may never happen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.model.neighbours import neighbours_of
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.model.record import Baseline, ComponentRecord, Standing
from fairlead.model.removal import Fate, Item, Verdict
from fairlead.planning.desired import CRD_KEY
from fairlead.planning.holding import HOLDERS
from fairlead.planning.order import apply_order
from fairlead.planning.prune import (
    Surrounding,
    decide,
    deletion_batches,
    find_named,
    items_of,
    name_of,
    remains_of,
    without,
)

MANAGER = "fairlead:shop"
WIDGETS = ObjectRef(group=CRD_KEY[0], kind=CRD_KEY[1], name="widgets.example.test")


def ref(kind: str = "ConfigMap", name: str = "a", *, namespace: str = "shop", group: str = "") -> ObjectRef:
    is_cluster_wide = kind in ("Namespace", "PersistentVolume", "CustomResourceDefinition")
    return ObjectRef(group=group, kind=kind, namespace="" if is_cluster_wide else namespace, name=name)


def item(of: ObjectRef, **given: Any) -> Item:
    return Item(**{"ref": of, "component": "shop", "manager": MANAGER, "uid": "u1", "why": "gone", **given})


def live(of: ObjectRef, *, uid: str = "u1", manager: str = MANAGER, **more: Any) -> Manifest:
    entry = {"manager": manager, "operation": "Apply", "fieldsV1": {"f:data": {}}}
    metadata = {"namespace": of.namespace, "name": of.name, "uid": uid, "managedFields": [entry]}
    annotations = more.pop("annotations", None)
    if annotations:
        metadata["annotations"] = annotations
    return {"apiVersion": of.api_version, "kind": of.kind, "metadata": metadata, **more}


def fate(of: Item, found: Manifest | None, *named: ObjectRef, **around: Any) -> Fate:
    lives = {of.ref: found} if found is not None else {}
    (decided,) = decide([of], Surrounding(live=lives, **around), named=named)
    return decided


def test_object_that_another_project_has_is_never_deleted_even_when_named() -> None:
    """Its component has the same name, so the field manager is the same."""
    baseline = Baseline(manager=MANAGER, owned_hash="h", manifest_hash="m", resource_version="1", uid="u1")
    theirs = neighbours_of([("other", "local", ComponentRecord(component="shop", baselines={ref(): baseline}))])
    decided = fate(item(ref()), live(ref()), ref(), neighbours=theirs)
    assert decided.verdict is Verdict.FORGET
    assert decided.reason == "component shop of project other (environment local) has it: not ours"
    made_anew = fate(item(ref(), uid="u2"), live(ref(), uid="u2"), neighbours=theirs)
    assert made_anew.verdict is Verdict.DELETE


def test_object_that_is_still_ours_is_deleted() -> None:
    assert fate(item(ref()), live(ref())).verdict is Verdict.DELETE


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (None, "gone already"),
        (live(ref(), uid="u2"), "deleted and made again by somebody else: not ours"),
        (live(ref(), manager="kubectl"), "no field of it is ours any more: not ours"),
    ],
)
def test_what_is_not_ours_any_more_is_forgotten_and_told(found: Manifest | None, reason: str) -> None:
    decided = fate(item(ref()), found)
    assert (decided.verdict, decided.reason) == (Verdict.FORGET, reason)


def test_object_that_states_nothing_to_own_is_ours_by_its_uid() -> None:
    bare = item(ref("ServiceAccount"), is_bare=True)
    assert fate(bare, live(ref("ServiceAccount"), manager="kube-controller-manager")).verdict is Verdict.DELETE


def test_object_of_an_older_record_is_kept_where_nothing_shows_that_it_is_ours() -> None:
    decided = fate(item(ref(), uid=""), live(ref(), manager="kubectl"))
    assert decided.verdict is Verdict.KEEP


@pytest.mark.parametrize("kind", sorted(kind for _, kind in HOLDERS))
def test_kind_that_holds_something_stays_unless_it_is_named(kind: str) -> None:
    of = ref(kind)
    assert fate(item(of), live(of)).verdict is Verdict.KEEP
    assert name_of(of) in fate(item(of), live(of)).remedy
    assert fate(item(of), live(of), of).verdict is Verdict.DELETE


def test_annotation_and_component_say_keep_also_where_it_is_named() -> None:
    annotated = live(ref(), annotations={"helm.sh/resource-policy": "Keep "})
    assert fate(item(ref()), annotated, ref()).verdict is Verdict.KEEP
    assert fate(item(ref(), is_kept=True), live(ref()), ref()).verdict is Verdict.KEEP


def test_statefulset_that_would_take_its_claims_along_stays_unless_it_is_named() -> None:
    of = ref("StatefulSet", group="apps")
    found = live(of, spec={"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete"}})
    assert fate(item(of), found).verdict is Verdict.KEEP
    assert fate(item(of), found, of).verdict is Verdict.DELETE
    assert fate(item(of), live(of, spec={})).verdict is Verdict.DELETE


def test_definition_with_objects_stays_and_one_whose_objects_go_too_goes() -> None:
    widget = ref("Widget", group="example.test")
    around = {"instances": {WIDGETS: [widget]}}
    assert fate(item(WIDGETS), live(WIDGETS), **around).verdict is Verdict.KEEP
    assert fate(item(WIDGETS), live(WIDGETS), WIDGETS, **around).verdict is Verdict.DELETE
    assert fate(item(WIDGETS), live(WIDGETS), WIDGETS, wanted=[widget], **around).verdict is Verdict.KEEP
    both = [item(widget), item(WIDGETS)]
    surrounding = Surrounding(live={widget: live(widget), WIDGETS: live(WIDGETS)}, **around)
    assert {f.verdict for f in decide(both, surrounding, named=())} == {Verdict.DELETE}


def test_named_namespace_stays_as_long_as_something_in_it_does() -> None:
    place, data = ref("Namespace", "shop"), ref("PersistentVolumeClaim", "data")
    assert fate(item(place), live(place), place, claims={"shop": [data]}).verdict is Verdict.KEEP
    assert fate(item(place), live(place), place, wanted=[ref(name="other")]).verdict is Verdict.KEEP
    surrounding = Surrounding(live={place: live(place), data: live(data)}, claims={"shop": [data]})
    both = decide([item(place), item(data)], surrounding, named=[place, data])
    assert [f.verdict for f in both] == [Verdict.DELETE, Verdict.DELETE]


def test_names_of_the_command_line_find_objects_whatever_the_case_of_the_kind() -> None:
    data = item(ref("PersistentVolumeClaim", "data"))
    found, unknown = find_named(["persistentvolumeclaim/shop/data", "Namespace/shop"], [data])
    assert found == {data.ref}
    assert unknown == ("Namespace/shop",)


def baseline(uid: str = "u1") -> Baseline:
    return Baseline(manager=MANAGER, owned_hash="h", manifest_hash="m", resource_version="1", uid=uid)


def test_component_that_is_gone_leaves_all_that_it_has() -> None:
    record = ComponentRecord(
        component="shop", baselines={ref(): baseline()}, orphans=(ref(name="b"),), standing=Standing(prune=False)
    )
    assert [i.ref for i in items_of(record, is_gone=False, why="")] == [ref(name="b")]
    assert [(i.ref, i.uid, i.is_kept) for i in items_of(record, is_gone=True, why="")] == [
        (ref(), "u1", True),
        (ref(name="b"), "", True),
    ]


def test_what_remains_of_a_component_is_not_taken_for_deployed() -> None:
    record = ComponentRecord(
        component="shop", input_digest="i", output_digest="o", release="shop", revision=3, baselines={ref(): baseline()}
    )
    remains = remains_of(record, [])
    assert remains is not None
    assert (remains.input_digest, remains.output_digest, remains.release) == ("", "", "")
    assert (remains.orphans, remains.left) == ((ref(),), {ref(): baseline()})
    assert remains_of(record, [ref()]) is None


def test_record_of_a_component_that_is_there_loses_only_what_it_left_behind() -> None:
    gone = ref(name="b")
    record = ComponentRecord(
        component="shop", baselines={ref(): baseline()}, orphans=(gone,), left={gone: baseline("u2")}
    )
    after = without(record, [gone])
    assert (after.orphans, after.left, after.baselines) == ((), {}, {ref(): baseline()})


KINDS = st.sampled_from(
    [
        ("", "ConfigMap"),
        ("", "PersistentVolumeClaim"),
        ("", "Namespace"),
        ("", "Service"),
        ("apps", "Deployment"),
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
        ("example.test", "Widget"),
        CRD_KEY,
    ]
)


@st.composite
def inventories(draw: st.DrawFn) -> tuple[list[Item], Surrounding]:
    """Items of all kinds, of which some are gone, taken over or annotated; definitions have objects or not."""
    refs = draw(
        st.lists(
            st.builds(lambda kind, name: ref(kind[1], name, group=kind[0]), KINDS, st.sampled_from(["a", "b", "shop"])),
            unique=True,
            max_size=12,
        )
    )
    items = [item(of, is_kept=draw(st.booleans())) for of in refs]
    lives: dict[ObjectRef, Manifest] = {}
    for of in refs:
        uid, manager = draw(st.sampled_from(["u1", "u1", "u2"])), draw(st.sampled_from([MANAGER, MANAGER, "kubectl"]))
        notes = draw(st.sampled_from([None, None, {"helm.sh/resource-policy": "keep"}]))
        if draw(st.integers(0, 5)):
            lives[of] = live(of, uid=uid, manager=manager, annotations=notes)
    widgets = [of for of in refs if of.kind == "Widget"] + draw(st.sampled_from([[], [ref("Widget", "foreign")]]))
    instances: Mapping[ObjectRef, list[ObjectRef]] = {of: widgets for of in refs if of.kind == CRD_KEY[1]}
    return items, Surrounding(live=lives, instances=instances)


@given(inventories())
def test_nothing_that_holds_something_is_ever_deleted_unasked(given: tuple[list[Item], Surrounding]) -> None:
    items, around = given
    fates = decide(items, around, named=())
    going = {f.item.ref for f in fates if f.verdict is Verdict.DELETE}
    assert not {of for of in going if (of.group, of.kind) in HOLDERS}
    assert all(set(around.instances[of]) <= going for of in going if of.kind == CRD_KEY[1])


@given(inventories())
def test_every_item_has_exactly_one_fate_with_a_reason(given: tuple[list[Item], Surrounding]) -> None:
    items, around = given
    fates = decide(items, around, named=())
    assert [f.item for f in fates] == items
    assert all(f.reason for f in fates)
    assert all(f.item.ref in around.live for f in fates if f.verdict is not Verdict.FORGET)


@given(inventories())
def test_deletion_is_the_reverse_of_the_order_of_applying(given: tuple[list[Item], Surrounding]) -> None:
    items, around = given
    fates = decide(items, around, named=())
    going = [f for f in fates if f.verdict is Verdict.DELETE]
    batches = [{f.item.ref for f in batch} for batch in deletion_batches(fates, around.live)]
    manifests = [around.live[f.item.ref] for f in going]
    applied = [{_ref(m) for m in batch} for batch in apply_order(manifests)]
    assert batches == applied[::-1]


@given(inventories())
def test_deciding_again_once_the_deleted_are_gone_deletes_nothing_new(given: tuple[list[Item], Surrounding]) -> None:
    items, around = given
    going = {f.item.ref for f in decide(items, around, named=()) if f.verdict is Verdict.DELETE}
    after = Surrounding(
        live={of: found for of, found in around.live.items() if of not in going},
        instances={of: [w for w in found if w not in going] for of, found in around.instances.items()},
    )
    left = [i for i in items if i.ref not in going]
    assert not [f for f in decide(left, after, named=()) if f.verdict is Verdict.DELETE]


def _ref(manifest: Manifest) -> ObjectRef:
    group = manifest["apiVersion"].rpartition("/")[0]
    metadata = manifest["metadata"]
    return ObjectRef(group=group, kind=manifest["kind"], namespace=metadata["namespace"], name=metadata["name"])
