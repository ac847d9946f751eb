"""Builds images into the user's cache, each once: its place there is named by everything that it is made of."""

from __future__ import annotations

import asyncio
import hashlib
import stat
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final

from fairlead.adapters.images.archive import RunSettings, copy_archive, open_archive, write_image
from fairlead.adapters.images.debian import add_packages
from fairlead.adapters.images.dockerfile import build_dockerfile
from fairlead.adapters.images.go_source import (
    compile_source,
    copy_source,
    go_version,
    require_go,
    source_files,
)
from fairlead.adapters.images.kept import ARCHIVE, RECORD, read_record, remove_old
from fairlead.adapters.images.layer import Entry, Layer
from fairlead.adapters.images.pushing import push_image
from fairlead.adapters.images.tree import entries
from fairlead.adapters.images.unpacking import unpack
from fairlead.adapters.registry.client import Registries
from fairlead.adapters.registry.credentials import LoginFiles
from fairlead.adapters.slots import Slots, remove_unfinished, store_file
from fairlead.adapters.tools.go import find_go, go_environment, result_choices
from fairlead.adapters.tools.tool import Platform, this_platform
from fairlead.formats.codec import to_json
from fairlead.formats.digests import canonical_json, digest
from fairlead.model.errors import InputError, Unavailable
from fairlead.model.image import BuiltImage, GoSource, ImageRequest, UnpackedImage, local_reference

FORMAT: Final = 1
"""Goes up when the same input makes other bytes: what older versions built is then built again."""

_CERTIFICATES: Final = Path("/etc/ssl/certs/ca-certificates.crt")
_USERS: Final = b"root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/:/sbin/nologin\n"
_GROUPS: Final = b"root:x:0:\nnonroot:x:65532:\n"


class ImageBuilder:
    """The port `Images`; *cache* is the folder of everything that Fairlead keeps for this user. Without *registries*
    images are pushed as nobody."""

    def __init__(self, *, cache: Path, registries: Registries | None = None, platform: Platform | None = None) -> None:
        self._registries = registries or Registries(LoginFiles(environ={}, home=cache))
        self._slots = Slots(cache / "images")
        self._platform = platform or this_platform()
        # Go uses every core for one program, and what two programs share it compiles twice when it builds both at once.
        self._compiling = asyncio.Lock()

    def input_digest(self, request: ImageRequest) -> str:
        source = request.source
        said = to_json(source)
        for key in ("push", "test"):
            said.pop(key, None)
        return digest(
            {
                "format": FORMAT,
                "name": request.name,
                "platform": str(self._platform),
                "source": said,
                "go": _found_go_version() if source.go else "",
                "files": _digest_of(_project_files(request), root=Path(request.folder)),
                "certificates": _digest_of([_CERTIFICATES], root=Path("/")) if source.certificates else "",
            }
        )

    def find(self, request: ImageRequest) -> BuiltImage | None:
        return read_record(self._slots.place(self.input_digest(request), name=RECORD))

    async def build(self, request: ImageRequest, *, tell: Callable[[str], None]) -> BuiltImage:
        """As the port says. Two runs that want the same image build it once."""
        given = self.input_digest(request)
        async with self._slots.slot(given, name=RECORD, is_made=_is_kept) as record:
            found = read_record(record)
            if found is not None:
                return found
            remove_unfinished(record.parent)
            with tempfile.TemporaryDirectory(prefix=".new-", dir=record.parent) as staging:
                try:
                    return await self._make(request, given, record=record, staging=Path(staging), tell=tell)
                except OSError as err:
                    raise Unavailable(
                        f"the image {request.name} could not be written: {err.strerror or err}",
                        hint="make room, or give yourself the right to write there",
                    ) from err

    @asynccontextmanager
    async def unpacked(self, request: ImageRequest, image: BuiltImage) -> AsyncIterator[UnpackedImage]:
        go = request.source.go
        with tempfile.TemporaryDirectory(prefix="fairlead-image-") as name:
            folder = Path(name)
            root = folder / "root"
            root.mkdir()
            with open_archive(Path(image.archive)) as archive:
                unpack(archive, root)
            program = next(iter(go.programs), "") if go else ""
            source = await self._source_for_test(request, go, folder) if go else None
            yield UnpackedImage(
                root=str(root),
                program=f"{root}{program}" if program else "",
                source=str(source or ""),
                variables=go_environment(self._platform, work=folder) if go else {},
            )

    async def _source_for_test(self, request: ImageRequest, go: GoSource, folder: Path) -> Path:
        project = Path(request.folder)
        if go.folder:
            return project / go.folder
        return await copy_source(go, project=project, staging=folder, go=require_go(), platform=self._platform)

    @asynccontextmanager
    async def called(self, image: BuiltImage, references: Sequence[str]) -> AsyncIterator[Path]:
        with tempfile.TemporaryDirectory(prefix="fairlead-image-") as folder:
            copy = Path(folder) / ARCHIVE
            copy_archive(Path(image.archive), copy, references=references)
            yield copy

    async def push(self, image: BuiltImage, repository: str, *, tell: Callable[[str], None]) -> bool:
        return await push_image(image, repository, registries=self._registries, tell=tell)

    async def _make(
        self, request: ImageRequest, given: str, *, record: Path, staging: Path, tell: Callable[[str], None]
    ) -> BuiltImage:
        """*given* is the input digest that the image is kept under."""
        new = staging / ARCHIVE
        put_together = self._by_dockerfile if request.source.dockerfile else self._by_ourselves
        reference, found = await put_together(request, new, staging, tell)
        if self.input_digest(request) != given:
            raise Unavailable(f"the files of the image {request.name} changed while it was built", hint="run it again")
        archive = record.parent / ARCHIVE
        size = new.stat().st_size
        new.rename(archive)
        store_file(record, canonical_json({"reference": reference, "digest": found, "size": size}))
        remove_old(self._slots.folder, name=request.name, now=time.time())
        return BuiltImage(reference=reference, digest=found, archive=str(archive), size=size)

    async def _by_dockerfile(
        self, request: ImageRequest, target: Path, staging: Path, tell: Callable[[str], None]
    ) -> tuple[str, str]:
        if request.source.dockerfile is None:
            raise TypeError(f"{request.name} has no Dockerfile")
        return await build_dockerfile(
            request.source.dockerfile,
            image=request.name,
            project=Path(request.folder),
            staging=staging,
            target=target,
            platform=self._platform,
            name=partial(local_reference, request.name),
            tell=tell,
        )

    async def _by_ourselves(
        self, request: ImageRequest, target: Path, staging: Path, tell: Callable[[str], None]
    ) -> tuple[str, str]:
        layer = _ground_layer(request)
        if request.source.packages:
            await add_packages(request.source.packages, layer, staging=staging, platform=self._platform, tell=tell)
        if request.source.go:
            await self._add_programs(request, request.source.go, layer, staging=staging, tell=tell)
        for path, file in sorted(request.source.files.items()):
            layer.add_tree(path, Path(request.folder) / file)
        return write_image(
            layer, _settings(request), self._platform, target=target, name=partial(local_reference, request.name)
        )

    async def _add_programs(
        self, request: ImageRequest, go: GoSource, layer: Layer, *, staging: Path, tell: Callable[[str], None]
    ) -> None:
        program = require_go()
        module = await copy_source(
            go, project=Path(request.folder), staging=staging, go=program, platform=self._platform
        )
        target = staging / "programs"
        target.mkdir()
        title = f"the image {request.name}"
        if self._compiling.locked():
            tell("waiting for the compiler, which builds another image")
        async with self._compiling:
            built = await compile_source(
                go, title=title, module=module, target=target, go=program, platform=self._platform, tell=tell
            )
        for path, file in built.items():
            layer.add(path, Entry(mode=0o755, content=file))
        for path, file_name in sorted(go.files.items()):
            if not (module / file_name).exists():
                raise InputError(f"the Go source of {request.name} holds no {file_name}", hint="correct `go: files:`")
            layer.add_tree(path, module / file_name)


