"""What an image component of a project file must say together, and who may use one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fairlead.readers.image_schema import GoFields, ImageFields
from fairlead.readers.project_faults import Fault, Path
from fairlead.readers.project_parts import Parts, not_in_all_places, not_of_kind

_OF_OUR_OWN: Final = ("go", "packages", "files", "command", "user", "folder", "env", "labels", "certificates")
"""Keys that say what Fairlead puts together; a Dockerfile says it itself."""


def _made_of_something(parts: Parts) -> Iterator[Fault]:
    for index, name, image in _images(parts):
        path: Path = ("components", index, "image")
        if image.dockerfile is None and not (image.go or image.packages or image.files):
            message = f"image {name} does not say what it is made of"
            yield Fault(rule="no-source", path=path, message=message, hint="add one of go, packages, files, dockerfile")
        if image.dockerfile is None:
            continue
        for key in _OF_OUR_OWN:
            if key in image.model_fields_set:
                message = f"{key} has no effect beside dockerfile"
                yield Fault(
                    rule="no-effect", path=(*path, key), message=message, hint="say it in the Dockerfile", at_key=True
                )


def _one_go_source(parts: Parts) -> Iterator[Fault]:
    for index, name, image in _images(parts):
        if image.go is not None:
            yield from _go_faults(image.go, name, ("components", index, "image", "go"))


def _go_faults(go: GoFields, name: str, path: Path) -> Iterator[Fault]:
    if go.module is None and go.folder is None:
        message = f"go of image {name} does not say what it is"
        yield Fault(rule="no-source", path=path, message=message, hint="add one of module, folder")
    elif go.module is not None and go.folder is not None:
        message = f"go of image {name} has module and folder: it can be one of them only"
        yield Fault(rule="two-sources", path=(*path, "folder"), message=message, hint="keep one", at_key=True)
    elif go.module is not None and go.version is None:
        message = f"the module {go.module} has no version"
        yield Fault(rule="missing-key", path=path, message=message, hint="write the exact version, such as v1.2.3")
    elif go.folder is not None and go.version is not None:
        message = "version has no effect on a folder"
        yield Fault(rule="no-effect", path=(*path, "version"), message=message, hint="remove it", at_key=True)
    if go.package is not None and go.programs:
        message = f"go of image {name} has package and programs: it can be one of them only"
        yield Fault(rule="two-sources", path=(*path, "programs"), message=message, hint="keep one", at_key=True)


def _known_images(parts: Parts) -> Iterator[Fault]:
    for index, component in parts.components.items():
        for name, image in component.images.items():
            path: Path = ("components", index, "images", name)
            if parts.kinds.get(image) != "image":
                yield not_of_kind(image, parts, kinds=("image",), path=path, why="only those make images")
            else:
                yield from not_in_all_places(component, image, parts, path=path)


def _tests_with_pods(parts: Parts) -> Iterator[Fault]:
    for index, component in parts.components.items():
        if component.images and component.test is not None and component.test.job is None:
            path: Path = ("components", index, "images")
            message = "images has an effect on a test by job only"
            yield Fault(rule="no-effect", path=path, message=message, hint="remove it", at_key=True)


def _images(parts: Parts) -> Iterator[tuple[int, str, ImageFields]]:
    for index, component in parts.components.items():
        if component.image is not None and index not in parts.trimmed:
            yield index, component.name, component.image


IMAGE_RULES: Final = (_made_of_something, _one_go_source, _known_images, _tests_with_pods)
