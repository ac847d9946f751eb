"""What `validate` found: the findings, and how much was looked at. Its exit code follows from these alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fairlead.model.exit_codes import ExitCode
from fairlead.model.finding import Finding, Location, Severity
from fairlead.model.rule import OFFLINE, Stage
from fairlead.model.rules import rules_of
from fairlead.model.waiver import Waived

SCHEMA = "fairlead.dev/validation/v1"


@dataclass(slots=True, kw_only=True)
class Validation:
    """*checked* counts objects, *files* files; *stages* says which rules they were held against. *unknown* counts the
    objects of each kind that no schema covers, by `Kind (group/version)`. *components* counts components, *deployed*
    those of them that should have objects. *is_partial*: nothing was rendered, because the project file is faulty."""

    findings: list[Finding] = field(default_factory=list)
    checked: int = 0
    files: int = 0
    unknown: Mapping[str, int] = field(default_factory=dict)
    components: int = 0
    deployed: int = 0
    environments: tuple[str, ...] = ()
    waived: tuple[Waived, ...] = ()
    stages: tuple[Stage, ...] = OFFLINE
    is_partial: bool = False

    @property
    def rules(self) -> int:
        """How many rules were evaluated."""
        return len(rules_of(self.stages))

    def count(self, severity: Severity) -> int:
        return sum(finding.severity is severity for finding in self.findings)

    @property
    def is_empty(self) -> bool:
        """There was no object, though there should be. Of Terraform roots and images alone, the project file is all
        there is to check offline."""
        return not self.checked and (self.deployed > 0 or not self.components)

    def exit_code(self, fail_on: Severity = Severity.ERROR) -> ExitCode:
        """4 with a finding of *fail_on* or graver, 1 where there was nothing to check."""
        if any(finding.severity.rank >= fail_on.rank for finding in self.findings):
            return ExitCode.INVALID
        return ExitCode.FAILED if self.is_empty else ExitCode.DONE

    def settle(self) -> None:
        """Put the findings in the order of their places; a fault that several components meet is one fault."""
        said: dict[object, Finding] = {}
        for finding in self.findings:
            key = (finding.rule, finding.location or finding.ref or finding.component, finding.message)
            said.setdefault(key, finding)
        self.findings = sorted(said.values(), key=_order)


def placed(finding: Finding) -> Location | None:
    """Where a reader is sent: its own place, or the nearest that led there."""
    return finding.location or (finding.chain[-1] if finding.chain else None)


def _order(finding: Finding) -> tuple[Location, str, str, str, str]:
    place = placed(finding) or Location("~")
    return place, str(finding.ref or ""), finding.component, finding.rule, finding.message
