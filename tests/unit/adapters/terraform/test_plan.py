"""What `show -json` prints, as changes and outputs; shapes as OpenTofu 1.12.6 and Terraform 1.11.4 print them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.adapters.terraform.masking import MASKED, Mask, mask_of
from fairlead.adapters.terraform.plan import parse_changes, parse_outputs, parse_planned_outputs
from fairlead.model.change import ABSENT, Change, ChangeAction, FieldChange
from fairlead.model.infrastructure import Output
from fairlead.model.secret import SecretText

OPEN = Mask()


def resource(*actions: str, address: str = "x.y", change: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"address": address, "change": {"actions": list(actions)} | (change or {}), **more}


def one(item: dict[str, Any], *, drift: dict[str, Any] | None = None, mask: Mask = OPEN) -> Change:
    shown = {"resource_changes": [item], "resource_drift": [drift] if drift else []}
    (change,) = parse_changes(shown, mask=mask)
    return change


@pytest.mark.parametrize(
    ("actions", "action", "reason"),
    [
        (["create"], ChangeAction.CREATE, "not in the state"),
        (["update"], ChangeAction.UPDATE, "its arguments changed"),
        (["delete"], ChangeAction.DELETE, "no longer in the configuration"),
        (["delete", "create"], ChangeAction.REPLACE, "cannot be changed in place"),
        (["create", "delete"], ChangeAction.REPLACE, "cannot be changed in place"),
        (["read"], ChangeAction.RUN, "read during apply"),
        (["forget"], ChangeAction.UPDATE, "leaves the state; the thing itself stays"),
    ],
)
def test_each_action(actions: list[str], action: ChangeAction, reason: str) -> None:
    assert one(resource(*actions)) == Change(action=action, name="x.y", reason=reason)


def test_nothing_to_do_is_no_change() -> None:
    assert parse_changes({"resource_changes": [resource("no-op")]}, mask=OPEN) == ()


def test_empty_plan_has_nothing() -> None:
    assert parse_changes({}, mask=OPEN) == ()
    assert parse_planned_outputs({}, mask=OPEN) == {}


def test_replacement_names_the_arguments_that_force_it() -> None:
    paths = {"replace_paths": [["triggers_replace"], ["disk", 0, "size"]]}
    item = resource("delete", "create", change=paths, action_reason="replace_because_cannot_update")
    assert one(item).reason == "cannot be changed in place: .triggers_replace, .disk[0].size"


def test_tainted_resource_says_why() -> None:
    item = resource("delete", "create", action_reason="replace_because_tainted")
    assert one(item).reason == "its creation failed before"


def test_import_is_adoption() -> None:
    item = resource("no-op", change={"importing": {"id": "i"}})
    assert one(item).action is ChangeAction.ADOPT


def test_move_alone_is_a_change_that_touches_nothing() -> None:
    item = resource("no-op", previous_address="x.old")
    assert one(item) == Change(action=ChangeAction.UPDATE, name="x.y", reason="moved from x.old")


def test_change_from_outside_is_said() -> None:
    item = resource("update")
    assert one(item, drift=resource("update")).reason == "changed outside of Terraform; its arguments changed"
    assert one(resource("create"), drift=resource("delete")).reason.startswith("deleted outside of Terraform")


def test_deposed_object_is_told_apart() -> None:
    assert one(resource("delete", deposed="00000000")).name == "x.y (deposed 00000000)"


def fields(before: Any, after: Any, mask: Mask = OPEN, **marks: Any) -> tuple[FieldChange, ...]:
    return one(resource("update", change={"before": before, "after": after, **marks}), mask=mask).fields


def test_fields_that_differ() -> None:
    found = fields({"a": 1, "b": {"c": 1, "d": 2}, "l": [1]}, {"a": 1, "b": {"c": 3, "d": 2}, "l": [1, 2]})
    assert found == (
        FieldChange(path=".b.c", wanted=3, found=1),
        FieldChange(path=".l", wanted=[1, 2], found=[1]),
    )


def test_field_that_comes_or_goes() -> None:
    assert fields({"tags": {"a": "1"}}, {"tags": {"b": "2"}}) == (
        FieldChange(path=".tags.a", wanted=ABSENT, found="1"),
        FieldChange(path=".tags.b", wanted="2", found=ABSENT),
    )


def test_field_that_is_not_known_yet() -> None:
    found = fields({"id": "i", "o": "1"}, {"id": "i"}, after_unknown={"o": True})
    assert found == (FieldChange(path=".o", wanted=ChangeAction.UNKNOWN, found="1"),)


def test_creation_and_deletion_list_no_fields() -> None:
    assert one(resource("create", change={"before": None, "after": {"a": 1}})).fields == ()
    assert one(resource("delete", change={"before": {"a": 1}, "after": None})).fields == ()


@pytest.mark.parametrize("marks", [{"a": True}, {"a": {"b": True}}, True])
@pytest.mark.parametrize("side", ["before_sensitive", "after_sensitive"])
def test_sensitive_field_shows_only_that_it_moves(side: str, marks: Any) -> None:
    found = fields({"a": {"b": "old"}}, {"a": {"b": "new"}}, **{side: marks})
    assert [(f.wanted, f.found) for f in found] == [(MASKED, MASKED)]


def test_secret_that_came_in_is_masked_though_nothing_declares_it() -> None:
    found = fields({"a": "1"}, {"a": "token=s3cret"}, mask=mask_of({"t": SecretText("s3cret")}))
    assert found == (FieldChange(path=".a", wanted=SecretText("token=s3cret"), found="1"),)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(JSON, JSON)
def test_fields_are_empty_exactly_when_nothing_differs(before: Any, after: Any) -> None:
    found = fields({"a": before}, {"a": after})
    assert bool(found) == (before != after)


@given(JSON, JSON, st.booleans())
def test_no_sensitive_text_comes_through(before: Any, after: Any, nested: bool) -> None:
    marks = {"a": True} if nested else True
    found = fields({"a": ["S3CRET", before]}, {"a": [after, "S3CRET"]}, after_sensitive=marks)
    assert "S3CRET" not in repr(found)


def output(*actions: str, after: Any = None, unknown: Any = False, sensitive: Any = False) -> dict[str, Any]:
    return {"actions": list(actions), "after": after, "after_unknown": unknown, "after_sensitive": sensitive}


def planned(**outputs: dict[str, Any]) -> dict[str, Output]:
    return parse_planned_outputs({"output_changes": outputs}, mask=OPEN)


def test_planned_outputs() -> None:
    assert planned(
        same=output("no-op", after="s"),
        unknown=output("create", unknown=True),
        partly=output("update", after={"x": 1}, unknown={"id": True}),
        gone=output("delete"),
        null=output("create"),
    ) == {
        "same": Output(value="s"),
        "unknown": Output(is_known=False),
        "partly": Output(is_known=False),
        "null": Output(value=None),
    }


def test_sensitive_output_that_is_no_text_is_its_json() -> None:
    found = planned(a=output("create", after=["s", 1], sensitive=True))
    assert found == {"a": Output(value=SecretText('["s",1]'), is_sensitive=True)}


def test_outputs_as_they_are() -> None:
    data = {"a": {"sensitive": False, "value": {"x": 1}}, "b": {"sensitive": True, "value": "s"}}
    assert parse_outputs(data, mask=OPEN) == {
        "a": Output(value={"x": 1}),
        "b": Output(value=SecretText("s"), is_sensitive=True),
    }


def test_moving_outputs_are_changes_and_never_destructive() -> None:
    outputs = {"a": output("create"), "b": output("update"), "c": output("delete"), "d": output("no-op")}
    found = parse_changes({"output_changes": outputs}, mask=OPEN)
    assert [(c.name, c.action, c.reason) for c in found] == [
        ("output.a", ChangeAction.CREATE, "output is new"),
        ("output.b", ChangeAction.UPDATE, "output changes"),
        ("output.c", ChangeAction.UPDATE, "output is no longer there"),
    ]
