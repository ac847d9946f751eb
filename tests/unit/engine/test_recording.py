"""What a run that writes nothing leaves in the record: renewed baselines, but for what others took from us."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from fairlead.engine.compare import Comparison
from fairlead.engine.preparing import Prepared
from fairlead.engine.recording import record_as_it_was
from fairlead.model.change import Change, ChangeAction
from fairlead.model.component import Component, ManifestsSource
from fairlead.model.objects import Manifest, ObjectRef, ObservedMetadata
from fairlead.model.record import Baseline, ComponentRecord
from fairlead.planning.drift_fields import lost_fields

WEB = Component(name="web", source=ManifestsSource(paths=()))
TEXT = ObjectRef(kind="ConfigMap", namespace="shop", name="text")
US = "fairlead:web"
BEFORE = Baseline(manager=US, owned_hash="old", manifest_hash="m", resource_version="1", uid="u1")


def live(*, fields: dict[str, Any], annotations: dict[str, str] | None = None) -> Manifest:
    entries = [{"manager": US, "operation": "Apply", "apiVersion": "v1", "fieldsV1": fields}]
    metadata = {"name": "text", "namespace": "shop", "uid": "u1", "resourceVersion": "5", "managedFields": entries}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {**metadata, "annotations": annotations or {}},
        "data": {"a": "1", "b": "2"},
    }


OURS = {"f:data": {"f:a": {}, "f:b": {}}}
LESS = {"f:data": {"f:a": {}}}


@pytest.mark.parametrize(("lost", "expected"), [((".data.b",), BEFORE.resource_version), ((), "5")])
def test_ownership_that_was_lost_stays_drift(lost: tuple[str, ...], expected: str) -> None:
    change = Change(target=TEXT, action=ChangeAction.NOOP, reason="as wanted")
    found = Comparison(ref=TEXT, wanted={}, live=live(fields=LESS), change=change, precondition="", lost=lost)
    prepared = Prepared(component=WEB, changes=(change,), comparisons=(found,), input_digest="i")
    record = ComponentRecord(component="web", baselines={TEXT: BEFORE})
    seen = {TEXT: ObservedMetadata(ref=TEXT, uid="u1", resource_version="5")}
    memory = SimpleNamespace(metadata=seen)
    deployment: Any = SimpleNamespace(records={"web": record}, planned=SimpleNamespace(memory=memory), key=b"")
    after = record_as_it_was(prepared, deployment)
    assert after is not None
    assert after.baselines[TEXT].resource_version == expected
    assert (after.baselines[TEXT].owned_hash == "old") is bool(lost)


def test_fields_are_lost_where_the_next_write_would_take_them_back() -> None:
    wanted = {"data": {"a": "1", "b": "2"}}
    assert lost_fields(live(fields=LESS), live(fields=OURS), wanted, manager=US) == (".data.b",)
    assert lost_fields(live(fields=OURS), live(fields=OURS), wanted, manager=US) == ()


def test_empty_map_that_somebody_filled_is_not_lost() -> None:
    wanted = {"metadata": {"annotations": {}}, "data": {"a": "1", "b": "2"}}
    with_empty = {**OURS, "f:metadata": {"f:annotations": {}}}
    filled = live(fields=OURS, annotations={"theirs": "1"})
    assert lost_fields(filled, live(fields=with_empty), wanted, manager=US) == ()
