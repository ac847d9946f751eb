"""A change as it may be shown: charts put secret values into any object, and the API server repeats what it refuses."""

from __future__ import annotations

import dataclasses
from typing import Final

from fairlead.formats.secret_masking import hide_texts, star_texts
from fairlead.model.change import Change, ChangeAction, FieldChange
from fairlead.planning.desired import DesiredObjects

_QUOTES_THE_SERVER: Final = frozenset((ChangeAction.REPLACE, ChangeAction.UNKNOWN))


def without_secrets(change: Change, desired: DesiredObjects, *, key: bytes) -> Change:
    """*change*, of one of the *desired* objects, without a secret text that went into their rendering."""
    if change.action in _QUOTES_THE_SERVER:
        change = dataclasses.replace(change, reason=star_texts(change.reason, desired.unprintable()))
    if not desired.secrets:
        return change
    return dataclasses.replace(
        change,
        fields=tuple(_hidden(f, desired, key=key) for f in change.fields),
        conflicts=tuple(_hidden(f, desired, key=key) for f in change.conflicts),
    )


def _hidden(field_change: FieldChange, desired: DesiredObjects, *, key: bytes) -> FieldChange:
    return dataclasses.replace(
        field_change,
        wanted=hide_texts(field_change.wanted, desired.secrets, key=key),
        found=hide_texts(field_change.found, desired.secrets, key=key),
    )
