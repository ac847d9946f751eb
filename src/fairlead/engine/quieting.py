"""What the ignore file means for a Helm release: it may be left alone, or it is written as a whole."""

from __future__ import annotations

import dataclasses

from fairlead.engine.compare import Comparison
from fairlead.model.component import Component, HelmSource
from fairlead.planning.ignoring import Ignores
from fairlead.planning.left_out import quieted


def quiet(component: Component, comparisons: tuple[Comparison, ...], ignores: Ignores) -> tuple[Comparison, ...]:
    """A release whose only differences are ignored ones needs no upgrade. Where it does, helm writes all of it, the
    ignored fields too: then they stay in sight."""
    if not isinstance(component.source, HelmSource):
        return comparisons
    calm = tuple(
        dataclasses.replace(c, change=quieted(c.change, ignores.of(component.name, c.ref))) for c in comparisons
    )
    return comparisons if any(c.change.action.is_change for c in calm) else calm
