"""The lock of one environment (coordination.k8s.io/v1 Lease)."""

from __future__ import annotations

from fairlead.model.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """*token* counts takeovers (leaseTransitions) and fences writes; *renewed* is only ever compared for equality;
    *version* is the resourceVersion, empty for one that is not there yet. An empty *holder* is free."""

    holder: str
    token: int
    renewed: str
    duration_seconds: int
    version: str = ""
