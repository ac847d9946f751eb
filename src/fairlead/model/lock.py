"""The locks of an environment as people meet them: its own, and those of its Terraform states."""

from __future__ import annotations

from enum import StrEnum

from fairlead.model.frozen import dataclass


class Liveness(StrEnum):
    """What is known of a lock's holder."""

    ALIVE = "alive"
    DEAD = "dead"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLock:
    """One lock that somebody holds. *component* is the Terraform root whose state it guards, empty for the lock of the
    environment. *id* never comes back; *since* is as the lock says it. *why* gives the reason for *liveness*."""

    id: str
    component: str
    holder: str
    purpose: str
    since: str
    liveness: Liveness
    why: str

    @property
    def guards(self) -> str:
        return f"the state of {self.component}" if self.component else "the environment"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockReport:
    """*unseen* are Terraform roots whose backend gives no way to look; *checked* counts the locks looked at."""

    environment: str
    locks: tuple[HeldLock, ...]
    checked: int
    unseen: tuple[str, ...] = ()
