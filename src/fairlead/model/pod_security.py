"""The levels of the Kubernetes Pod Security Standards."""

from __future__ import annotations

from enum import StrEnum


class PodSecurityLevel(StrEnum):
    """From no restriction to the strictest; the values are those of the `pod-security.kubernetes.io/*` labels."""

    PRIVILEGED = "privileged"
    BASELINE = "baseline"
    RESTRICTED = "restricted"
