"""What holds an object that was deleted and is still there."""

from __future__ import annotations

from typing import Final

from fairlead.formats.json_data import as_list, dig, dig_text, maps_in
from fairlead.model.objects import Manifest, ObjectRef

_OF_KUBERNETES: Final = {
    "foregroundDeletion": "what belongs to it is still there",
    "kubernetes.io/pvc-protection": "a pod still uses it",
    "kubernetes.io/pv-protection": "a claim is still bound to it",
    "service.kubernetes.io/load-balancer-cleanup": "its load balancer is being removed",
}


def say_lingering(ref: ObjectRef, live: Manifest) -> str:
    """`Widget shop/a is still there: finalizer example.com/cleanup`."""
    if not dig_text(live, "metadata", "deletionTimestamp"):
        return f"{ref} is still there"
    holders = [_holder(str(name)) for name in as_list(dig(live, "metadata", "finalizers"))]
    holders += _said_by_namespace(live) if ref.kind == "Namespace" else []
    return f"{ref} is still there: {'; '.join(holders) or 'its grace period is not over'}"


def _holder(finalizer: str) -> str:
    known = _OF_KUBERNETES.get(finalizer)
    return f"{known} ({finalizer})" if known else f"finalizer {finalizer}"


def _said_by_namespace(live: Manifest) -> list[str]:
    """What the namespace's own conditions say of the objects and finalizers that are left in it."""
    return [
        dig_text(condition, "message")
        for condition in maps_in(dig(live, "status", "conditions"))
        if condition.get("status") == "True"
    ]
