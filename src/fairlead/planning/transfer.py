"""What it means that a wanted object belonged to another component until now."""

from __future__ import annotations

import dataclasses

from fairlead.formats.json_data import dig_text
from fairlead.formats.managed_fields import managers
from fairlead.model.change import Change, ChangeAction
from fairlead.model.objects import Manifest
from fairlead.planning.moves import Move


def is_same(move: Move, live: Manifest) -> bool:
    """Whether *live* is the very object that the component had."""
    return not move.uid or dig_text(live, "metadata", "uid") == move.uid


def speaks_as(move: Move | None, live: Manifest | None, manager: str) -> str:
    """The manager under which a dry-run shows what the write will do: the one that still owns the fields. What it owns
    and does not want any more then goes, as it does once its fields have changed hands."""
    if move is None or live is None or not is_same(move, live):
        return manager
    owners = {owner.manager for owner in managers(live) if not owner.subresource}
    return move.manager if move.manager in owners else manager


def judge_move(change: Change, move: Move, *, manager: str) -> Change:
    """*change* of an object that exists, as the adoption that it is. Conflicts with the component that gives it away
    are none."""
    if change.action not in (ChangeAction.UPDATE, ChangeAction.ADOPT, ChangeAction.NOOP):
        return change
    conflicts = tuple(c for c in change.conflicts if c.owner not in (move.manager, manager))
    if move.source == move.target:
        origin = "left behind when its release was removed"
    else:
        origin = f"moves from component {move.source}"
    said = f"{origin}; {change.reason}" if conflicts or change.fields else origin
    return dataclasses.replace(change, action=ChangeAction.ADOPT, reason=said, conflicts=conflicts)
