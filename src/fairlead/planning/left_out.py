"""What a write leaves out because the ignore file says so: fields that are somebody else's by now."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Final

from fairlead.formats.field_paths import without_value
from fairlead.formats.managed_fields import owners_of
from fairlead.model.change import ABSENT, Change, ChangeAction
from fairlead.model.ignore import IgnoreEntry
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.planning.field_diff import diff_fields
from fairlead.planning.ignoring import Ignores, covers

WHOLE: Final = ""
"""The path of an object as a whole."""


def leave_out(
    wanted: Manifest, live: Manifest, entries: Sequence[IgnoreEntry], *, manager: str
) -> tuple[Manifest, tuple[str, ...]]:
    """*wanted* without the ignored fields that differ, and their paths; (WHOLE,) where the whole object is ignored.

    A field that only we own stays in: nobody else set it, and to leave it out would take it away. Equal values stay in
    as well: two managers may own one value.
    """
    if any(not entry.fields for entry in entries):
        return wanted, (WHOLE,)
    paths = tuple(
        change.path
        for change in diff_fields(live, wanted)
        if change.wanted is not ABSENT
        and any(covers(entry, change.path) for entry in entries)
        and not _is_only_ours(live, change.path, manager)
    )
    for path in paths:
        wanted = without_value(wanted, path)
    return wanted, paths


def _is_only_ours(live: Manifest, path: str, manager: str) -> bool:
    return {owner.manager for owner in owners_of(live, path) if owner.subresource != "status"} == {manager}


def still_covered(ignores: Ignores, component: str, ref: ObjectRef, paths: Iterable[str]) -> bool:
    """Whether what was left out when the object was recorded still is: else it is ours to write again."""
    return all(ignores.covering(component, ref, path) is not None for path in paths)


def quieted(change: Change, entries: Sequence[IgnoreEntry]) -> Change:
    """*change* without the fields that *entries* cover; nothing to do where none is left. For what is written by others
    than us as a whole: to leave out a field is not ours to do there."""
    if not entries or change.action is not ChangeAction.UPDATE:
        return change
    fields = tuple(f for f in change.fields if not any(covers(entry, f.path) for entry in entries))
    conflicts = tuple(f for f in change.conflicts if not any(covers(entry, f.path) for entry in entries))
    if fields or conflicts:
        return dataclasses.replace(change, fields=fields, conflicts=conflicts)
    return Change(target=change.target, action=ChangeAction.NOOP, reason=f"ignored: {entries[0].reason}")
