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

SHARED: Final = frozenset({CRD_KEY, ("", "Namespace")})
"""Kinds that several may bring as long as they agree on them: each needs it, and none deletes it from under others."""


def is_shared(change: Change) -> bool:
    """Whether the change leaves an object that several may have as it is."""
    ref = change.target
    calm = (ChangeAction.NOOP, ChangeAction.ADOPT)
    return ref is not None and (ref.group, ref.kind) in SHARED and change.action in calm and not change.fields


def as_conflict(change: Change, holder: Holding) -> Change:
    """*change* of what *holder* has: refused, unless conflicts are forced."""
    action = change.action if change.action.is_change else ChangeAction.ADOPT
    reason = f"conflict: it belongs to {holder}"
    return dataclasses.replace(
        change, action=action, reason=reason, conflicts=(FieldChange(path=WHOLE_OBJECT, owner=str(holder)),)
    )
