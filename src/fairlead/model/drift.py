"""Drift: a difference between what a run left and what the cluster says, that no run made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from fairlead.model.change import ABSENT
from fairlead.model.errors import FairleadError
from fairlead.model.frozen import dataclass
from fairlead.model.objects import ObjectRef

SCHEMA = "fairlead.dev/drift/v1"


class DriftKind(StrEnum):
    """What happened, the gravest first: an object with several kinds of fields is named by the first of them."""

    DELETED = "deleted"
    RECREATED = "recreated"
    REVISION = "another revision"
    CHANGED = "changed"
    REMOVED_FIELD = "removed field"
    EXTRA_KEY = "extra key"
    ORDER = "other order"
    OWNERSHIP = "ownership lost"
    """Every value is as wanted, but another manager owns one of our fields: the next deployment that changes it would
    be refused."""

    @property
    def rank(self) -> int:
        return list(DriftKind).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDrift:
    """One field: *path* as the API server writes it, *owner* the manager that holds it now (empty: nobody), *since*
    when that manager last wrote, where the server noted it."""

    path: str
    kind: DriftKind
    wanted: Any = ABSENT
    found: Any = ABSENT
    owner: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What happened to one object; for a Helm release or a Terraform resource *target* is None and *name* says which.

    *is_revertible* is False where putting it back takes more than a write of ours; *reason* then says what.
    """

    component: str
    kind: DriftKind
    reason: str
    target: ObjectRef | None = None
    name: str = ""
    fields: tuple[FieldDrift, ...] = ()
    owner: str = ""
    since: datetime | None = None
    is_revertible: bool = True

    @property
    def subject(self) -> str:
        return str(self.target) if self.target else self.name

    @property
    def key(self) -> tuple[str, str]:
        """Which object this is about, whatever happened to it."""
        group = self.target.group if self.target else ""
        return self.component, f"{group}/{self.subject}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftNote:
    """Something that is no drift, and that one may want to know."""

    component: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoredField:
    """A field, or a whole object (*path* is empty), whose drift an entry of the ignore file silences."""

    component: str
    subject: str
    path: str
    owner: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport:
    """*objects* and Terraform *resources* were looked at, of *components*; *read* of the objects in full. *differing*
    are components whose sources in the repository are no longer those that are deployed: that is no drift, `plan` shows
    it. *run* is the last run there."""

    environment: str
    objects: int
    components: int
    drifts: tuple[Drift, ...] = ()
    notes: tuple[DriftNote, ...] = ()
    ignored: tuple[IgnoredField, ...] = ()
    differing: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    resources: int = 0
    read: int = 0
    run: str = ""

    @property
    def has_drift(self) -> bool:
        return bool(self.drifts)

    def count(self) -> Mapping[str, int]:
        """Number of drifts by kind, every kind that occurs, the gravest first."""
        found: dict[DriftKind, int] = {}
        for drift in self.drifts:
            found[drift.kind] = found.get(drift.kind, 0) + 1
        return {kind.value: found[kind] for kind in sorted(found, key=lambda kind: kind.rank)}


class NothingChecked(FairleadError):
    """There was nothing to look at: that is never the answer "no drift"."""
