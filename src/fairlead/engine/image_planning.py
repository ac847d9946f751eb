"""What an image component needs: nothing, since it is as recorded and where it should be; or building and bringing."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from fairlead.engine.known_outputs import recorded_outputs
from fairlead.engine.renderer import Renderer
from fairlead.engine.site import Ground, Remembered, Site
from fairlead.model.change import Change, ChangeAction
from fairlead.model.component import Component
from fairlead.model.errors import InputError
from fairlead.model.frozen import dataclass
from fairlead.model.image import ImageOutput, ImageSource
from fairlead.model.infrastructure import Output
from fairlead.model.record import ComponentRecord
from fairlead.planning.graph import PlannedComponent
from fairlead.planning.image_nodes import nodes_without
from fairlead.planning.image_request import outputs_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedImage:
    """*outputs* is None while only building can say them."""

    planned: PlannedComponent
    outputs: Mapping[str, Output] | None


async def plan_image(
    component: Component, site: Site, *, ground: Ground, remembered: Remembered, renderer: Renderer, left_out: str
) -> PlannedImage:
    """Look without building. Raises InputError where the image could reach no node."""
    source = await renderer.source_digest(component)
    record = remembered.records.get(component.name)
    require_way(component, site, ground)
    change, outputs = _plan(component, site, ground=ground, record=record, source=source, left_out=left_out)
    found = renderer.image_request(component)
    if outputs is None and not left_out and (image := site.sources.images.find(found)) is not None:
        outputs = outputs_of(component, image.digest)
        change = dataclasses.replace(
            change,
            action=ChangeAction.UPDATE if record else ChangeAction.CREATE,
            reason=f"{change.reason}; built before as {outputs[ImageOutput.REFERENCE].value}",
        )
    return PlannedImage(
        planned=PlannedComponent(component=component, changes=(change,), source_digest=source), outputs=outputs
    )


def require_way(component: Component, site: Site, ground: Ground) -> None:
    """Raises InputError where *component* is pushed nowhere and nobody can load it into the nodes."""
    source = component.source
    if isinstance(source, ImageSource) and not source.push and site.local is None and not ground.simulated:
        raise InputError(
            f"image {component.name} is pushed nowhere, and Fairlead cannot reach the nodes of "
            f"{site.environment.name} itself",
            hint="write `push: registry.example.test/team/NAME`, or say in `environments` where it belongs",
            location=component.location,
        )


def _plan(
    component: Component, site: Site, *, ground: Ground, record: ComponentRecord | None, source: str, left_out: str
) -> tuple[Change, Mapping[str, Output] | None]:
    def change(action: ChangeAction, reason: str) -> Change:
        return Change(action=action, name=component.name, reason=reason)

    if record is None:
        return change(ChangeAction.UNKNOWN, left_out or "not built for this environment yet"), None
    outputs = recorded_outputs(record)
    if left_out:
        return change(ChangeAction.NOOP, left_out), outputs
    if record.input_digest != source:
        return change(ChangeAction.UNKNOWN, "its source is not as recorded"), None
    reference = str(outputs[ImageOutput.REFERENCE].value)
    if lacking := nodes_lacking(component, site, ground, reference=reference, record=record):
        return change(ChangeAction.UPDATE, f"{reference} is not on {', '.join(lacking)}"), outputs
    return change(ChangeAction.NOOP, f"source as recorded: {reference}"), outputs


def nodes_lacking(
    component: Component, site: Site, ground: Ground, *, reference: str, record: ComponentRecord | None
) -> tuple[str, ...]:
    """The nodes that an image must be loaded into; none where they fetch it, or where no machine stands behind them."""
    source = component.source
    if not isinstance(source, ImageSource) or ground.simulated or (source.push and site.local is None):
        return ()
    is_same = record is not None and record.outputs.get(ImageOutput.REFERENCE) == reference
    loaded = record.written if record is not None and is_same else None
    return nodes_without(ground.nodes, reference=reference, loaded=loaded, now=site.clock.now())
