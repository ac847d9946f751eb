"""What putting an object back writes: what drifted, and nothing that differs on purpose."""

from __future__ import annotations

from datetime import date
from typing import Any

from fairlead.model.drift import Drift, DriftKind, FieldDrift
from fairlead.model.ignore import IgnoreEntry
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.planning.drift_revert import added_keys, drifted_only, revert_change

WANTED: Manifest = {"metadata": {}, "spec": {"replicas": 2, "paused": False, "image": "a:1"}}


def held(ours: tuple[str, ...], theirs: tuple[str, ...], **spec: Any) -> Manifest:
    entries = [
        {"manager": manager, "operation": "Update", "fieldsV1": {"f:spec": {f"f:{name}": {} for name in names}}}
        for manager, names in (("helm", ours), ("other", theirs))
    ]
    return {"metadata": {"managedFields": entries}, "spec": {**WANTED["spec"], **spec}}


def drift(*paths: str) -> Drift:
    fields = tuple(FieldDrift(path=path, kind=DriftKind.CHANGED) for path in paths)
    return Drift(component="web", kind=DriftKind.CHANGED, reason="r", fields=fields)


def ignoring(*fields: str) -> IgnoreEntry:
    return IgnoreEntry(kind="*", name="*", fields=fields, reason="r", owner="me", expires=date(2026, 6, 30))


def test_an_ignored_field_of_helms_object_is_left_and_noted() -> None:
    live = held(("replicas",), ("paused", "image"), paused=True, image="a:2")
    left, ignored = drifted_only(WANTED, live, drift(".spec.image"), [ignoring(".spec.paused")], manager="helm")
    assert (left["spec"], ignored) == ({"replicas": 2, "image": "a:1"}, (".spec.paused",))


def test_the_replicas_of_an_autoscaler_are_left() -> None:
    live = held(("paused",), ("replicas", "image"), replicas=7, image="a:2")
    left, ignored = drifted_only(WANTED, live, drift(".spec.image"), [], manager="helm")
    assert (left["spec"], ignored) == ({"paused": False, "image": "a:1"}, ())


def test_replicas_that_drifted_are_put_back() -> None:
    live = held(("paused", "image"), ("replicas",), replicas=7)
    assert drifted_only(WANTED, live, drift(".spec.replicas"), [], manager="helm") == (WANTED, ())


def test_a_key_that_is_only_no_longer_ours_is_not_removed() -> None:
    ref = ObjectRef(kind="ConfigMap", namespace="a", name="b")
    lost = FieldDrift(path=".data.kept", kind=DriftKind.OWNERSHIP)
    added = FieldDrift(path=".data.added", kind=DriftKind.EXTRA_KEY, found="x")
    found = Drift(component="web", kind=DriftKind.EXTRA_KEY, reason="r", target=ref, fields=(lost, added))
    assert added_keys([revert_change(found)]) == {ref: (("data", "added"),)}
