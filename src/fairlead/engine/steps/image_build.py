"""Builds an image, tests it, and brings it where nodes find it: into a registry, or onto the nodes themselves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fairlead.engine.deployment import Deployment, Done
from fairlead.engine.image_planning import nodes_lacking, require_way
from fairlead.engine.steps.terraform_apply import record_outputs
from fairlead.model.component import Component
from fairlead.model.errors import StepFailed
from fairlead.model.image import BuiltImage, ImageOutput, ImageRequest, ImageSource, short_digest
from fairlead.model.plan import Step
from fairlead.model.run import Outcome, StepResult
from fairlead.planning.image_request import outputs_of


async def build_image(step: Step, deployment: Deployment) -> Done:
    """Raises StepFailed where building or the test fails; then the image has gone nowhere."""
    component = deployment.component(step)
    source = component.source
    if not isinstance(source, ImageSource):
        raise TypeError(f"{component.name} is no image")
    require_way(component, deployment.site, deployment.ground)
    request = deployment.planned.renderer.image_request(component)
    images = deployment.site.sources.images
    image = await images.build(request, tell=lambda line: deployment.tell(step, line))
    outputs = outputs_of(component, image.digest)
    reference = str(outputs[ImageOutput.REFERENCE].value)
    tested = await _test(step, request, image, reference, deployment)
    deployment.fence()
    brought, is_news = await _bring(step, component, image, reference, deployment)
    deployment.planned.outputs[component.name] = outputs
    said = "; ".join(part for part in (f"{reference}, {image.size / 1e6:.0f} MB", tested, brought) if part)
    outcome = Outcome.CHANGED if is_news else Outcome.NOOP
    return Done(
        result=StepResult(outcome=outcome, reason=said, checked=1, written=int(is_news)),
        record=record_outputs(step, outputs, deployment),
    )


async def _test(step: Step, request: ImageRequest, image: BuiltImage, reference: str, deployment: Deployment) -> str:
    """What is said of the test, empty where there is none. A `go` command runs in the Go source."""
    command = request.source.test
    if not command:
        return ""
    site = deployment.site
    async with site.sources.images.unpacked(request, image) as unpacked:
        given = {
            "FAIRLEAD_ENVIRONMENT": site.environment.name,
            "FAIRLEAD_PROJECT": site.project.name,
            "FAIRLEAD_IMAGE_ARCHIVE": image.archive,
            "FAIRLEAD_IMAGE_REFERENCE": reference,
            "FAIRLEAD_IMAGE_ROOT": unpacked.root,
            "FAIRLEAD_IMAGE_PROGRAM": unpacked.program,
            "FAIRLEAD_IMAGE_SOURCE": unpacked.source,
        }
        is_go = command[0] == "go" and unpacked.source
        code, said = await site.commands.run(
            command,
            environment={**unpacked.variables, **given},
            timeout=step.timeout_seconds,
            tell=lambda line: deployment.tell(step, line),
            folder=Path(unpacked.source) if is_go else None,
        )
    if code:
        raise StepFailed(
            f"the test of image {request.name} failed: {command[0]} ended with {code}: {said}",
            hint="the image went nowhere; correct what the test found, then `fairlead resume`",
        )
    return f"{command[0]} tested it"


async def _bring(
    step: Step, component: Component, image: BuiltImage, reference: str, deployment: Deployment
) -> tuple[str, bool]:
    """What was done with the image, and whether that changed anything."""
    source = component.source
    if not isinstance(source, ImageSource) or not source.push:
        return await _load(step, component, image, [reference], deployment)
    images = deployment.site.sources.images
    is_news = await images.push(image, source.push, tell=lambda line: deployment.tell(step, line))
    said = "pushed" if is_news else "in the registry already"
    if deployment.site.local is None or deployment.ground.simulated:
        return said, is_news
    # The nodes of a local cluster may have no way to the registry, or no login there.
    both = [reference, f"{source.push}:{short_digest(image.digest)}"]
    loaded, is_loaded = await _load(step, component, image, both, deployment)
    return f"{said}, {loaded}", is_news or is_loaded


async def _load(
    step: Step, component: Component, image: BuiltImage, references: Sequence[str], deployment: Deployment
) -> tuple[str, bool]:
    """Put the image on the nodes that lack it under the first of *references*."""
    site = deployment.site
    if deployment.ground.simulated:
        return "not loaded: the nodes are simulated", False
    record = deployment.records.get(component.name)
    nodes = nodes_lacking(component, site, deployment.ground, reference=references[0], record=record)
    if not nodes or site.local is None:
        return "on every node already", False
    deployment.tell(step, f"loading {references[0]} into {', '.join(nodes)}")
    if references == [image.reference]:
        await site.local.load(Path(image.archive), reference=image.reference)
    else:
        async with site.sources.images.called(image, references) as archive:
            await site.local.load(archive, reference=references[0])
    return f"loaded into {len(nodes)} node{'s' if len(nodes) > 1 else ''}", True
