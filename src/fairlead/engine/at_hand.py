"""What can be had: a component whose chart or base lies elsewhere is told of, and keeps nothing else from being looked
at."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from fairlead.engine.renderer import Renderer
from fairlead.model.component import Component, HelmSource, KustomizeSource
from fairlead.model.environment import Delivery
from fairlead.model.errors import InputError, Unavailable


async def not_at_hand(renderer: Renderer, components: Sequence[Component]) -> Mapping[str, str]:
    """Why it cannot be rendered here, for each component that another tool deploys and whose chart or base is not
    here."""
    read = [c for c in components if _is_read(renderer, c)]
    reasons = await asyncio.gather(*(_why_missing(renderer, c) for c in read))
    return {component.name: why for component, why in zip(read, reasons, strict=True) if why}


def _is_read(renderer: Renderer, component: Component) -> bool:
    if isinstance(component.source, HelmSource):
        return component.source.is_read
    is_delivered = renderer.target.environment.delivery is not Delivery.PUSH
    return isinstance(component.source, KustomizeSource) and is_delivered


async def _why_missing(renderer: Renderer, component: Component) -> str:
    try:
        if isinstance(component.source, HelmSource):
            await renderer.chart(component)
        else:
            await renderer.source_digest(component)
    except Unavailable as err:
        return err.message
    except InputError as err:
        # Rendering it says what else is wrong.
        return err.message if err.rule == "base-unresolved" else ""
    return ""
