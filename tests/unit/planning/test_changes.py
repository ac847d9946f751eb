"""What a dry-run's answer means for one object."""

from __future__ import annotations

from typing import Any

import pytest

from fairlead.model.change import Change, ChangeAction
from fairlead.model.objects import ApplyResult, FieldConflict, Manifest, ref_of
from fairlead.planning.changes import RANDOM, is_invalid, judge, mark_random, precondition_of

KEY = b"key"
OURS = "fairlead:web"


def live(replicas: int = 2, *, manager: str = OURS, owner: str = "", **metadata: Any) -> Manifest:
    """A Deployment whose replicas *manager* has applied, and *owner* holds now."""
    entries = (
        [owned(manager)] if not owner else [{**owned(owner), "operation": "Update"}, owned(manager, {"f:paused": {}})]
    )
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "web",
            "namespace": "x",
            "uid": "u",
            "resourceVersion": "1",
            "managedFields": entries,
            **metadata,
        },
        "spec": {"replicas": replicas, "paused": False},
        "status": {"replicas": 1},
    }


def owned(manager: str, fields: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "manager": manager,
        "operation": "Apply",
        "apiVersion": "apps/v1",
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:spec": fields or {"f:replicas": {}}},
    }


REF = ref_of(live())


def answered(manifest: Manifest | None = None, **given: Any) -> ApplyResult:
    return ApplyResult(**{"ref": REF, "live": manifest, **given})


def judged(found: Manifest | None, answer: ApplyResult, forced: ApplyResult | None = None) -> Change:
    change = judge(REF, live=found, answer=answer, forced=forced, manager=OURS)
    assert change.reason
    assert change.target == REF
    return change


def test_what_is_not_there_is_created() -> None:
    assert judged(None, answered(live())).action is ChangeAction.CREATE


def test_what_lacks_its_namespace_or_kind_is_created_later() -> None:
    change = judged(None, answered(status=404, message="namespaces x not found"))
    assert (change.action, change.reason) == (ChangeAction.CREATE, "not in the cluster; what it needs is made first")


@pytest.mark.parametrize("found", [None, live()])
def test_a_refused_dry_run_is_known_later(found: Manifest | None) -> None:
    change = judged(found, answered(status=500, message="webhook is away"))
    assert (change.action, change.reason) == (ChangeAction.UNKNOWN, "the dry-run did not pass: webhook is away")


def test_what_is_as_wanted_is_left() -> None:
    assert judged(live(), answered(live())).action is ChangeAction.NOOP


def test_a_status_that_moved_is_no_change() -> None:
    assert judged(live(), answered({**live(), "status": {"replicas": 9}})).action is ChangeAction.NOOP


def test_what_differs_is_updated_and_names_its_fields() -> None:
    change = judged(live(5), answered(live(2)))
    assert (change.action, change.reason) == (ChangeAction.UPDATE, ".spec.replicas differs")
    assert [(f.path, f.wanted, f.found, f.owner) for f in change.fields] == [(".spec.replicas", 2, 5, OURS)]


def test_what_exists_as_wanted_and_is_not_ours_is_adopted() -> None:
    change = judged(live(manager="kubectl"), answered(live(manager=OURS)))
    assert change.action is ChangeAction.ADOPT


def test_a_conflict_names_the_fields_and_who_holds_them() -> None:
    refused = answered(status=409, conflicts=(FieldConflict(path=".spec.replicas", manager="kubectl"),))
    change = judged(live(5, owner="kubectl"), refused, answered(live(2)))
    assert (change.action, change.reason) == (ChangeAction.UPDATE, "conflict: .spec.replicas belongs to kubectl")
    assert [(f.path, f.owner) for f in change.conflicts] == [(".spec.replicas", "kubectl")]


def test_a_conflict_over_equal_values_is_a_conflict_too() -> None:
    refused = answered(status=409, conflicts=(FieldConflict(path=".spec.replicas", manager="kubectl"),))
    change = judged(live(2, owner="kubectl"), refused, answered(live(2)))
    assert [(f.path, f.owner) for f in change.conflicts] == [(".spec.replicas", "kubectl")]


@pytest.mark.parametrize(("status", "invalid"), [(400, True), (422, True), (404, False), (409, False), (500, False)])
def test_what_is_wrong_as_it_is_written(status: int, invalid: bool) -> None:
    assert is_invalid(answered(status=status)) is invalid


def test_what_is_accepted_is_not_invalid() -> None:
    assert not is_invalid(answered(live(), status=422))


def test_a_status_update_moves_no_precondition() -> None:
    before = precondition_of(live(), OURS, key=KEY)
    now = {**live(resourceVersion="2"), "status": {"replicas": 7}}
    assert precondition_of(now, OURS, key=KEY) == before


def test_a_field_of_ours_moves_it_and_a_foreign_one_does_not() -> None:
    before = precondition_of(live(), OURS, key=KEY)
    assert precondition_of(live(5), OURS, key=KEY) != before
    assert precondition_of(live(labels={"a": "b"}), OURS, key=KEY) == before


def test_of_what_we_never_wrote_everything_but_the_status_counts() -> None:
    foreign = live(manager="kubectl")
    before = precondition_of(foreign, OURS, key=KEY)
    assert precondition_of({**foreign, "status": {}}, OURS, key=KEY) == before
    assert precondition_of(live(manager="kubectl", generation=9, resourceVersion="8"), OURS, key=KEY) == before
    assert precondition_of(live(manager="kubectl", labels={"a": "b"}), OURS, key=KEY) != before
    assert precondition_of(live(manager="kubectl", uid="another"), OURS, key=KEY) != before


def test_what_is_not_there_has_a_precondition_too() -> None:
    assert precondition_of(None, OURS, key=KEY) == "absent"


def test_what_differs_between_two_renderings_is_marked() -> None:
    (change,) = mark_random([judged(live(5), answered(live(2)))], {REF: live(3)}, {REF: live(4)})
    assert change.fields[0].wanted == RANDOM
    (same,) = mark_random([judged(live(5), answered(live(2)))], {REF: live(2)}, {REF: live(2)})
    assert same.fields[0].wanted == 2
