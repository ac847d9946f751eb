"""Which charts can be had: a release without its chart is told of, and keeps nothing else from being looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from fairlead.engine.renderer import Renderer
from fairlead.model.component import Component, HelmSource
from fairlead.model.errors import InputError, Unavailable


async def missing_charts(renderer: Renderer, components: Sequence[Component]) -> Mapping[str, str]:
    """Why its chart is not at hand, for each component whose chart is not."""
    read = [c for c in components if isinstance(c.source, HelmSource) and c.source.is_read]
    reasons = await asyncio.gather(*(_why_missing(renderer, c) for c in read))
    return {component.name: why for component, why in zip(read, reasons, strict=True) if why}


async def _why_missing(renderer: Renderer, component: Component) -> str:
    try:
        await renderer.chart(component)
    except Unavailable as err:
        return err.message
    except InputError:
        return ""  # rendering it says what is wrong
    return ""
