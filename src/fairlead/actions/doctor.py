"""Looks for what is missing on this machine and in this project; each finding has the one command that mends it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from fairlead.model.frozen import dataclass


class DoctorStatus(StrEnum):
    GOOD = "good"
    MISSING = "missing"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorFinding:
    """*mend* is one command line; empty where nothing is to be done."""

    subject: str
    status: DoctorStatus
    message: str
    mend: str = ""


def is_well(findings: Sequence[DoctorFinding]) -> bool:
    return all(finding.status is DoctorStatus.GOOD for finding in findings)
