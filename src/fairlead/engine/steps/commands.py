"""Runs a command of the project: a check, a test, or what was given after the flags."""

from __future__ import annotations

from collections.abc import Sequence

from fairlead.engine.deployment import Deployment
from fairlead.model.plan import Step
from fairlead.model.run import Outcome, StepResult


async def run_command(step: Step, command: Sequence[str], deployment: Deployment) -> StepResult:
    site = deployment.site
    code, said = await site.commands.run(
        command,
        environment={
            "FAIRLEAD_ENVIRONMENT": site.environment.name,
            "FAIRLEAD_PROJECT": site.project.name,
            "FAIRLEAD_RUN": deployment.journal.run.id,
            "KUBECONFIG": site.kubeconfig,
        },
        timeout=step.timeout_seconds,
        tell=lambda line: deployment.tell(step, line),
    )
    if code == 0:
        return StepResult(outcome=Outcome.PASSED, reason=f"{command[0]} ended with 0", checked=1)
    return StepResult(outcome=Outcome.FAILED, reason=f"{command[0]} ended with {code}: {said}", checked=1, exit_code=1)
