"""Tiers: nouns, an order between groups of components."""

from __future__ import annotations

from enum import StrEnum


class Tier(StrEnum):
    """An order between groups of components; see `Tier.rank`."""

    INFRASTRUCTURE = "infrastructure"
    STORAGE = "storage"
    MONITORING = "monitoring"
    APPLICATIONS = "applications"

    @property
    def rank(self) -> int:
        return _RANKS[self]


_RANKS = {tier: rank for rank, tier in enumerate(Tier)}
