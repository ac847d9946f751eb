"""OCI archives: the tar with layers, a configuration and a manifest that containerd, docker and registries read.

Layout: https://github.com/opencontainers/image-spec/blob/main/image-layout.md. The layer of our own images is stored as
plain tar, not compressed: what gzip makes differs between versions of zlib, and one image must have one digest
(decision 0017).
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

import orjson

from fairlead.adapters.images.layer import Layer
from fairlead.adapters.tools.tool import Platform
from fairlead.formats.digests import canonical_json, digest_bytes
from fairlead.formats.json_data import dig, maps_in
from fairlead.model.errors import InputError, Unavailable
from fairlead.model.frozen import dataclass

MANIFEST_TYPE: Final = "application/vnd.oci.image.manifest.v1+json"
CONFIG_TYPE: Final = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE: Final = "application/vnd.oci.image.layer.v1.tar"
INDEX_TYPE: Final = "application/vnd.oci.image.index.v1+json"
_CREATED: Final = "1970-01-01T00:00:00Z"
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """What a container of the image does when nobody says otherwise."""

    command: tuple[str, ...]
    user: str
    folder: str
    variables: Mapping[str, str]
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """*content* is the bytes, or a file that holds them."""

    digest: str
    size: int
    content: bytes | Path

    @classmethod
    def of_bytes(cls, content: bytes) -> Blob:
        return cls(digest=digest_bytes(content), size=len(content), content=content)

    @classmethod
    def of_file(cls, path: Path) -> Blob:
        total = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                total.update(chunk)
        return cls(digest=f"sha256:{total.hexdigest()}", size=path.stat().st_size, content=path)

    def describe(self, media_type: str) -> dict[str, Any]:
        return {"mediaType": media_type, "digest": self.digest, "size": self.size}


def write_image(
    layer: Layer, settings: RunSettings, platform: Platform, *, target: Path, name: Callable[[str], str]
) -> tuple[str, str]:
    """Write an image of one *layer* to *target*; *name* makes the reference from the digest.

    Returns (reference, digest).
    """
    plain = target.with_name(f"{target.name}.layer")
    try:
        with plain.open("wb") as file:
            layer.write(file)
        blob = Blob.of_file(plain)
        return write_archive([blob], _config(settings, platform, blob), target=target, name=name)
    finally:
        plain.unlink(missing_ok=True)


def write_archive(
    layers: Sequence[Blob], config: Mapping[str, Any], *, target: Path, name: Callable[[str], str]
) -> tuple[str, str]:
    """As `write_image`, of plain *layers* and an image configuration that names them."""
    config_blob = Blob.of_bytes(canonical_json(config))
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": config_blob.describe(CONFIG_TYPE),
        "layers": [layer.describe(LAYER_TYPE) for layer in layers],
    }
    manifest_blob = Blob.of_bytes(canonical_json(manifest))
    reference = name(manifest_blob.digest)
    described = manifest_blob.describe(MANIFEST_TYPE)
    described["platform"] = {key: config[key] for key in ("architecture", "os")}
    paths = [_path_of(layer.digest) for layer in layers]
    with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as tar:
        _add_names(tar, [reference], described, config=_path_of(config_blob.digest), layers=paths)
        # Two layers may be the same.
        for blob in {blob.digest: blob for blob in (config_blob, manifest_blob, *layers)}.values():
            _add(tar, _path_of(blob.digest), blob)
    return reference, manifest_blob.digest


def copy_archive(source: Path, target: Path, *, references: Sequence[str]) -> None:
    """Write the image of *source* to *target* under other names. Raises InputError where *source* holds no image."""
    with open_archive(source) as archive, tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as tar:
        paths = [_path_of(layer["digest"]) for layer in archive.layers]
        _add_names(tar, references, archive.described, config=_path_of(archive.config["digest"]), layers=paths)
        for member in archive.blobs():
            tar.addfile(member, archive.content(member))


def _add_names(
    tar: tarfile.TarFile, references: Sequence[str], described: Mapping[str, Any], *, config: str, layers: list[str]
) -> None:
    """Everything in an archive that says what its image is called."""
    for path, content in (
        ("oci-layout", {"imageLayoutVersion": "1.0.0"}),
        ("index.json", _index(described, references)),
        # For `docker load` before it knew the OCI layout; a name with a digest is none to it.
        (
            "manifest.json",
            [{"Config": config, "RepoTags": [r for r in references if "@" not in r], "Layers": layers}],
        ),
    ):
        _add(tar, path, Blob.of_bytes(canonical_json(content)))


def _add(tar: tarfile.TarFile, path: str, blob: Blob) -> None:
    info = tarfile.TarInfo(path)
    info.size, info.mode, info.mtime = blob.size, 0o644, 0
    with io.BytesIO(blob.content) if isinstance(blob.content, bytes) else blob.content.open("rb") as content:
        tar.addfile(info, content)


def _path_of(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def _config(settings: RunSettings, platform: Platform, layer: Blob) -> dict[str, Any]:
    run = {
        "Entrypoint": list(settings.command),
        "Env": [f"{key}={value}" for key, value in sorted(settings.variables.items())],
        "User": settings.user,
        "WorkingDir": settings.folder,
        "Labels": dict(settings.labels),
    }
    return {
        "architecture": platform.arch,
        "os": platform.os,
        "created": _CREATED,
        "config": {key: value for key, value in run.items() if value},
        "rootfs": {"type": "layers", "diff_ids": [layer.digest]},
        "history": [{"created": _CREATED, "created_by": "fairlead"}],
    }


def _index(described: Mapping[str, Any], references: Sequence[str]) -> dict[str, Any]:
    named = [
        {
            **described,
            "annotations": {
                "io.containerd.image.name": reference,
                "org.opencontainers.image.ref.name": reference.rpartition(":")[2],
            },
        }
        for reference in references
    ]
    return {"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": named}


# --- reading ---------------------------------------------------------------------------------


class ArchiveReader:
    """An image in an archive that `write_archive` made."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        index = orjson.loads(self.read("index.json"))
        described = dict(maps_in(index.get("manifests"))[0])
        described.pop("annotations", None)
        self.described: Mapping[str, Any] = described
        self.digest: str = described["digest"]
        self.manifest = self.read(_path_of(self.digest))
        parsed = orjson.loads(self.manifest)
        self.config: Mapping[str, Any] = dig(parsed, "config")
        self.layers = maps_in(parsed.get("layers"))

    def read(self, path: str) -> bytes:
        with self._open(path) as file:
            return file.read()

    def blob(self, digest: str) -> IO[bytes]:
        return self._open(_path_of(digest))

    def blobs(self) -> Iterator[tarfile.TarInfo]:
        return (member for member in self._tar if member.name.startswith("blobs/"))

    def content(self, member: tarfile.TarInfo) -> IO[bytes]:
        return self._open(member.name)

    def _open(self, path: str) -> IO[bytes]:
        try:
            file = self._tar.extractfile(path)
        except KeyError as err:
            raise tarfile.ReadError(f"no {path}") from err
        if file is None:
            raise tarfile.ReadError(f"{path} is no file")
        return file


@contextlib.contextmanager
def open_archive(path: Path) -> Iterator[ArchiveReader]:
    """Raises InputError where *path* holds no image, Unavailable where what is done with it meets a full disk."""
    with contextlib.ExitStack() as stack:
        try:
            archive = ArchiveReader(stack.enter_context(tarfile.open(path)))
        except (tarfile.TarError, KeyError, ValueError, OSError) as err:
            raise _no_archive(path) from err
        try:
            yield archive
        except tarfile.TarError as err:
            raise _no_archive(path) from err
        except OSError as err:
            raise Unavailable(
                f"what {path} holds could not be written: {err.strerror or err}",
                hint="make room, or give yourself the right to write there",
            ) from err


def _no_archive(path: Path) -> InputError:
    return InputError(f"{path} is no archive of one image", hint="remove it: it is built again")
