"""What a write leaves out where the ignore file says so, and what it must not."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from fairlead.formats.field_paths import without_value
from fairlead.model.change import Change, ChangeAction, FieldChange
from fairlead.model.ignore import IgnoreEntry
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.planning.adoption import Adoption
from fairlead.planning.ignoring import NO_IGNORES, ignores_of
from fairlead.planning.left_out import WHOLE, leave_out, loses, quieted, still_covered

OURS = "fairlead:web"
REF = ObjectRef(kind="ConfigMap", namespace="x", name="web")


def entry(*fields: str) -> IgnoreEntry:
    return IgnoreEntry(
        kind="ConfigMap", name="web", fields=fields, reason="tuned", owner="me", expires=date(2026, 6, 30)
    )


def configmap(data: dict[str, str], **owners: str) -> Manifest:
    entries = [
        {"manager": manager.replace("_", ":"), "operation": "Update", "fieldsV1": {"f:data": {f"f:{key}": {}}}}
        for key, manager in owners.items()
    ]
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "web", "managedFields": entries},
        "data": data,
    }


WANTED: Manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}, "data": {"a": "1", "b": "2"}}


def test_a_field_that_another_owns_is_left_to_it() -> None:
    live = configmap({"a": "9", "b": "2"}, a="kubectl", b=OURS)
    left, paths = leave_out(WANTED, live, [entry(".data.a")], manager=OURS)
    assert (left["data"], paths) == ({"b": "2"}, (".data.a",))


def test_a_field_that_somebody_removed_stays_away() -> None:
    left, paths = leave_out(WANTED, configmap({"b": "2"}, b=OURS), [entry(".data.a")], manager=OURS)
    assert (left["data"], paths) == ({"b": "2"}, (".data.a",))


def test_a_field_that_only_we_own_is_written_or_it_would_be_taken_away() -> None:
    live = configmap({"a": "old", "b": "2"}, a=OURS, b=OURS)
    assert leave_out(WANTED, live, [entry(".data.a")], manager=OURS) == (WANTED, ())


def test_what_an_adoption_would_take_away_with_an_ignored_field_is_found() -> None:
    lost = frozenset({("f:data", "f:a"), ("f:data", "f:c")})
    adoption = Adoption(predecessors=(), managed_fields=(), lost=lost)
    applied = configmap({"a": "9", "b": "2", "c": "3"})
    assert loses(adoption, applied, [".data.a"])
    assert not loses(adoption, applied, [".data.b"])
    assert not loses(adoption, applied, [])


def test_an_equal_value_is_written_too() -> None:
    live = configmap({"a": "1", "b": "2"}, a="kubectl")
    assert leave_out(WANTED, live, [entry(".data.a")], manager=OURS) == (WANTED, ())


def test_a_whole_object_is_left_as_it_is() -> None:
    assert leave_out(WANTED, configmap({}), [entry()], manager=OURS) == (WANTED, (WHOLE,))


def test_what_was_left_out_is_due_again_when_its_entry_ends() -> None:
    active = ignores_of([entry(".data.a")], today=date(2026, 6, 30))
    ended = ignores_of([entry(".data.a")], today=date(2026, 7, 1))
    assert still_covered(active, "web", REF, (".data.a",))
    assert not still_covered(ended, "web", REF, (".data.a",))
    assert not still_covered(NO_IGNORES, "web", REF, (".data.a",))
    assert still_covered(NO_IGNORES, "web", REF, ())


def change(*paths: str) -> Change:
    fields = tuple(FieldChange(path=path, wanted="1", found="2") for path in paths)
    return Change(target=REF, action=ChangeAction.UPDATE, reason="r", fields=fields, conflicts=fields)


def test_a_change_of_ignored_fields_only_is_none() -> None:
    quiet = quieted(change(".data.a"), [entry(".data.a")])
    assert (quiet.action, quiet.reason) == (ChangeAction.NOOP, "ignored: tuned")


def test_the_other_fields_of_a_change_stay() -> None:
    quiet = quieted(change(".data.a", ".data.b"), [entry(".data.a")])
    assert ([f.path for f in quiet.fields], [f.path for f in quiet.conflicts]) == ([".data.b"], [".data.b"])


POD: dict[str, Any] = {"spec": {"containers": [{"name": "a", "args": ["x", "y"]}, {"name": "b"}], "n": 1}}


@pytest.mark.parametrize(
    ("path", "left"),
    [
        (".spec.n", {"spec": {"containers": POD["spec"]["containers"]}}),
        ('.spec.containers[name="b"]', {"spec": {"containers": [POD["spec"]["containers"][0]], "n": 1}}),
        ('.spec.containers[name="a"].args', {"spec": {"containers": [{"name": "a"}, {"name": "b"}], "n": 1}}),
        (".spec.nothing", POD),
    ],
)
def test_only_what_a_path_names_goes(path: str, left: dict[str, Any]) -> None:
    assert without_value(POD, path) == left


def test_of_a_list_in_another_order_only_what_others_changed_is_left_out() -> None:
    """To leave the whole list out would delete the variable that only we hold."""
    owned: dict[str, Any] = {
        'k:{"name":"A"}': {".": {}, "f:name": {}},
        'k:{"name":"B"}': {".": {}, "f:name": {}, "f:value": {}},
    }
    changed: dict[str, Any] = {'k:{"name":"A"}': {"f:value": {}}}
    entries = [
        {"manager": manager, "operation": "Apply", "fieldsV1": {"f:spec": {"f:env": fields}}}
        for manager, fields in ((OURS, owned), ("kubectl", changed))
    ]
    live = {
        "metadata": {"managedFields": entries},
        "spec": {"env": [{"name": "B", "value": "2"}, {"name": "A", "value": "9"}]},
    }
    wanted = {"metadata": {}, "spec": {"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}}
    left, paths = leave_out(wanted, live, [entry(".spec.env")], manager=OURS)
    assert left["spec"]["env"] == [{"name": "A"}, {"name": "B", "value": "2"}]
    assert paths == ('.spec.env[name="A"].value',)
