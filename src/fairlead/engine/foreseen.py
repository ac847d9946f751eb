"""What a component will consist of, as far as that shows before its outputs are known: enough to make its namespaces
first, and to wait for what brings its kinds."""

from __future__ import annotations

from fairlead.engine.renderer import Renderer
from fairlead.model.component import Component
from fairlead.model.errors import InputError
from fairlead.model.objects import Manifest
from fairlead.planning.desired import desired_objects, scopes_of
from fairlead.planning.stand_ins import stand_ins


async def foresee(component: Component, renderer: Renderer) -> tuple[Manifest, ...]:
    """The objects with a text in the place of each output; none where the component cannot be rendered so."""
    try:
        rendering = await renderer.render(component, stand_ins(component))
        found = desired_objects(
            rendering.objects,
            namespace=component.namespace,
            scopes=scopes_of([*rendering.objects, *rendering.crds], renderer.target.kinds),
            component=component.name,
        )
    except InputError:
        # Its own step renders it again, with the outputs, and tells of its faults.
        return ()
    return (*found.objects.values(), *found.crds.values())
