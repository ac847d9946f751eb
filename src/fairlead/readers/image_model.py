"""The fields of an image component, which have no fault, as the model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from fairlead.model.image import DockerfileSource, GoSource, ImageSource
from fairlead.readers.image_schema import GoFields, ImageFields

_MAJOR: Final = re.compile(r"v[0-9]+")


def make_image(fields: ImageFields, *, name: str) -> ImageSource:
    """The image of the component *name*."""
    default = ImageSource()
    return ImageSource(
        go=_go(fields.go, name=name) if fields.go else None,
        packages=fields.packages,
        dockerfile=DockerfileSource(folder=fields.dockerfile.folder, file=fields.dockerfile.file)
        if fields.dockerfile
        else None,
        files=fields.files,
        command=fields.command or (),
        user=fields.user or default.user,
        folder=fields.folder or default.folder,
        variables=fields.env,
        labels=fields.labels,
        certificates=fields.certificates,
        push=fields.push or "",
        test=fields.test or (),
    )


def _go(fields: GoFields, *, name: str) -> GoSource:
    return GoSource(
        module=fields.module or "",
        version=fields.version or "",
        folder=fields.folder or "",
        programs=fields.programs or _one_program(fields, name=name),
        files=fields.files,
        replaces=fields.replaces,
        stamps=fields.stamps,
        tags=fields.tags,
    )


def _one_program(fields: GoFields, *, name: str) -> Mapping[str, str]:
    """Called as `go install` would call it, in the image's root; for the package in the project's own root *name*."""
    package = fields.package or "."
    place = f"{fields.module or fields.folder or ''}/{package}"
    parts = [part for part in place.split("/") if part not in ("", ".") and not _MAJOR.fullmatch(part)]
    return {f"/{parts[-1] if parts else name}": package}
