"""What was found out about a cluster by trying it: one result for each thing that a platform stands on."""

from __future__ import annotations

from enum import StrEnum

from fairlead.model.frozen import dataclass


class CheckStatus(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_EVALUATED = "not evaluated"
    """It could not be tried, or it is simulated: says nothing about the cluster, neither good nor bad."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterCheck:
    """*message* says what was seen, or why it was not tried; *remedy* what to do about it. *seconds* that it took."""

    name: str
    status: CheckStatus
    message: str
    seconds: float = 0.0
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterVerification:
    """*driver* is what keeps the cluster. *is_verified*: nothing failed, and the nodes were seen to be real and ready:
    of a cluster whose nodes are simulated, nothing that ran on them counts."""

    environment: str
    driver: str
    is_verified: bool
    checks: tuple[ClusterCheck, ...]
    notes: tuple[str, ...] = ()


def passed(name: str, message: str) -> ClusterCheck:
    return ClusterCheck(name=name, status=CheckStatus.PASSED, message=message)


def failed(name: str, message: str, *, remedy: str) -> ClusterCheck:
    return ClusterCheck(name=name, status=CheckStatus.FAILED, message=message, remedy=remedy)


def not_evaluated(name: str, why: str, *, remedy: str = "") -> ClusterCheck:
    return ClusterCheck(name=name, status=CheckStatus.NOT_EVALUATED, message=why, remedy=remedy)
