"""The checks of phase validate: tools and versions, the project and its manifests, the cluster, the project's own."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from fairlead.engine.deployment import Deployment, Done
from fairlead.engine.steps.commands import run_command
from fairlead.engine.steps.judging import judged
from fairlead.model.component import CheckSource, Component, HelmSource, KustomizeSource, TerraformSource
from fairlead.model.exit_codes import ExitCode
from fairlead.model.finding import Finding, Severity
from fairlead.model.image import ImageSource
from fairlead.model.plan import Step
from fairlead.model.run import Outcome, StepResult

MINORS_APART = 1
"""How far server and project may be apart in minor versions before it is an error instead of a warning."""


async def check_tools(step: Step, deployment: Deployment) -> Done:
    """The tools that this deployment starts; where nothing changes, none is started and none is needed. A thorough
    look is for those of every component."""
    names = sorted({name for component in _moving(deployment) for name in tools_of(component)})
    for name in names:
        deployment.tell(step, f"looking for {name}")
        await deployment.site.sources.tools.path(name)
    versions = ", ".join(f"{name} {deployment.site.sources.tools.version(name)}" for name in names)
    return _passed(versions or "no tool is started: nothing changes", checked=len(names))


def _moving(deployment: Deployment) -> Iterable[Component]:
    if deployment.is_thorough:
        return deployment.site.project.components_of(deployment.site.environment)
    steps = deployment.planned.plan.steps
    moving = {step.component for step in steps if step.component and not step.is_noop and not step.left_out}
    return (c for c in deployment.site.project.components if c.name in moving)


def tools_of(component: Component) -> tuple[str, ...]:
    match component.source:
        case HelmSource():
            return ("helm",)
        case KustomizeSource():
            return ("kustomize",)
        case TerraformSource(program=program):
            return (program,) if program == "tofu" else ()
        case _:
            return ()


async def check_project(_: Step, deployment: Deployment) -> Done:
    """What was rendered against the schemas of the environment's Kubernetes version."""
    prepared = deployment.planned.prepared.values()
    rendered = [m for p in prepared if p.desired for m in (*p.desired.crds.values(), *p.desired.objects.values())]
    unchanged = sum(1 for p in prepared if p.desired is None)
    minor = deployment.site.environment.kubernetes or deployment.ground.minor
    faults, unknown = deployment.site.schemas.validate(rendered, kubernetes=minor)
    findings = tuple(finding for _, finding, _ in faults)
    said = f"{len(rendered)} objects against the schemas of Kubernetes {minor}"
    said += f", {len(unknown)} of them of kinds without a schema" if unknown else ""
    said += f"; {unchanged} components as recorded" if unchanged else ""
    return judged(said, findings, deployment, checked=len(rendered) + unchanged, exit_code=ExitCode.INVALID)


async def check_cluster(_: Step, deployment: Deployment) -> Done:
    ground, environment = deployment.ground, deployment.site.environment
    findings = [*_skew(ground.version, ground.minor, environment.kubernetes)]
    if not ground.ready_nodes:
        hint = "see `kubectl get nodes`; a local cluster: `fairlead local status`"
        findings.append(Finding(rule="nodes", message="no node is ready", hint=hint))
    elif ground.ready_nodes < len(ground.nodes):
        message = f"{len(ground.nodes) - ground.ready_nodes} of {len(ground.nodes)} nodes are not ready"
        findings.append(
            Finding(rule="nodes", message=message, hint="see `kubectl get nodes`", severity=Severity.WARNING)
        )
    for group in ground.kinds.broken:
        message = f"the API group {group} does not answer"
        hint = "see `kubectl get apiservices`, and the Service that serves it"
        findings.append(Finding(rule="api-groups", message=message, hint=hint, severity=Severity.WARNING))
    hosts = sorted(_hosts(deployment))
    for host in hosts:
        if not await deployment.site.names.resolves(host):
            findings.append(Finding(rule="names", message=f"the name {host} does not resolve"))
    simulated = ", simulated" if ground.simulated else ""
    broken = f"; not answering: {', '.join(ground.kinds.broken)}" if ground.kinds.broken else ""
    said = (
        f"Kubernetes {ground.version}, {ground.ready_nodes} nodes ready{simulated}, {len(hosts)} names resolve{broken}"
    )
    return judged(said, findings, deployment, checked=2 + len(hosts))


def _skew(version: str, minor: str, wanted: str) -> list[Finding]:
    if not wanted or minor == wanted:
        return []
    apart = abs(int(minor.split(".")[1]) - int(wanted.split(".")[1]))
    severity = Severity.ERROR if apart > MINORS_APART else Severity.WARNING
    message = f"the server is {version}, the environment states kubernetes {wanted}"
    return [Finding(rule="version-skew", message=message, severity=severity, hint="correct one of the two")]


def _hosts(deployment: Deployment) -> set[str]:
    sources = [c.source for c in _moving(deployment)]
    urls = [s.repository for s in sources if isinstance(s, HelmSource) and s.repository]
    urls += [f"oci://{s.push}" for s in sources if isinstance(s, ImageSource) and s.push]
    return {host for url in (*urls, deployment.site.api_url) if (host := urlsplit(url).hostname or "")}


async def check_command(step: Step, deployment: Deployment) -> Done:
    component = deployment.component(step)
    if not isinstance(component.source, CheckSource):
        raise TypeError(f"{component.name} is no check")
    return Done(result=await run_command(step, component.source.command, deployment))


def _passed(said: str, *, checked: int) -> Done:
    return Done(result=StepResult(outcome=Outcome.PASSED, reason=said, checked=checked))
