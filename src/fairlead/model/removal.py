"""What a run is asked to remove, and what becomes of each object that nobody wants any more."""

from __future__ import annotations

from enum import StrEnum

from fairlead.model.frozen import dataclass
from fairlead.model.objects import ObjectRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """*prune*: what is no longer wanted goes. *destroy*: everything goes, of *components* only where they are given.

    *named* are objects of kinds that hold data or much else, as the flags name them (`KIND/NAMESPACE/NAME`): they go
    too. *with_terraform*: what Terraform made goes as well.
    """

    prune: bool = False
    destroy: bool = False
    with_terraform: bool = False
    components: tuple[str, ...] = ()
    named: tuple[str, ...] = ()

    @property
    def is_wanted(self) -> bool:
        return self.prune or self.destroy


class Verdict(StrEnum):
    DELETE = "delete"
    KEEP = "keep"
    """It stays, and stays listed."""
    FORGET = "forget"
    """It is gone, or somebody else's by now: it leaves the record, and is not touched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One object of the inventory: *component* deployed it as field *manager*; *uid* is empty where the record does not
    say. *is_bare*: it states nothing that could be owned. *is_kept*: its component is never pruned. *why* is the reason
    that a deletion gets. *is_attempt*: a run was about to write it, and did not say whether it did; *release* is then
    that of the component, by namespace and name."""

    ref: ObjectRef
    component: str
    manager: str
    uid: str = ""
    is_bare: bool = False
    is_kept: bool = False
    is_attempt: bool = False
    release: tuple[str, str] = ("", "")
    why: str = "no longer wanted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """*remedy* says how an object that is kept can go all the same."""

    item: Item
    verdict: Verdict
    reason: str
    remedy: str = ""
