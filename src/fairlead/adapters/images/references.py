"""What the images in an archive are called, by the archive's own word."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from fairlead.formats.json_data import dig_text, maps_in
from fairlead.model.errors import InputError

_NAME = "io.containerd.image.name"
_LARGEST_INDEX = 4 * 1024 * 1024


def references_of(archive: Path) -> tuple[str, ...]:
    """The full names in an OCI archive or in one of `docker save`, in their order. Raises InputError where the file is
    no such archive, or its images have no names."""
    try:
        with tarfile.open(archive) as tar:
            found = tuple(dict.fromkeys((*_in_index(tar), *_in_manifest(tar))))
    except (OSError, tarfile.TarError, orjson.JSONDecodeError) as err:
        raise InputError(f"{archive} is no image archive: {err}", hint="name a tar file with OCI images") from err
    if not found:
        raise InputError(f"the images in {archive} have no names", hint="say what to call it with --as")
    return found


def _in_index(tar: tarfile.TarFile) -> Iterator[str]:
    for described in maps_in((_read(tar, "index.json") or {}).get("manifests")):
        if name := dig_text(described, "annotations", _NAME):
            yield name


def _in_manifest(tar: tarfile.TarFile) -> Iterator[str]:
    for described in maps_in(_read(tar, "manifest.json")):
        yield from (str(tag) for tag in described.get("RepoTags") or ())


def _read(tar: tarfile.TarFile, name: str) -> Any:
    try:
        member = tar.getmember(name)
    except KeyError:
        return None
    file = tar.extractfile(member)
    return orjson.loads(file.read(_LARGEST_INDEX)) if file else None
