"""Chart archives (.tgz): read in memory only; refused if too large, cut off, or naming places outside their folder."""

from __future__ import annotations

import gzip
import io
import re
import tarfile
import zlib
from typing import Final

from fairlead.model.errors import InputError

MAX_PACKED: Final = 64 * 1024 * 1024
MAX_UNPACKED: Final = 100 * 1024 * 1024
"""Bytes of all files together, helm's own limit."""

_DRIVE: Final = re.compile(r"[A-Za-z]:")


def read_archive(content: bytes, *, name: str) -> dict[str, bytes]:
    """The files of a chart archive by path below its top folder. Raises InputError naming *name*."""
    if len(content) > MAX_PACKED:
        raise _refused(name, f"is larger than {MAX_PACKED // 2**20} MiB")
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as unpacked:
            data = unpacked.read(MAX_UNPACKED + 1)
        if len(data) > MAX_UNPACKED:
            raise _refused(name, f"unpacks to more than {MAX_UNPACKED // 2**20} MiB")
        return _read_tar(data, name=name)
    except (EOFError, OSError, zlib.error, tarfile.TarError) as err:
        raise _refused(name, "is no complete gzipped tar file") from err


def _read_tar(data: bytes, *, name: str) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
        for member in tar:
            if member.isdir():
                continue
            file = tar.extractfile(member) if member.isreg() else None
            if file is None:
                raise _refused(name, f"holds {member.name!r}, which is neither a file nor a folder")
            content = file.read()
            if len(content) != member.size:
                raise EOFError(member.name)
            files[_inner_path(member.name, name=name)] = content
    if "Chart.yaml" not in files:
        raise _refused(name, "holds no Chart.yaml in a top folder")
    return files


def _inner_path(path: str, *, name: str) -> str:
    parts = path.replace("\\", "/").split("/")
    inner = [part for part in parts[1:] if part not in ("", ".")]
    if path.startswith(("/", "\\")) or ".." in parts or not inner or _DRIVE.match(path) or _DRIVE.match(inner[0]):
        raise _refused(name, f"holds {path!r}, which does not stay in its folder")
    return "/".join(inner)


def _refused(name: str, why: str) -> InputError:
    return InputError(
        f"the chart archive {name} {why}", hint="fetch it again, or make it with `helm package`", rule="chart-broken"
    )
