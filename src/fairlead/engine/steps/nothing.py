"""What it means that a rule or a test of the whole environment found nothing to look at."""

from __future__ import annotations

from fairlead.engine.deployment import Deployment, Done
from fairlead.model.plan import Phase
from fairlead.model.run import Outcome, StepResult


def nothing_to_check(deployment: Deployment) -> Done:
    """Nothing checked is no good result. Where the deploy phase failed, it is that failure and not one more; where
    nothing is deployed at all (Terraform alone, a phase left out), it proves nothing."""
    done = deployment.journal.run.steps.values()
    if any(s.phase is Phase.DEPLOY and s.result is not None and not s.result.outcome.is_good for s in done):
        return _skipped("nothing to check: phase deploy did not end well")
    steps = deployment.planned.plan.steps
    if not any(s.phase is Phase.DEPLOY and s.component and not s.left_out for s in steps):
        return _skipped("nothing to check: no object is deployed here", is_left_out=True)
    reason = "nothing was checked: the components have no objects"
    hint = "see `fairlead render`"
    return Done(result=StepResult(outcome=Outcome.FAILED, reason=reason, hint=hint, exit_code=1))


def _skipped(reason: str, *, is_left_out: bool = False) -> Done:
    return Done(result=StepResult(outcome=Outcome.SKIPPED, reason=reason, is_left_out=is_left_out))
