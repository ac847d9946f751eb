"""Images by a Dockerfile, through buildah, or docker where its daemon answers; their result as an archive of ours.

Both keep the images that they build on in stores of their own, and use the user's logins.
"""

from __future__ import annotations

import gzip
import os
import secrets
import shutil
import tarfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from fairlead.adapters import process
from fairlead.adapters.images.archive import Blob, write_archive
from fairlead.adapters.tools.tool import Platform
from fairlead.formats.json_data import as_map, maps_in
from fairlead.model.errors import InputError, StepFailed, Unavailable
from fairlead.model.frozen import dataclass
from fairlead.model.image import DockerfileSource

_BUILD_SECONDS: Final = 3600.0
_SAVE_SECONDS: Final = 600.0
_ASK_SECONDS: Final = 15.0
_LAST_LINES: Final = 4
_GZIP: Final = b"\x1f\x8b"
_SETTINGS: Final = ("DOCKER_", "BUILDAH_", "CONTAINERS_", "REGISTRY_AUTH_FILE", "STORAGE_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Words of a program that builds images; *save* is followed by the place of the archive and the image."""

    name: str
    build: tuple[str, ...]
    remove: tuple[str, ...]

    def save_words(self, tag: str, target: Path) -> tuple[str, ...]:
        if self.name == "docker":
            return ("docker", "save", "--output", str(target), tag)
        return ("buildah", "push", "--quiet", tag, f"docker-archive:{target}:{tag}")


# The time goes into the image's digest: the same input is to make the same image. docker has no such flag.
_BUILDAH: Final = Engine(
    name="buildah", build=("buildah", "build", "--timestamp=0"), remove=("buildah", "rmi", "--force")
)
_DOCKER: Final = Engine(name="docker", build=("docker", "build"), remove=("docker", "image", "rm", "--force"))


async def build_dockerfile(
    source: DockerfileSource,
    *,
    image: str,
    project: Path,
    staging: Path,
    target: Path,
    platform: Platform,
    name: Callable[[str], str],
    tell: Callable[[str], None],
) -> tuple[str, str]:
    """Build *image* and write it to *target*; *name* makes its reference from its digest. Returns (reference, digest).

    Raises InputError where no program for it works here, StepFailed with the last words of a build that fails.
    """
    engine = await _find_engine(image)
    tag = f"fairlead-build/{image}:{secrets.token_hex(8)}"
    folder = project / source.folder
    words = (
        *engine.build,
        f"--platform={platform.os}/{platform.arch}",
        "--file",
        str(folder / source.file),
        "--tag",
        tag,
    )
    tell(f"building the image {image} with {engine.name}")
    done = await _run(*words, str(folder), seconds=_BUILD_SECONDS, tell=tell)
    if done.code != 0:
        said = [line.strip() for line in (done.error_text or done.stdout.decode(errors="replace")).splitlines()]
        raise StepFailed(
            f"building the image {image} with {engine.name} failed: {' / '.join(said[-_LAST_LINES:])}",
            hint=f"try it by hand: {engine.name} build {source.folder}",
        )
    saved = staging / "saved.tar"
    try:
        done = await _run(*engine.save_words(tag, saved), seconds=_SAVE_SECONDS)
        if done.code != 0:
            raise Unavailable(f"{engine.name} could not save the image {image}: {done.error_text}", hint="make room")
    finally:
        await _run(*engine.remove, tag, seconds=_SAVE_SECONDS)
    return _repack(saved, staging=staging, target=target, name=name)


async def _find_engine(image: str) -> Engine:
    if shutil.which("buildah"):
        return _BUILDAH
    if shutil.which("docker"):
        done = await _run("docker", "version", "--format", "{{.Server.Version}}", seconds=_ASK_SECONDS)
        if done.code == 0:
            return _DOCKER
        why = "docker's daemon does not answer, and there is no buildah"
    else:
        why = "there is neither buildah nor docker"
    raise InputError(
        f"image {image} is built by a Dockerfile, and {why}",
        hint="install buildah (Debian has a package), or start docker; `go:` and `packages:` need neither",
    )


async def _run(*words: str, seconds: float, tell: Callable[[str], None] | None = None) -> process.Finished:
    settings = {name: value for name, value in os.environ.items() if name.startswith(_SETTINGS)}
    return await process.run(words, env=settings, timeout=seconds, on_stdout_line=tell, on_stderr_line=tell)


def _repack(saved: Path, *, staging: Path, target: Path, name: Callable[[str], str]) -> tuple[str, str]:
    """Both engines write docker's own format, whose layers are plain tars, or from some stores gzipped."""
    with tarfile.open(saved) as tar:
        [described] = maps_in(orjson.loads(_read(tar, "manifest.json")))
        config: Mapping[str, Any] = as_map(orjson.loads(_read(tar, str(described["Config"]))))
        layers = list(_layers(tar, described["Layers"], staging))
    return write_archive(layers, config, target=target, name=name)


def _layers(tar: tarfile.TarFile, paths: list[str], staging: Path) -> Iterator[Blob]:
    for number, path in enumerate(paths):
        packed = tar.extractfile(path)
        if packed is None:
            raise Unavailable(f"the saved image holds no {path}", hint="build it again")
        is_packed = packed.read(len(_GZIP)) == _GZIP
        packed.seek(0)
        plain = staging / f"layer-{number}.tar"
        with plain.open("wb") as file:
            shutil.copyfileobj(gzip.GzipFile(fileobj=packed) if is_packed else packed, file)
        yield Blob.of_file(plain)


def _read(tar: tarfile.TarFile, path: str) -> bytes:
    file = tar.extractfile(path)
    if file is None:
        raise Unavailable(f"the saved image holds no {path}", hint="build it again")
    return file.read()
