"""What is not in the repository: what can be said without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from fairlead.model.errors import InputError, Unavailable
from fairlead.model.finding import Finding, Severity

_UNRESOLVED: Final = ("chart-unresolved", "base-unresolved")


def not_judged_without(unknown: Sequence[str], err: InputError) -> Unavailable:
    """That values are not here may be the reason of *err*: it is no fault that can be told."""
    return Unavailable(
        f"it cannot be rendered without values that are not in the repository ({', '.join(unknown)}): {err.message}",
        hint="it is not judged: they lie in the cluster, or are encrypted",
    )


def resolved_by_others(finding: Finding) -> Finding:
    """What no lock file settles keeps us from deploying; who has it resolved in the cluster has no need of one."""
    if finding.rule not in _UNRESOLVED or finding.severity is Severity.WARNING:
        return finding
    return replace(finding, message=f"not rendered: {finding.message}", severity=Severity.WARNING)