def _is_kept(record: Path) -> bool:
    return read_record(record) is not None


def _ground_layer(request: ImageRequest) -> Layer:
    """What programs expect to be there: a place for passing files, and names of users."""
    layer = Layer(merged=bool(request.source.packages))
    layer.add("/tmp", Entry(type=b"5", mode=0o1777))  # noqa: S108 - a folder in the image, not of this machine
    layer.add("/etc/passwd", Entry(content=_USERS))
    layer.add("/etc/group", Entry(content=_GROUPS))
    if request.source.certificates:
        layer.add(str(_CERTIFICATES), Entry(content=_CERTIFICATES))
    return layer


def _settings(request: ImageRequest) -> RunSettings:
    source = request.source
    programs = tuple(source.go.programs) if source.go else ()
    labels = {"org.opencontainers.image.title": request.name}
    if source.go and source.go.version:
        labels["org.opencontainers.image.version"] = source.go.version
        labels["org.opencontainers.image.source"] = source.go.module
    return RunSettings(
        command=source.command or programs[:1],
        user=source.user,
        folder=source.folder,
        variables={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", **source.variables},
        labels={**labels, **source.labels},
    )


def _found_go_version() -> str:
    go = find_go()
    choices = " ".join(f"{name}={value}" for name, value in result_choices().items())
    return f"{go_version(go)} {choices}".strip() if go else ""


def _project_files(request: ImageRequest) -> Iterator[Path]:
    project = Path(request.folder)
    if request.source.go:
        yield from source_files(request.source.go, project=project)
    dockerfile = request.source.dockerfile
    for file in sorted([*request.source.files.values(), *([dockerfile.folder] if dockerfile else [])]):
        place = project / file
        yield from entries(place) if place.is_dir() else [place]


def _digest_of(files: Iterator[Path] | list[Path], *, root: Path) -> str:
    """Over the path below *root*, the executable bit and the content of each file; of a link over its target. Folders
    count, be they empty."""
    total = hashlib.sha256()
    for file in files:
        try:
            mode = file.lstat().st_mode
            is_link = stat.S_ISLNK(mode)
            is_folder = stat.S_ISDIR(mode)
            content = str(file.readlink()).encode() if is_link else b"" if is_folder else file.read_bytes()
        except OSError as err:
            raise InputError(
                f"{file} cannot be read: {err.strerror}", hint="correct the path in fairlead.yaml"
            ) from err
        kind = "link" if is_link else "folder" if is_folder else "program" if mode & 0o100 else "file"
        total.update(f"{file.relative_to(root)}\0{kind}\0{len(content)}\0".encode() + content)
    return total.hexdigest()
