"""Phase secure: the Pod Security level of the environment, on what was rendered and on what runs."""

from __future__ import annotations

from fairlead.engine.deployment import Deployment, Done
from fairlead.engine.steps.judging import judged
from fairlead.engine.steps.nothing import nothing_to_check
from fairlead.model.finding import Finding
from fairlead.model.plan import Step
from fairlead.model.pod_security import PodSecurityLevel
from fairlead.planning.rules.pod_security import check_pod_security


async def check_pods(_: Step, deployment: Deployment) -> Done:
    live = await deployment.deployed_objects()
    findings: list[Finding] = []
    checked = 0
    for name, record in deployment.records.items():
        level = _level_of(name, deployment)
        found = [live[ref] for ref in record.baselines if ref in live]
        checked += len(record.objects) + len(found)
        findings += dict.fromkeys(f for m in (*record.objects, *found) for f in check_pod_security(m, level=level))
    if not checked:
        return nothing_to_check(deployment)
    level_name = deployment.site.environment.pod_security.value
    hint = "correct the pod, or state `podSecurity: privileged` for a component that needs it"
    said = f"{checked} rendered and live objects at level {level_name}"
    return judged(said, findings, deployment, checked=checked, hint=hint)


def _level_of(component: str, deployment: Deployment) -> PodSecurityLevel:
    own = next((c.pod_security for c in deployment.site.project.components if c.name == component), None)
    return own or deployment.site.environment.pod_security
