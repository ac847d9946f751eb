"""How an object is, by what it says about itself."""

from __future__ import annotations

from enum import StrEnum

from fairlead.model.frozen import dataclass


class HealthStatus(StrEnum):
    CURRENT = "current"
    """What was asked for is there."""
    IN_PROGRESS = "in-progress"
    FAILED = "failed"
    """A controller gave up, or a container crashes again and again; some failures still heal by themselves."""
    TERMINATING = "terminating"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """*reason* is one word in CamelCase, *message* one line for a person."""

    status: HealthStatus
    reason: str = ""
    message: str = ""

    @property
    def is_current(self) -> bool:
        return self.status is HealthStatus.CURRENT


def current(reason: str, message: str) -> Health:
    return _health(HealthStatus.CURRENT, reason, message)


def in_progress(reason: str, message: str) -> Health:
    return _health(HealthStatus.IN_PROGRESS, reason, message)


def failed(reason: str, message: str) -> Health:
    return _health(HealthStatus.FAILED, reason, message)


def _health(status: HealthStatus, reason: str, message: str) -> Health:
    # Controllers put the answers of other programs into their conditions, line breaks included.
    return Health(status=status, reason=reason, message=" ".join(message.split()))
