"""Destroys what a Terraform root made, by the plan that was shown."""

from __future__ import annotations

from fairlead.engine.deployment import Deployment, Done
from fairlead.engine.steps.terraform_apply import carry_out
from fairlead.model.infrastructure import TerraformPlan, TerraformRoot
from fairlead.model.plan import Step
from fairlead.model.run import Outcome, StepResult


async def destroy_root(step: Step, deployment: Deployment) -> Done:
    root = deployment.site.terraform_root(deployment.component(step))
    plan = await _plan_of(step, root, deployment)
    await carry_out(step, root, plan, deployment)
    count = len(plan.changes)
    result = StepResult(outcome=Outcome.CHANGED, reason=f"{count} resources destroyed", checked=count, written=count)
    return Done(result=result, is_forgotten=True)


async def _plan_of(step: Step, root: TerraformRoot, deployment: Deployment) -> TerraformPlan:
    known = deployment.planned.terraform.get(step.component)
    if known is not None and not deployment.is_second_try(step):
        return known
    await deployment.site.infrastructure.init(root)
    return await deployment.site.infrastructure.plan(root, destroy=True)
