"""Phase validate: whether each Terraform state is free, and is what the record and the configuration take it for.

In a deployment, planning has just read the state of every root that is not as recorded; here its lock is looked at. A
thorough look reads every state, and plans every root: a root that cannot be planned is a finding.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from fairlead.engine.deployment import Deployment, Done
from fairlead.engine.steps.judging import judged
from fairlead.engine.steps.terraform_apply import kept_outputs
from fairlead.model.component import Component, TerraformSource
from fairlead.model.errors import FairleadError
from fairlead.model.finding import Finding, Severity
from fairlead.model.infrastructure import TerraformRoot
from fairlead.model.plan import Step


async def check_terraform(step: Step, deployment: Deployment) -> Done:
    roots = [
        c
        for c in deployment.site.project.components_of(deployment.site.environment)
        if isinstance(c.source, TerraformSource)
    ]
    findings: list[Finding] = []
    said: list[str] = []
    for component in roots:
        deployment.tell(step, f"looking at the state of {component.name}")
        async for found in _look(component, deployment, said):
            findings.append(found)
    return judged("; ".join(said), findings, deployment, checked=len(roots))


async def _look(component: Component, deployment: Deployment, said: list[str]) -> AsyncIterator[Finding]:
    is_planned = component.name in deployment.planned.terraform
    if not is_planned and not deployment.is_thorough:
        said.append(f"{component.name}: as recorded, not read")
        return
    root = deployment.site.terraform_root(component)
    try:
        if held := await _lock_finding(component, root, deployment):
            yield held
            return
        if is_planned:
            said.append(f"{component.name}: state read, not locked")
            return
        async for found in _read_state(component, root, deployment, said):
            yield found
    except FairleadError as err:
        yield Finding(
            rule="terraform/state",
            message=str(err).removeprefix(f"{component.name}: "),
            hint=err.hint,
            component=component.name,
            severity=Severity.ERROR,
        )


async def _lock_finding(component: Component, root: TerraformRoot, deployment: Deployment) -> Finding | None:
    lock = await deployment.site.infrastructure.lock(root)
    if lock is None:
        return None
    who = f" by {lock.who}" if lock.who else ""
    since = f" since {lock.created}" if lock.created else ""
    return Finding(
        rule="terraform/lock",
        message=f"its state is locked{who}{since}, for {lock.operation or 'something'} (lock {lock.id or 'unknown'})",
        hint="wait for it; `fairlead locks` says whether its holder lives, `fairlead unlock` frees a dead one's lock",
        component=component.name,
    )


async def _read_state(
    component: Component, root: TerraformRoot, deployment: Deployment, said: list[str]
) -> AsyncIterator[Finding]:
    infrastructure = deployment.site.infrastructure
    await infrastructure.init(root)
    plan = await infrastructure.plan(root)
    record = deployment.records.get(component.name)
    if record is None:
        said.append(f"{component.name}: not applied yet, {len(plan.changes)} resources would change")
        return
    said.append(f"{component.name}: {len(plan.changes)} resources would change")
    outputs = kept_outputs(await infrastructure.outputs(root), deployment.key)
    moved = sorted(name for name in {*outputs, *record.outputs} if outputs.get(name) != record.outputs.get(name))
    if record.outputs and not outputs:
        yield Finding(
            rule="terraform/state",
            message="its state is empty, and the record says that it was applied",
            hint="see that the backend of the root is the one it was applied with, before a deployment makes all anew",
            component=component.name,
        )
    elif moved:
        yield Finding(
            rule="terraform/state",
            message=f"somebody else applied it since: the outputs {', '.join(moved)} are not those on record",
            hint="deploy to take them over",
            component=component.name,
            severity=Severity.WARNING,
        )
