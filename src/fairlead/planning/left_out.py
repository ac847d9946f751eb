"""What a write leaves out because the ignore file says so: fields that are somebody else's by now."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from fairlead.formats.field_paths import is_below, value_at, without_value
from fairlead.formats.managed_fields import held_paths, owners_of
from fairlead.model.change import ABSENT, Change, ChangeAction
from fairlead.model.ignore import IgnoreEntry
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.planning.adoption import Adoption
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
    return without_others(wanted, live, lambda path: any(covers(entry, path) for entry in entries), manager=manager)


def without_others(
    wanted: Manifest, live: Manifest, is_theirs: Callable[[str], bool], *, manager: str
) -> tuple[Manifest, tuple[str, ...]]:
    """*wanted* without those differing fields that *is_theirs* names, as far as others hold them; and their paths."""
    paths = tuple(
        path
        for change in diff_fields(live, wanted)
        if change.wanted is not ABSENT and is_theirs(change.path)
        for path in _free(live, wanted, change.path, manager)
    )
    for path in paths:
        wanted = without_value(wanted, path)
    return wanted, paths


def _free(live: Manifest, wanted: Manifest, path: str, manager: str) -> tuple[str, ...]:
    """What of *path* we may leave out: all of it, or, where a part of it is only ours, what others changed beside that.

    A list whose order moved differs as a whole: to leave it out would take away the items that only we hold.
    """
    if {owner.manager for owner in owners_of(live, path) if owner.subresource != "status"} == {manager}:
        return ()
    held = {
        who: {each for each in paths if each == path or is_below(each, path)} for who, paths in held_paths(live).items()
    }
    ours = held.pop(manager, set())
    theirs = {each for paths in held.values() for each in paths}
    if not ours - theirs:
        return (path,)
    stated = ((each, value_at(wanted, each)) for each in sorted(theirs))
    return tuple(each for each, value in stated if value is not ABSENT and value != value_at(live, each))


def loses(adoption: Adoption, applied: Manifest, ignored: Iterable[str]) -> bool:
    """Whether the fields that the *adoption* takes away from *applied* are, or hold, one of those *ignored*."""
    gone = {change.path for change in diff_fields(applied, adoption.foretell(applied))}
    return any(path == lost or is_below(path, lost) for path in ignored for lost in gone)


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
