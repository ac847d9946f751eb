"""Moves the ownership of one field in `metadata.managedFields`, as the API server lets every writer do.

A write takes the field it changes from its owner. Giving it back in a second write leaves the object as its owner left
it: the owner's next apply is no conflict, and its hash over what it owns is the one it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fairlead.formats.json_data import dig, dig_text, maps_in
from fairlead.formats.managed_fields import owners_of
from fairlead.model.objects import Manifest

Identity = tuple[str, str, str]
"""Manager, operation and subresource of an entry."""


def owners_to_remember(live: Manifest, path: str, *, but: str) -> tuple[Identity, ...]:
    """Who owns the field at *path*, without manager *but*."""
    found = (owner for owner in owners_of(live, path) if owner.manager != but)
    return tuple((owner.manager, owner.operation, owner.subresource) for owner in found)


def give_back(live: Manifest, keys: Sequence[str], *, taker: str, owners: Sequence[Identity]) -> list[dict[str, Any]]:
    """The entries of *live* with the field at *keys* (of `fieldsV1`) owned by *owners* and not by manager *taker*.

    An owner whose entry is gone gets none: what it owned is nobody's then, as before its first write.
    """
    entries = []
    for entry in maps_in(dig(live, "metadata", "managedFields")):
        fields: Any = entry.get("fieldsV1") or {}
        if entry.get("manager") == taker:
            fields = _without(fields, keys)
            if not fields:
                continue
        elif _identity(entry) in owners:
            fields = _with(fields, keys)
        entries.append({**entry, "fieldsV1": fields})
    return entries


def _identity(entry: Mapping[str, Any]) -> Identity:
    return dig_text(entry, "manager"), dig_text(entry, "operation"), dig_text(entry, "subresource")


def _with(fields: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    first, *rest = keys
    below = fields.get(first) or {}
    return {**fields, first: _with(below, rest) if rest else below}


def _without(fields: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    first, *rest = keys
    if first not in fields:
        return dict(fields)
    below = _without(fields[first], rest) if rest else {}
    kept = {name: value for name, value in fields.items() if name != first}
    return {**kept, first: below} if below else kept
