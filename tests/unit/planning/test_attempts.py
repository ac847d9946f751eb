"""What a step was about to write is known when it failed and the project drops it."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from fairlead.formats.ownership import claimed
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.model.record import Baseline, ComponentRecord, Standing
from fairlead.model.removal import Verdict
from fairlead.planning.attempts import is_only_attempted, with_attempts
from fairlead.planning.moves import find_moves
from fairlead.planning.orphans import left_behind
from fairlead.planning.outcome import bundle_of
from fairlead.planning.prune import Surrounding, decide, items_of
from fairlead.planning.rollback import Returns, way_back

TEXT = ObjectRef(kind="ConfigMap", namespace="shop", name="text")
OTHER = ObjectRef(kind="ConfigMap", namespace="shop", name="other")
US = "fairlead:web"
NEW = ComponentRecord(component="web", standing=Standing(namespace="shop"))


def baseline(manager: str = US) -> Baseline:
    return Baseline(manager=manager, owned_hash="h", manifest_hash="m", resource_version="1", uid="u1")


def live(manager: str) -> Manifest:
    entry = {"manager": manager, "operation": "Apply", "fieldsV1": {"f:data": {}}}
    metadata = {"name": "text", "namespace": "shop", "uid": "u9", "managedFields": [entry]}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}


def verdict(record: ComponentRecord, found: Manifest | None) -> Verdict:
    items = items_of(record, is_gone=True, why="gone")
    (fate,) = decide(items, Surrounding(live={TEXT: found} if found else {}), named=())
    return fate.verdict


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (live(US), Verdict.DELETE),
        (live("kubectl"), Verdict.FORGET),
        (live("helm"), Verdict.FORGET),
        (None, Verdict.FORGET),
    ],
)
def test_what_a_first_run_wrote_before_it_failed_is_pruned_and_nothing_else(
    found: Manifest | None, expected: Verdict
) -> None:
    assert verdict(with_attempts(NEW, {TEXT: US}), found) is expected


def test_object_of_a_release_that_failed_is_pruned_only_with_the_marks_of_that_release() -> None:
    record = dataclasses.replace(with_attempts(NEW, {TEXT: "helm"}), release="web")
    assert verdict(record, claimed(live("helm"), release="web", namespace="shop")) is Verdict.DELETE
    assert verdict(record, claimed(live("helm"), release="api", namespace="shop")) is Verdict.FORGET


def test_known_objects_keep_what_is_known_of_them() -> None:
    record = dataclasses.replace(NEW, baselines={TEXT: baseline()})
    assert with_attempts(record, {TEXT: US}) is record
    after = with_attempts(record, {TEXT: US, OTHER: US})
    assert (after.baselines, after.orphans) == (record.baselines, (OTHER,))


def test_attempt_that_the_project_dropped_is_left_behind_and_one_that_it_wants_is_not() -> None:
    record = with_attempts(NEW, {TEXT: US, OTHER: US})
    assert left_behind(record, {TEXT}).orphans == (OTHER,)


def test_component_that_was_only_attempted_is_not_deployed() -> None:
    record = dataclasses.replace(with_attempts(NEW, {TEXT: "helm"}), release="web")
    done = dataclasses.replace(NEW, component="api", baselines={OTHER: baseline()}, output_digest="sha256:1")
    assert is_only_attempted(record)
    assert not is_only_attempted(done)
    assert way_back(record) is Returns.NOT
    plan: Any = type("Plan", (), {"left_out": (), "dirty": False, "commit": "c", "simulated": False})
    assert dict(bundle_of(plan, {}, {"web": record, "api": done}).components) == {"api": "sha256:1"}


def test_release_that_is_tried_again_takes_nothing_over_unseen() -> None:
    record = with_attempts(NEW, {TEXT: "helm"})
    assert not find_moves({"web": [TEXT]}, {"web": record}).by_ref
    assert not find_moves({"api": [TEXT]}, {"web": record}).by_ref


def test_renamed_component_takes_over_what_its_first_run_wrote() -> None:
    moves = find_moves({"api": [TEXT]}, {"web": with_attempts(NEW, {TEXT: US})})
    assert moves.by_ref[TEXT].manager == US
