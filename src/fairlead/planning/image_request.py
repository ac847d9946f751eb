"""Which image a component is, in one environment, and what is known of its outputs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from fairlead.model.component import Component
from fairlead.model.environment import Environment, expand
from fairlead.model.image import ImageOutput, ImageRequest, ImageSource, image_outputs
from fairlead.model.infrastructure import Output


def image_request(environment: Environment, component: Component, *, root: str) -> ImageRequest:
    """The image that *component* names; `{environment}` in its paths is what the environment's paths are called."""
    source = _source(component)
    go, dockerfile = source.go, source.dockerfile
    if go is not None:
        go = dataclasses.replace(go, folder=expand(go.folder, environment))
    if dockerfile is not None:
        dockerfile = dataclasses.replace(
            dockerfile, folder=expand(dockerfile.folder, environment), file=expand(dockerfile.file, environment)
        )
    files = {path: expand(file, environment) for path, file in source.files.items()}
    expanded = dataclasses.replace(source, go=go, dockerfile=dockerfile, files=files)
    return ImageRequest(name=component.name, source=expanded, folder=root)


def outputs_of(component: Component, digest: str) -> Mapping[str, Output]:
    """The outputs of an image component whose image has *digest*."""
    known = image_outputs(component.name, digest, push=_source(component).push)
    return {name: Output(value=value) for name, value in known.items()}


def used_images(component: Component, outputs: Mapping[str, Mapping[str, Output]]) -> Mapping[str, str]:
    """The reference that stands in for each image which *component* names under `images`; all must be known."""
    return {name: outputs[image][ImageOutput.REFERENCE].value for name, image in component.images.items()}


def unknown_images(component: Component, outputs: Mapping[str, Mapping[str, Output]]) -> tuple[str, ...]:
    """The image components that *component* uses and whose outputs are not known yet."""
    return tuple(sorted({image for image in component.images.values() if image not in outputs}))


def _source(component: Component) -> ImageSource:
    if not isinstance(component.source, ImageSource):
        raise TypeError(f"{component.name} is no image")
    return component.source
