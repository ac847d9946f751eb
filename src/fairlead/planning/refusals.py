"""What words of a registry, a controller or the API server mean: which state of the table they show."""

from __future__ import annotations

import re
from typing import Final

from fairlead.planning.unrecoverable import (
    IMAGE_NOT_FOUND,
    IMAGE_NOT_PULLED,
    IMAGE_REFUSED,
    PODS_NOT_MADE,
    PODS_OVER_QUOTA,
    PODS_REFUSED,
    REGISTRY_UNKNOWN,
    VOLUME_NOT_MOUNTED,
    VOLUME_SOURCE_MISSING,
    WEBHOOK_UNREACHABLE,
    WRITE_DENIED,
    State,
)

_REFUSED: Final = re.compile(
    r"pull access denied|authorization failed|unauthorized|insufficient_scope|no basic auth credentials|"
    r"authentication required|403 Forbidden|\bdenied:",
    re.IGNORECASE,
)
_UNKNOWN_HOST: Final = re.compile(r"no such host|name or service not known", re.IGNORECASE)
_NOT_FOUND: Final = re.compile(
    r"code = NotFound|: not found\b|manifest unknown|name unknown|repository does not exist|404 Not Found",
    re.IGNORECASE,
)
_COMES_LATER: Final = re.compile(
    r"error looking up service account|no PriorityClass with name|RuntimeClass \S+ not found|"
    r"failed calling webhook|failed to call webhook"
)
_DENIED: Final = re.compile(r"denied the request|denied request:")
_SILENT_WEBHOOK: Final = re.compile(r"failed calling webhook|failed to call webhook|conversion webhook for .+ failed")
_MISSING: Final = re.compile(r"not found|references non-existent")


def image_state(said: str) -> State:
    """Why an image is not pulled. Docker Hub says of what it does not have that access is denied."""
    if _REFUSED.search(said):
        return IMAGE_REFUSED
    if _UNKNOWN_HOST.search(said):
        return REGISTRY_UNKNOWN
    return IMAGE_NOT_FOUND if _NOT_FOUND.search(said) else IMAGE_NOT_PULLED


def creation_state(said: str) -> State:
    """Why a controller cannot make a pod."""
    if "exceeded quota" in said:
        return PODS_OVER_QUOTA
    if _COMES_LATER.search(said):
        return PODS_NOT_MADE
    is_refused = _DENIED.search(said) or " is forbidden: " in said
    return PODS_REFUSED if is_refused else PODS_NOT_MADE


def mount_state(said: str) -> State:
    return VOLUME_SOURCE_MISSING if _MISSING.search(said) else VOLUME_NOT_MOUNTED


def write_state(said: str) -> State | None:
    """What the API server's refusal of a write shows; None where no webhook or policy has part in it."""
    if _SILENT_WEBHOOK.search(said):
        return WEBHOOK_UNREACHABLE
    return WRITE_DENIED if _DENIED.search(said) else None
