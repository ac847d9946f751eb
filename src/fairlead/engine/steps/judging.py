"""What findings come to: the one place where a step that looks for faults passes or fails."""

from __future__ import annotations

from collections.abc import Sequence

from fairlead.engine.deployment import Deployment, Done
from fairlead.model.exit_codes import ExitCode
from fairlead.model.finding import Finding
from fairlead.model.run import Outcome, StepResult


def judged(
    said: str,
    findings: Sequence[Finding],
    deployment: Deployment,
    *,
    checked: int,
    exit_code: ExitCode = ExitCode.FAILED,
    hint: str = "",
) -> Done:
    """Failed with the gravest finding where that is grave enough, else passed with *said*; all findings are kept."""
    findings = sorted(findings, key=lambda finding: finding.severity.rank, reverse=True)
    grave = [finding for finding in findings if finding.severity.rank >= deployment.fail_on.rank]
    if not grave:
        return Done(result=StepResult(outcome=Outcome.PASSED, reason=said, checked=checked, findings=tuple(findings)))
    more = f" (and {len(grave) - 1} more)" if len(grave) > 1 else ""
    return Done(
        result=StepResult(
            outcome=Outcome.FAILED,
            reason=f"{grave[0]}{more}",
            hint=hint or grave[0].hint,
            checked=checked,
            findings=tuple(findings),
            exit_code=exit_code,
        )
    )
