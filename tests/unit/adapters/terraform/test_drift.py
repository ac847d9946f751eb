"""What `show -json` says of a plan that only refreshes. The deleted file is what OpenTofu 1.12.6 said with
terraform-provider-local 1.4.0; that provider reads a file with other content as deleted as well."""

from __future__ import annotations

from typing import Any

from fairlead.adapters.terraform.masking import mask_of
from fairlead.adapters.terraform.plan import parse_drift
from fairlead.model.change import ChangeAction
from fairlead.model.infrastructure import TerraformDrift
from fairlead.model.secret import SecretText

FILE = {"content": "two", "filename": "gone.txt", "id": "ad78", "sensitive_content": None}


def parsed(*drifted: dict[str, Any], left: tuple[str, ...] = ()) -> TerraformDrift:
    resources = [{"address": address, "mode": "managed"} for address in left]
    data = [{"address": "data.local_file.read", "mode": "data"}]
    shown = {"resource_drift": drifted, "prior_state": {"values": {"root_module": {"resources": resources + data}}}}
    return parse_drift(shown, mask=mask_of({}))


def resource(address: str, action: str, *, before: Any, after: Any, **marks: Any) -> dict[str, Any]:
    change = {"actions": [action], "before": before, "after": after, "after_unknown": {}, **marks}
    return {"address": address, "mode": "managed", "change": change}


def test_what_is_gone_is_told_and_counted() -> None:
    gone = resource("local_file.gone", "delete", before=FILE, after=None, after_sensitive=False)
    found = parsed(gone, left=("terraform_data.x",))
    (change,) = found.changes
    assert (change.name, change.action, found.resources) == ("local_file.gone", ChangeAction.DELETE, 2)


def test_what_was_changed_says_the_states_value_and_the_real_one() -> None:
    moved = resource("aws_x.y", "update", before={"size": 1, "tags": {"a": "1"}}, after={"size": 2, "tags": {"a": "1"}})
    (change,) = parsed(moved, left=("aws_x.y",)).changes
    (field,) = change.fields
    assert (change.action, field.path, field.wanted, field.found) == (ChangeAction.UPDATE, ".size", 1, 2)


def test_sensitive_values_are_masked_on_both_sides() -> None:
    marks = {"before_sensitive": {"key": True}, "after_sensitive": {"key": True}}
    moved = resource("aws_x.y", "update", before={"key": "old"}, after={"key": "new"}, **marks)
    (field,) = parsed(moved, left=("aws_x.y",)).changes[0].fields
    assert isinstance(field.wanted, SecretText)
    assert isinstance(field.found, SecretText)


def test_a_resource_that_only_has_another_address_has_not_drifted() -> None:
    assert parsed(resource("aws_x.y", "no-op", before={}, after={}), left=("aws_x.y",)).changes == ()


def test_nothing_drifted() -> None:
    assert parsed(left=("a.b", "c.d")) == TerraformDrift(changes=(), resources=2)
