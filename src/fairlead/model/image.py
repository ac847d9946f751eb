"""Container images: what one is made of, and what was made.

Paths in an image are absolute, those of a project relative to its folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from fairlead.model.frozen import dataclass, field

LOCAL_REGISTRY = "fairlead.local"
"""The first part of the names of images that are loaded into nodes and pushed nowhere."""

SHORT_DIGEST = 12
"""How many hex digits of an image's digest make its tag."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoSource:
    """Go programs: of *module* at *version*, or of *folder* of the project.

    *programs* maps the path of each program in the image to its package, such as `./cmd/podinfo`. *files* are copied
    from the source (path in the image -> path in the source). *replaces* are lines for go.mod, as `go mod edit` takes
    them, for modules whose own replaces point into their source tree. *stamps* set variables at link time, *tags* are
    build tags. *texts* are written over the copy of the source before it is built (path in the source -> text).
    """

    module: str = ""
    version: str = ""
    folder: str = ""
    programs: Mapping[str, str]
    files: Mapping[str, str] = field(default_factory=dict)
    replaces: Mapping[str, str] = field(default_factory=dict)
    stamps: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DockerfileSource:
    """*folder* is the context, *file* a path in it."""

    folder: str
    file: str = "Dockerfile"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSource:
    """An image of Go programs and Debian packages, or what a Dockerfile says.

    *packages* are Debian packages with what they depend on, `name` or `name=version`; their scripts do not run.
    *files* maps a path in the image to a file or folder of the project. *command* is the entrypoint; the default is the
    only Go program. *certificates*: this machine's bundle of certificate authorities goes in.

    *push* is a repository such as `registry.example.test/team/shop`; empty: the image is loaded into local nodes.
    *test* is a command that must end with 0 before the image goes anywhere.
    """

    go: GoSource | None = None
    packages: tuple[str, ...] = ()
    dockerfile: DockerfileSource | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    user: str = "65532"
    folder: str = "/"
    variables: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    certificates: bool = False
    push: str = ""
    test: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """The image *name* (a component's) from *source*; *folder* is the project's, absolute, empty if none is read."""

    name: str
    source: ImageSource
    folder: str = ""


class ImageOutput(StrEnum):
    """The outputs of an image component."""

    REFERENCE = "reference"
    """By digest where the image is pushed, by tag where it is loaded."""
    REPOSITORY = "repository"
    TAG = "tag"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpackedImage:
    """An image on disk for its test, with absolute paths: its files below *root*, its first program, the Go *source* it
    was built from (each empty where there is none). *variables* are what `go` needs."""

    root: str
    program: str = ""
    source: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltImage:
    """*digest* is that of the manifest, `sha256:…`; *archive* the absolute path of an OCI archive that holds the image
    under *reference*; *size* its bytes."""

    reference: str
    digest: str
    archive: str
    size: int = 0


def local_reference(name: str, digest: str) -> str:
    """How an image that is loaded into nodes is called, e.g. `fairlead.local/shop:0123456789ab`."""
    return f"{LOCAL_REGISTRY}/{name}:{short_digest(digest)}"


def short_digest(digest: str) -> str:
    return digest.removeprefix("sha256:")[:SHORT_DIGEST]


def image_outputs(name: str, digest: str, *, push: str) -> Mapping[str, str]:
    """The outputs of the image component *name*, by `ImageOutput`; *push* is where it is pushed to, if anywhere."""
    repository = push or f"{LOCAL_REGISTRY}/{name}"
    return {
        ImageOutput.REFERENCE: f"{repository}@{digest}" if push else local_reference(name, digest),
        ImageOutput.REPOSITORY: repository,
        ImageOutput.TAG: short_digest(digest),
        ImageOutput.DIGEST: digest,
    }
