"""Reading `status.conditions`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fairlead.formats.json_data import dig, dig_text, maps_in


def condition(manifest: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """The condition of type *kind*, empty when there is none."""
    found = (each for each in maps_in(dig(manifest, "status", "conditions")) if each.get("type") == kind)
    return next(found, {})


def is_true(found: Mapping[str, Any]) -> bool:
    return found.get("status") == "True"


def find_failure(manifest: Mapping[str, Any], kind: str, *, status: str = "True") -> str | None:
    """`Reason: message` of the condition *kind* if it has *status*."""
    found = condition(manifest, kind)
    return says(found) or kind if found.get("status") == status else None


def says(found: Mapping[str, Any]) -> str:
    """`Reason: message`, on one line, of a condition or a container state; either part may be missing."""
    parts = (dig_text(found, "reason"), dig_text(found, "message"))
    return " ".join(": ".join(filter(None, parts)).split())
