"""The fields of one object that are not as a run left them: from the live object and a dry-run's answer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from fairlead.formats.digests import is_secret
from fairlead.formats.field_paths import is_below, value_at
from fairlead.formats.managed_fields import Owner, owned_paths, owners_of
from fairlead.model.change import ABSENT, FieldChange
from fairlead.model.drift import DriftKind, FieldDrift
from fairlead.model.objects import Manifest
from fairlead.planning.field_diff import diff_fields


def find_field_drift(live: Manifest, wanted: Manifest, *, manager: str) -> tuple[FieldDrift, ...]:
    """*wanted* is the API server's answer to a dry-run that takes back what others hold.

    First the fields whose value differs, then those whose value is as wanted and that *manager* no longer owns.
    """
    changed = tuple(_folded(diff_fields(live, wanted), live, wanted))
    found = [_field(change, kind, live, manager) for change, kind in changed]
    lost = _lost(live, wanted, manager, [change.path for change, _ in changed])
    found += [_field(FieldChange(path=path), DriftKind.OWNERSHIP, live, manager) for path in lost]
    return tuple(found)


def lost_fields(live: Manifest, expected: Manifest, wanted: Manifest, *, manager: str) -> tuple[str, ...]:
    """The fields that *manager* states in *wanted* and does not own any more, though their values are as wanted;
    *expected* is the answer to a dry-run. An empty map is owned by nobody once somebody else puts something into it."""
    stated = ((path, value_at(wanted, path)) for path in _lost(live, expected, manager, []))
    return tuple(path for path, value in stated if value not in ({}, [], None))


def newly_wanted(lost: Iterable[str], wanted: Manifest, recorded: Manifest) -> tuple[str, ...]:
    """Those of the *lost* fields that were not wanted so before, as *recorded* says."""
    return tuple(path for path in lost if value_at(wanted, path) != value_at(recorded, path))


def say_shared(paths: Sequence[str], live: Manifest) -> str:
    """What a plan says of *paths* that only others own in *live*, and that we will own, too."""
    touched = (last_touch(live, path, "") for path in paths)
    owners = ", ".join(sorted({owner.manager for owner in touched if owner}))
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return f"ours from now on, as set by {owners or 'others'}: {', '.join(paths[:3])}{more}"


def kind_of_object(fields: Iterable[FieldDrift]) -> DriftKind:
    """The gravest kind among *fields*."""
    return min((field.kind for field in fields), key=lambda kind: kind.rank)


def parse_time(text: str) -> datetime | None:
    """A time as the API server writes it; None where it wrote none (entries made through `/scale`)."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def last_touch(live: Mapping[str, Any], path: str, manager: str) -> Owner | None:
    """The manager that holds *path*: a foreign one before ourselves, since that is who changed it."""
    found = [owner for owner in owners_of(live, path) if owner.subresource != "status"]
    foreign = [owner for owner in found if owner.manager != manager]
    return next(iter((*foreign, *found)), None)


def _field(change: FieldChange, kind: DriftKind, live: Manifest, manager: str) -> FieldDrift:
    owner = last_touch(live, change.path, manager)
    return FieldDrift(
        path=change.path,
        kind=kind,
        wanted=change.wanted,
        found=change.found,
        owner=owner.manager if owner else "",
        since=parse_time(owner.time) if owner else None,
    )


def _folded(
    changes: Iterable[FieldChange], live: Manifest, wanted: Manifest
) -> Iterator[tuple[FieldChange, DriftKind]]:
    """*changes* with their kind; the positions of a list that only changed its order are one change of the list."""
    reordered: set[str] = set()
    for change in changes:
        listed = _reordered_list(change.path, live, wanted)
        if listed is None:
            yield change, _kind(change)
        elif listed not in reordered:
            reordered.add(listed)
            whole = FieldChange(path=listed, found=value_at(live, listed), wanted=value_at(wanted, listed))
            yield whole, DriftKind.ORDER


def _kind(change: FieldChange) -> DriftKind:
    if change.found is ABSENT:
        return DriftKind.REMOVED_FIELD
    return DriftKind.EXTRA_KEY if change.wanted is ABSENT else DriftKind.CHANGED


def _reordered_list(path: str, live: Manifest, wanted: Manifest) -> str | None:
    """The outermost list at or round *path* that has the same items in another order."""
    for end in (*(n for n, letter in enumerate(path) if letter == "["), len(path)):
        before, after = value_at(live, path[:end]), value_at(wanted, path[:end])
        if isinstance(before, list) and isinstance(after, list) and before != after and _items(before) == _items(after):
            return path[:end]
    return None


def _items(values: list[Any]) -> list[str]:
    return sorted(json.dumps(value, sort_keys=True, default=str) for value in values)


def _lost(live: Manifest, wanted: Manifest, manager: str, changed: list[str]) -> list[str]:
    """What we would own after the write, and do not own now, in the order of the paths; without what changed anyway."""
    # Releases that helm 3 made are owned by updates: there is no applied set that could have lost anything.
    before = owned_paths(live, manager) or owned_paths(live, manager, operations=("Apply", "Update"))
    return [
        path
        for path in sorted(owned_paths(wanted, manager) - before - _as_stored(live, before))
        if not any(path == other or is_below(path, other) or is_below(other, path) for other in changed)
    ]


def _as_stored(live: Manifest, owned: Iterable[str]) -> frozenset[str]:
    """Where the values of a Secret are that helm owns under `stringData`, as a chart states them."""
    prefix = ".stringData."
    stated = (path.removeprefix(prefix) for path in owned if path.startswith(prefix)) if is_secret(live) else ()
    return frozenset(f".data.{name}" for name in stated)
