"""OCI archives: the tar with a layer, a configuration and a manifest that containerd, docker and registries read.

Layout: https://github.com/opencontainers/image-spec/blob/main/image-layout.md. The layer is stored as plain tar, not
compressed: what gzip makes differs between versions of zlib, and one image must have one digest (decision 0017).
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from fairlead.adapters.images.layer import Layer
from fairlead.adapters.tools.tool import Platform
from fairlead.formats.digests import canonical_json, digest_bytes

MANIFEST_TYPE: Final = "application/vnd.oci.image.manifest.v1+json"
CONFIG_TYPE: Final = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE: Final = "application/vnd.oci.image.layer.v1.tar"
INDEX_TYPE: Final = "application/vnd.oci.image.index.v1+json"
_CREATED: Final = "1970-01-01T00:00:00Z"


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
    digest: str
    size: int

    @property
    def path(self) -> str:
        return f"blobs/sha256/{self.digest.removeprefix('sha256:')}"

    def describe(self, media_type: str) -> dict[str, Any]:
        return {"mediaType": media_type, "digest": self.digest, "size": self.size}


def write_archive(
    layer: Layer, settings: RunSettings, platform: Platform, *, target: Path, name: Callable[[str], str]
) -> tuple[str, str]:
    """Write the archive to *target*; *name* makes the reference from the digest. Returns (reference, digest)."""
    plain = target.with_name(f"{target.name}.layer")
    try:
        with plain.open("wb") as file:
            packed = _Hashing(file)
            layer.write(packed)  # type: ignore[arg-type] # tarfile's stream mode asks for `write` only
        layer_blob = Blob(digest=packed.digest, size=packed.size)
        config = canonical_json(_config(settings, platform, layer_blob))
        config_blob = Blob(digest=digest_bytes(config), size=len(config))
        manifest = canonical_json(_manifest(config_blob, layer_blob))
        manifest_blob = Blob(digest=digest_bytes(manifest), size=len(manifest))
        reference = name(manifest_blob.digest)
        small = {
            "oci-layout": canonical_json({"imageLayoutVersion": "1.0.0"}),
            "index.json": canonical_json(_index(manifest_blob, platform, reference)),
            # For `docker load` before it knew the OCI layout.
            "manifest.json": canonical_json(_docker_manifest(reference, config_blob, layer_blob)),
            config_blob.path: config,
            manifest_blob.path: manifest,
        }
        with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as tar:
            for path, content in small.items():
                tar.addfile(_file(path, len(content)), io.BytesIO(content))
            with plain.open("rb") as source:
                tar.addfile(_file(layer_blob.path, layer_blob.size), source)
    finally:
        plain.unlink(missing_ok=True)
    return reference, manifest_blob.digest


class _Hashing:
    """A file that is only written, with the digest and number of the bytes so far."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        self._hash.update(data)
        self.size += len(data)
        return self._file.write(data)

    @property
    def digest(self) -> str:
        return f"sha256:{self._hash.hexdigest()}"


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


def _manifest(config: Blob, layer: Blob) -> dict[str, Any]:
    return {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": config.describe(CONFIG_TYPE),
        "layers": [layer.describe(LAYER_TYPE)],
    }


def _index(manifest: Blob, platform: Platform, reference: str) -> dict[str, Any]:
    described = manifest.describe(MANIFEST_TYPE)
    described["platform"] = {"architecture": platform.arch, "os": platform.os}
    described["annotations"] = {
        "io.containerd.image.name": reference,
        "org.opencontainers.image.ref.name": reference.rpartition(":")[2],
    }
    return {"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": [described]}


def _docker_manifest(reference: str, config: Blob, layer: Blob) -> list[dict[str, Any]]:
    return [{"Config": config.path, "RepoTags": [reference], "Layers": [layer.path]}]


def _file(path: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(path)
    info.size, info.mode, info.mtime = size, 0o644, 0
    return info
