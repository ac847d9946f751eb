"""Two projects on one cluster: what one has, no other takes, changes or deletes unless somebody says so.

Field managers are `fairlead:COMPONENT`, so components of the same name in two projects look alike to the API server.
The records tell them apart.
"""

from __future__ import annotations

import dataclasses
from typing import Final

from fairlead.model.change import WHOLE_OBJECT, Change, ChangeAction, FieldChange
from fairlead.model.neighbours import Holding
from fairlead.planning.desired import CRD_KEY

_CALM: Final = (ChangeAction.NOOP, ChangeAction.ADOPT)


def is_shared(change: Change) -> bool:
    """Whether several may have the object: a namespace as long as they agree on it, and a definition, which no write
    takes a version from (`dropped_versions`). None is deleted from under others."""
    ref = change.target
    if ref is None:
        return False
    if (ref.group, ref.kind) == CRD_KEY:
        return change.action in (*_CALM, ChangeAction.UPDATE)
    return (ref.group, ref.kind) == ("", "Namespace") and change.action in _CALM and not change.fields


def as_conflict(change: Change, holder: Holding) -> Change:
    """*change* of what *holder* has: refused, unless conflicts are forced."""
    action = change.action if change.action.is_change else ChangeAction.ADOPT
    reason = f"conflict: it belongs to {holder}"
    return dataclasses.replace(
        change, action=action, reason=reason, conflicts=(FieldChange(path=WHOLE_OBJECT, owner=str(holder)),)
    )
