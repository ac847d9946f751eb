"""Makes a namespace that a component names and none defines, with the environment's Pod Security labels."""

from __future__ import annotations

from fairlead.engine.deployment import Deployment, Done
from fairlead.engine.refusal import refused
from fairlead.model.plan import Step
from fairlead.model.run import Outcome, StepResult

MANAGER = "fairlead"


async def make_namespace(step: Step, deployment: Deployment) -> Done:
    change = step.changes[0]
    if change.target is None:
        raise TypeError(f"{step.name} names no namespace")
    level = change.fields[0].wanted
    labels = {f"pod-security.kubernetes.io/{mode}": level for mode in ("enforce", "audit", "warn")}
    manifest = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": change.target.name, "labels": {"app.kubernetes.io/managed-by": "fairlead", **labels}},
    }
    deployment.fence()
    result = await deployment.site.cluster.apply(manifest, manager=MANAGER)
    if result.live is None:
        raise refused(change.target, result.message)
    return Done(result=StepResult(outcome=Outcome.CHANGED, reason=f"made, Pod Security {level}", checked=1, written=1))
