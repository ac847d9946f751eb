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
        return list(Tier).index(self)
