"""What a component would render to if some files of the project said something else."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from fairlead.engine.edited_files import EditedFiles
from fairlead.engine.renderer import Renderer
from fairlead.engine.sources import Sources, Target
from fairlead.model.component import Component, HelmSource, KustomizeSource
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.planning.desired import desired_objects, scopes_of
from fairlead.planning.stand_ins import stand_ins
from fairlead.ports import Drafts

Objects = Mapping[ObjectRef, Manifest]


class TrialRendering:
    """Outputs of Terraform stand for themselves, before and after: what is compared is the difference."""

    def __init__(self, target: Target, sources: Sources, drafts: Drafts, *, key: bytes) -> None:
        self._target = target
        self._sources = sources
        self._drafts = drafts
        self._key = key

    def renderer(self, texts: Mapping[str, str]) -> Renderer:
        return self._renderer(EditedFiles(self._sources.files, texts))

    async def render(self, component: Component, texts: Mapping[str, str]) -> Objects:
        """With *texts* in the place of files. Raises InputError."""
        source = component.source
        if not isinstance(source, KustomizeSource):
            return await self._objects(self.renderer(texts), component)
        files = self.renderer({}).overlay_files(component, source)
        with self._drafts.draft(files, texts) as folder:
            return await self._objects(
                self._renderer(EditedFiles(self._sources.files, texts, folder=folder)), component
            )

    def _renderer(self, files: EditedFiles) -> Renderer:
        return Renderer(self._target, dataclasses.replace(self._sources, files=files), key=self._key)

    async def _objects(self, renderer: Renderer, component: Component) -> Objects:
        rendering = await renderer.render(component, stand_ins(component))
        desired = desired_objects(
            rendering.objects,
            namespace=component.namespace,
            scopes=scopes_of(rendering.objects, self._target.kinds),
            component=component.name,
            keep_crds_inline=isinstance(component.source, HelmSource),
        )
        return {**desired.crds, **desired.objects}
