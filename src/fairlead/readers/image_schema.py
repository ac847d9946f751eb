"""What an `image:` of a project file may hold, key by key. What keys say together is checked in `image_rules.py`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StrictBool

from fairlead.readers.project_fields import (
    DebianPackage,
    ExactVersion,
    ImagePath,
    ImageRepository,
    ImageUser,
    ModulePath,
    ProjectPath,
    Text,
    Word,
)
from fairlead.readers.strict_fields import StrictFields


class GoFields(StrictFields):
    """Go programs: a module at a version, or a folder of the project with its go.mod."""

    module: ModulePath | None = Field(default=None, examples=["github.com/example/shop"])
    version: ExactVersion | None = Field(default=None, description="Of the module, as Go writes it.")
    folder: ProjectPath | None = Field(default=None, description="A folder of the project that holds a go.mod.")
    package: Text | None = Field(default=None, description="What is built. Default: `.`", examples=["./cmd/shop"])
    programs: dict[ImagePath, Text] = Field(
        default_factory=dict,
        description="Several programs, or other places: path in the image and package. Instead of `package`.",
        examples=[{"/usr/bin/shop": "./cmd/shop"}],
    )
    files: dict[ImagePath, ProjectPath] = Field(
        default_factory=dict, description="Files and folders of the source: path in the image and in the source."
    )
    replaces: dict[Text, Text] = Field(
        default_factory=dict,
        description="For go.mod, where a module's own replaces point into its source tree.",
        examples=[{"k8s.io/api": "k8s.io/api v0.34.2"}],
    )
    stamps: dict[Text, Text] = Field(
        default_factory=dict, description="Variables set at link time.", examples=[{"main.version": "1.2.3"}]
    )
    tags: tuple[Word, ...] = Field(default=(), description="Build tags.", examples=[["netgo"]])


class DockerfileFields(StrictFields):
    """What buildah or docker builds."""

    folder: ProjectPath = Field(description="The context.")
    file: ProjectPath = Field(default="Dockerfile", description="In the folder.")


def _as_folder(value: Any) -> Any:
    return {"folder": value} if isinstance(value, str) else value


class ImageFields(StrictFields):
    """A container image, built in phase provision: of Go programs, Debian packages and files, or by a Dockerfile.

    Its outputs are reference, repository, tag and digest."""

    go: GoFields | None = None
    packages: tuple[DebianPackage, ...] = Field(
        default=(),
        description="Debian packages with what they depend on. Their scripts do not run.",
        examples=[["redis-server"]],
    )
    dockerfile: (
        Annotated[DockerfileFields, BeforeValidator(_as_folder, json_schema_input_type=ProjectPath | DockerfileFields)]
        | None
    ) = Field(default=None, description="The folder of a Dockerfile; needs buildah, or docker with its daemon.")
    files: dict[ImagePath, ProjectPath] = Field(
        default_factory=dict, description="Files and folders of the project: path in the image and in the project."
    )
    command: tuple[str, ...] | None = Field(
        default=None, min_length=1, description="The entrypoint. Default: the first Go program."
    )
    user: ImageUser | None = Field(default=None, description="Numeric. Default: 65532, which is not root.")
    folder: ImagePath | None = Field(default=None, description="The working folder. Default: `/`")
    env: dict[Text, str] = Field(default_factory=dict, description="Environment variables.")
    labels: dict[Text, Text] = Field(
        default_factory=dict, examples=[{"org.opencontainers.image.licenses": "Apache-2.0"}]
    )
    certificates: StrictBool = Field(
        default=False, description="The certificate authorities of the machine that builds go in."
    )
    push: ImageRepository | None = Field(
        default=None, description="The repository it is pushed to. Without it, local nodes get it directly."
    )
    test: tuple[Text, ...] | None = Field(
        default=None,
        min_length=1,
        description="Must end with 0 before the image goes anywhere. A `go` command runs in the Go source.",
        examples=[["go", "vet", "./..."]],
    )
