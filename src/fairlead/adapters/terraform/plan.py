"""What `show -json` says of a saved plan, as changes and outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fairlead.adapters.terraform.masking import MASKED, Mask, as_secret
from fairlead.model.change import ABSENT, Change, ChangeAction, FieldChange
from fairlead.model.infrastructure import Output, TerraformDrift

_ACTIONS = {
    ("no-op",): ChangeAction.NOOP,
    ("create",): ChangeAction.CREATE,
    ("read",): ChangeAction.RUN,
    ("open",): ChangeAction.RUN,
    ("update",): ChangeAction.UPDATE,
    ("delete",): ChangeAction.DELETE,
    ("delete", "create"): ChangeAction.REPLACE,
    ("create", "delete"): ChangeAction.REPLACE,
    ("forget",): ChangeAction.UPDATE,
    ("forget", "create"): ChangeAction.REPLACE,
    ("create", "forget"): ChangeAction.REPLACE,
}
_REASONS = {
    "replace_because_tainted": "its creation failed before",
    "replace_because_cannot_update": "cannot be changed in place",
    "replace_by_request": "replacement was asked for",
    "replace_by_triggers": "a resource in its replace_triggered_by changes",
    "delete_because_no_resource_config": "no longer in the configuration",
    "delete_because_no_module": "its module is no longer in the configuration",
    "delete_because_wrong_repetition": "its count or for_each was added or removed",
    "delete_because_count_index": "its index is beyond count",
    "delete_because_each_key": "its key is no longer in for_each",
    "delete_because_no_move_target": "it was moved to an address that is not in the configuration",
    "delete_because_enabled_false": "it is no longer enabled",
    "read_because_config_unknown": "read during apply: its arguments are not known before",
    "read_because_dependency_pending": "read during apply: what it depends on changes",
    "read_because_check_nested": "read during apply, for a check",
}
_PLAIN = {
    ChangeAction.CREATE: "not in the state",
    ChangeAction.UPDATE: "its arguments changed",
    ChangeAction.REPLACE: "cannot be changed in place",
    ChangeAction.DELETE: "no longer in the configuration",
    ChangeAction.RUN: "read during apply",
}


def parse_changes(shown: Mapping[str, Any], *, mask: Mask) -> tuple[Change, ...]:
    """One change per resource that moves, in Terraform's order, then one per output whose value moves.

    A data source that is read during apply is RUN: it changes nothing. An output is never destructive.
    """
    drifted = {item["address"]: item["change"] for item in shown.get("resource_drift") or ()}
    resources = (_resource_change(item, drifted, mask) for item in shown.get("resource_changes") or ())
    outputs = (_output_change(name, item) for name, item in (shown.get("output_changes") or {}).items())
    return tuple(change for change in (*resources, *outputs) if change)


def _resource_change(item: Mapping[str, Any], drifted: Mapping[str, Any], mask: Mask) -> Change | None:
    change = item["change"]
    action = _ACTIONS.get(tuple(change["actions"]), ChangeAction.UPDATE)
    if change.get("importing"):
        action = ChangeAction.ADOPT if action in (ChangeAction.NOOP, ChangeAction.UPDATE) else action
    elif action is ChangeAction.NOOP and item.get("previous_address"):
        action = ChangeAction.UPDATE
    if action is ChangeAction.NOOP:
        return None
    name = item["address"] + (f" (deposed {item['deposed']})" if item.get("deposed") else "")
    fields = _fields(change, mask) if change.get("before") is not None and change.get("after") is not None else ()
    return Change(
        action=action,
        name=name,
        reason=_reason(item, action, drifted),
        fields=tuple(fields),
        is_unfinished=item.get("action_reason") == "replace_because_tainted",
    )


def _reason(item: Mapping[str, Any], action: ChangeAction, drifted: Mapping[str, Any]) -> str:
    change = item["change"]
    reason = _REASONS.get(item.get("action_reason", ""), _PLAIN.get(action, ""))
    if change["actions"] == ["forget"]:
        reason = "leaves the state; the thing itself stays"
    elif change.get("importing"):
        reason = "is there already and comes into the state"
    elif paths := change.get("replace_paths"):
        reason += f": {', '.join(_path(path) for path in paths)}"
    if previous := item.get("previous_address"):
        moved = f"moved from {previous}"
        reason = moved if change["actions"] == ["no-op"] else f"{moved}; {reason}"
    if drift := drifted.get(item["address"]):
        how = "deleted" if drift["actions"] == ["delete"] else "changed"
        reason = f"{how} outside of Terraform; {reason}"
    return reason


def _output_change(name: str, change: Mapping[str, Any]) -> Change | None:
    if change["actions"] == ["no-op"]:
        return None
    gone = change["actions"] == ["delete"]
    action = ChangeAction.CREATE if change["actions"] == ["create"] else ChangeAction.UPDATE
    reason = (
        "output is no longer there" if gone else "output is new" if action is ChangeAction.CREATE else "output changes"
    )
    return Change(action=action, name=f"output.{name}", reason=reason)


def parse_drift(shown: Mapping[str, Any], *, mask: Mask) -> TerraformDrift:
    """What `show -json` says of a plan that only refreshes: its `before` is the state, its `after` what is there."""
    changes = tuple(_drifted(item, mask) for item in shown.get("resource_drift") or () if _has_moved(item["change"]))
    values = (shown.get("prior_state") or {}).get("values") or {}
    gone = sum(change.action is ChangeAction.DELETE for change in changes)  # this state is the refreshed one
    return TerraformDrift(changes=changes, resources=_count(values.get("root_module") or {}) + gone)


def _has_moved(change: Mapping[str, Any]) -> bool:
    """What moved only in its address, by a `moved` block, is as it was."""
    return tuple(change["actions"]) != ("no-op",)


def _drifted(item: Mapping[str, Any], mask: Mask) -> Change:
    change = item["change"]
    if change.get("after") is None:
        return Change(action=ChangeAction.DELETE, name=item["address"], reason="is no longer there")
    fields = _fields(change, mask) if change.get("before") is not None else ()
    turned = tuple(FieldChange(path=f.path, wanted=f.found, found=f.wanted) for f in fields)
    return Change(
        action=ChangeAction.UPDATE, name=item["address"], reason="was changed outside of Terraform", fields=turned
    )


def _count(module: Mapping[str, Any]) -> int:
    own = len([resource for resource in module.get("resources") or () if resource.get("mode") == "managed"])
    return own + sum(map(_count, module.get("child_modules") or ()))


def _path(steps: Sequence[Any]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)


def _fields(change: Mapping[str, Any], mask: Mask) -> Iterator[FieldChange]:
    yield from _differences(
        (),
        before=change["before"],
        after=change["after"],
        unknown=change.get("after_unknown"),
        hidden=(change.get("before_sensitive"), change.get("after_sensitive")),
        mask=mask,
    )


def _differences(
    path: tuple[str, ...], *, before: Any, after: Any, unknown: Any, hidden: tuple[Any, Any], mask: Mask
) -> Iterator[FieldChange]:
    """Down to the attribute that differs; lists as a whole. Of what is sensitive only that it moves."""
    if unknown is not True and before == after and not _any_true(unknown):
        return
    maps = isinstance(before, dict) and isinstance(after, dict)
    if maps and unknown is not True and True not in hidden:
        unknowns = unknown if isinstance(unknown, dict) else {}
        for key in sorted({*before, *after, *(k for k, v in unknowns.items() if _any_true(v))}):
            yield from _differences(
                (*path, key),
                before=before.get(key, ABSENT),
                after=after.get(key, ABSENT),
                unknown=_at(unknowns, key),
                hidden=(_at(hidden[0], key), _at(hidden[1], key)),
                mask=mask,
            )
        return
    wanted = ChangeAction.UNKNOWN if _any_true(unknown) else after
    if any(_any_true(mark) for mark in hidden):
        yield FieldChange(path=_path(path), wanted=MASKED, found=MASKED)
    else:
        yield FieldChange(path=_path(path), wanted=mask.value(wanted), found=mask.value(before))


def _at(marks: Any, key: str) -> Any:
    """The mark of *key*: a mark is true, or false, or a map or list of marks."""
    return marks.get(key) if isinstance(marks, dict) else marks is True


def _any_true(marks: Any) -> bool:
    if isinstance(marks, dict):
        return any(_any_true(mark) for mark in marks.values())
    if isinstance(marks, list):
        return any(_any_true(mark) for mark in marks)
    return marks is True


def parse_planned_outputs(shown: Mapping[str, Any], *, mask: Mask) -> dict[str, Output]:
    """Outputs as they will be; one that is unknown in part is unknown."""
    found: dict[str, Output] = {}
    for name, change in (shown.get("output_changes") or {}).items():
        if change["actions"] == ["delete"]:
            continue
        sensitive = _any_true(change.get("after_sensitive"))
        if _any_true(change.get("after_unknown")):
            found[name] = Output(is_known=False, is_sensitive=sensitive)
        else:
            found[name] = _output(change.get("after"), sensitive=sensitive, mask=mask)
    return found


def parse_outputs(data: Mapping[str, Any], *, mask: Mask) -> dict[str, Output]:
    """What `output -json` prints."""
    return {
        name: _output(item.get("value"), sensitive=bool(item.get("sensitive")), mask=mask)
        for name, item in data.items()
    }


def _output(value: Any, *, sensitive: bool, mask: Mask) -> Output:
    if sensitive:
        return Output(value=as_secret(value), is_sensitive=True)
    masked = mask.value(value)
    return Output(value=masked, is_sensitive=isinstance(masked, type(MASKED)))
