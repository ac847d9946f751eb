"""What a write would do to one object: from the live object and the API server's answer to a dry-run."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from fairlead.formats.digests import digest, mask_secret_values
from fairlead.formats.managed_fields import managers, owned_hash, owners_of
from fairlead.model.change import Change, ChangeAction, FieldChange
from fairlead.model.objects import ApplyResult, Manifest, ObjectRef
from fairlead.planning.adoption import Adoption, say_predecessors
from fairlead.planning.field_diff import diff_fields
from fairlead.planning.refusals import write_state
from fairlead.planning.terminating import find_terminating

ABSENT_PRECONDITION = "absent"

_OURSELVES = ("status",)


def judge(
    ref: ObjectRef,
    *,
    live: Manifest | None,
    answer: ApplyResult,
    forced: ApplyResult | None,
    manager: str,
    adoption: Adoption | None = None,
) -> Change:
    """*answer* is the dry-run; *forced* the same taking over the conflicting fields, where it had conflicts. With an
    *adoption*, what the predecessors hold is no conflict, and *forced* is without the fields that go with them."""
    if live is None:
        return _judge_new(ref, answer)
    if deleted := find_terminating(live):
        reason = f"{deleted}: made again once it is gone"
        return Change(target=ref, action=ChangeAction.CREATE, reason=reason)
    expected = forced.live if forced is not None and forced.live is not None else answer.live
    if expected is None:
        return _judge_refused(ref, answer)
    ours = {manager} | (adoption.names if adoption else set())
    fields = _with_owners(diff_fields(live, expected), live, ours)
    is_ours = manager in {owner.manager for owner in managers(live)} or "managedFields" not in expected["metadata"]
    action = ChangeAction.UPDATE if is_ours else ChangeAction.ADOPT
    if conflicts := _conflicts(answer, fields, ours):
        names = ", ".join(sorted({field.owner for field in conflicts}))
        reason = f"conflict: {', '.join(f.path for f in conflicts)} belongs to {names}"
        return Change(target=ref, action=action, reason=reason, fields=fields, conflicts=conflicts)
    if not is_ours:
        reason = say_predecessors(live, adoption, manager=manager)
        return Change(
            target=ref, action=action, reason=f"{reason}; {_say(fields)}" if fields else reason, fields=fields
        )
    if fields:
        return Change(target=ref, action=action, reason=_say(fields), fields=fields)
    return Change(target=ref, action=ChangeAction.NOOP, reason="as wanted")


def _judge_new(ref: ObjectRef, answer: ApplyResult) -> Change:
    if answer.is_applied:
        return Change(target=ref, action=ChangeAction.CREATE, reason="not in the cluster")
    if answer.status == 404:
        return Change(target=ref, action=ChangeAction.CREATE, reason="not in the cluster; what it needs is made first")
    return _judge_refused(ref, answer)


def _judge_refused(ref: ObjectRef, answer: ApplyResult) -> Change:
    """A refusal for good raises at the caller (see `is_invalid`); the rest may pass when its time has come."""
    return Change(target=ref, action=ChangeAction.UNKNOWN, reason=f"the dry-run did not pass: {answer.message}")


def is_invalid(answer: ApplyResult) -> bool:
    """Whether the API server refuses this object as it is written (schema, immutable field), whatever else happens."""
    if write_state(answer.message) is not None:
        return False  # what a webhook or a policy says depends on what else is there when it is asked
    # An unknown field of a built-in kind is answered with 500 and no reason.
    is_unknown_field = "field not declared in schema" in answer.message
    return answer.live is None and (answer.status in (400, 422) or is_unknown_field)


def _conflicts(answer: ApplyResult, fields: tuple[FieldChange, ...], ours: AbstractSet[str]) -> tuple[FieldChange, ...]:
    """The fields that somebody else holds, who would keep the server from giving them to us."""
    owners = {conflict.path: conflict.manager for conflict in answer.conflicts if conflict.manager not in ours}
    if not owners:
        return ()
    found = tuple(field for field in fields if field.owner and field.owner not in ours)
    # Else the values are equal to the letter, only the ownership is in the way.
    return found or tuple(FieldChange(path=path, owner=owner) for path, owner in owners.items())


def _with_owners(fields: tuple[FieldChange, ...], live: Manifest, ours: AbstractSet[str]) -> tuple[FieldChange, ...]:
    return tuple(_with_owner(field, live, ours) for field in fields)


def _with_owner(field: FieldChange, live: Manifest, ours: AbstractSet[str]) -> FieldChange:
    """*field* with the manager that holds it now: a foreign one before ourselves, since that is who changed it."""
    found = [owner for owner in owners_of(live, field.path) if owner.subresource not in _OURSELVES]
    foreign = [owner for owner in found if owner.manager not in ours]
    holder = next(iter((*foreign, *found)), None)
    return dataclasses.replace(field, owner=holder.manager, since=holder.time) if holder else field


def _say(fields: tuple[FieldChange, ...]) -> str:
    paths = [field.path for field in fields]
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return f"{', '.join(paths[:3])}{more} differ{'s' if len(paths) == 1 else ''}"


RANDOM = "(random on every rendering)"


def mark_random(
    changes: Iterable[Change], first: Mapping[ObjectRef, Manifest], second: Mapping[ObjectRef, Manifest]
) -> tuple[Change, ...]:
    """*changes* with a mark on the fields that differ between two renderings of the same input."""
    random = {
        (ref, field.path) for ref in first.keys() & second.keys() for field in diff_fields(first[ref], second[ref])
    }

    def mark(change: Change) -> Change:
        fields = tuple(
            dataclasses.replace(field, wanted=RANDOM) if (change.target, field.path) in random else field
            for field in change.fields
        )
        return dataclasses.replace(change, fields=fields)

    return tuple(mark(change) for change in changes)


def precondition_of(live: Manifest | None, manager: str, *, key: bytes) -> str:
    """What must not have moved between plan and write: our managed fields, or, for an object that we never wrote, all
    of it but status and bookkeeping. A status update moves neither."""
    if live is None:
        return ABSENT_PRECONDITION
    return owned_hash(live, manager, key=key) or digest(_without_bookkeeping(mask_secret_values(live, key)))


def _without_bookkeeping(live: Mapping[str, object]) -> dict[str, object]:
    kept = {name: value for name, value in live.items() if name != "status"}
    metadata = live.get("metadata")
    if isinstance(metadata, dict):
        noise = ("managedFields", "resourceVersion", "generation")
        kept["metadata"] = {name: value for name, value in metadata.items() if name not in noise}
    return kept
