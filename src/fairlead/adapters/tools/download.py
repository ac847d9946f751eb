"""Fetches an official release file and takes one program out of it, if and only if its checksum is the pinned one."""

from __future__ import annotations

import hashlib
import shutil
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import IO

from fairlead.adapters.http import aiohttp, system_trust
from fairlead.adapters.tools.tool import Archive, Download, Platform, Tool
from fairlead.model.errors import Unavailable

_CHUNK = 1 << 16
_TIMEOUT = aiohttp.ClientTimeout(total=900, connect=15, sock_read=60)
_BROKEN = (EOFError, KeyError, tarfile.TarError, zipfile.BadZipFile, zlib.error)


async def fetch(tool: Tool, download: Download, platform: Platform, *, folder: Path) -> None:
    """Put the program into `folder/bin`.

    Raises Unavailable when the file is refused, short, too large or not the pinned one, OSError when the disk fails;
    then nothing is in `bin`.
    """
    names = {"version": tool.version, "os": platform.os, "arch": platform.arch}
    url = download.url.format(**names)
    packed = folder / "download"
    digest = await _stream(url, packed, limit=download.limit)
    if digest != download.sha256[str(platform)]:
        raise Unavailable(
            f"{url} is not the file that is pinned: its sha256 is {digest}", hint="do not use it; report it upstream"
        )
    target = folder / "unpacked"
    _unpack(packed, download.archive, download.member.format(**names), target, limit=download.limit)
    target.chmod(0o755)
    target.rename(folder / "bin" / tool.name)


async def _stream(url: str, packed: Path, *, limit: int) -> str:
    digest = hashlib.sha256()
    size = 0
    try:
        # trust_env: proxies as every other program on the machine uses them.
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT, trust_env=True) as session,
            session.get(url, ssl=system_trust()) as answer,
        ):
            if answer.status != 200:
                raise Unavailable(f"{url} answered {answer.status}", hint="see whether a proxy refuses it")
            with packed.open("wb") as file:
                async for chunk in answer.content.iter_chunked(_CHUNK):
                    size += len(chunk)
                    if size > limit:
                        raise Unavailable(
                            f"{url} is larger than {limit} bytes", hint="do not use it; report it upstream"
                        )
                    digest.update(chunk)
                    file.write(chunk)
    except (aiohttp.ClientError, TimeoutError) as err:
        raise Unavailable(f"{url} could not be read to its end: {err or 'it took too long'}", hint="try again") from err
    return digest.hexdigest()


def _unpack(packed: Path, archive: Archive, member: str, target: Path, *, limit: int) -> None:
    """Only the named member is read, and only as a regular file: paths and links inside an archive reach nothing."""
    try:
        match archive:
            case Archive.NONE:
                packed.rename(target)
            case Archive.TAR_GZ:
                with tarfile.open(packed, "r:gz") as tar:
                    info = tar.getmember(member)
                    _copy(tar.extractfile(info) if info.isreg() else None, info.size, target, limit=limit)
            case Archive.ZIP:
                with zipfile.ZipFile(packed) as pack, pack.open(member) as file:
                    _copy(file, pack.getinfo(member).file_size, target, limit=limit)
    except _BROKEN as err:
        raise Unavailable(
            f"{packed.name} holds no {member}: {err}", hint="the pinned table is wrong: report it"
        ) from err


def _copy(file: IO[bytes] | None, size: int, target: Path, *, limit: int) -> None:
    if file is None or size > limit:
        raise Unavailable(
            f"{target.name} is no file of at most {limit} bytes", hint="the pinned table is wrong: report it"
        )
    with target.open("wb") as out:
        shutil.copyfileobj(file, out, _CHUNK)
