"""Debian packages as files of an image: the closure as apt resolves it for an empty system, unpacked, no script run.

Needs no root: apt works on folders of ours, beside the system's own. Packages that others need for their scripts only
are taken as there already, for no script runs.
"""

from __future__ import annotations

import os
import re
import tarfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from fairlead.adapters import process
from fairlead.adapters.images.layer import Entry, Layer, Slice
from fairlead.adapters.tools.tool import Platform
from fairlead.model.errors import InputError, Unavailable

_SECONDS: Final = 900.0
_UNPACK_SECONDS: Final = 300.0
_SCRIPTS_ONLY: Final = (
    *("adduser", "cdebconf", "debconf", "debianutils", "dpkg", "init-system-helpers", "lsb-base", "passwd"),
    *("perl-base", "sysvinit-utils", "ucf"),
)
_ARCHITECTURES: Final[Mapping[str, str]] = {"386": "i386", "arm": "armhf", "ppc64le": "ppc64el"}
"""Where Debian's word is another than Go's."""
_LEFT_OUT: Final = re.compile(
    r"usr/share/(?:man|info|locale|lintian|bug|doc-base)(?:/|$)|usr/share/doc/[^/]+/(?!copyright$)"
)
_ADVICE: Final = "see the name and version with `apt-cache policy NAME`, and that Debian's packages can be reached"


async def add_packages(
    packages: Sequence[str], layer: Layer, *, staging: Path, platform: Platform, tell: Callable[[str], None]
) -> None:
    """Add *packages* and what they depend on to *layer*, whose folders are merged into /usr.

    What is unpacked below *staging* must stay until the layer is written. Raises InputError for packages that are not
    there, Unavailable where apt fails.
    """
    archives = await _download(packages, staging=staging, platform=platform, tell=tell)
    tell(f"unpacking {len(archives)} Debian packages")
    for archive in archives:
        tree = archive.with_suffix(".tar")
        await _dpkg("--fsys-tarfile", archive, into=tree)
        _add_tree(layer, tree)
        # What scanners of images read to know which packages are in one without a package manager.
        control = await _dpkg("--field", archive)
        layer.add(f"/var/lib/dpkg/status.d/{archive.name.partition('_')[0]}", Entry(content=control))


def _add_tree(layer: Layer, tree: Path) -> None:
    with tarfile.open(tree) as tar:
        for member in tar:
            path = member.name.removeprefix("./").rstrip("/")
            if path in ("", ".") or _LEFT_OUT.match(path):
                continue
            content = Slice(file=tree, offset=member.offset_data, size=member.size) if member.isreg() else b""
            layer.add(
                f"/{path}",
                Entry(
                    type=member.type,
                    # No right to become somebody else: nothing here was installed by root.
                    mode=member.mode & 0o1777,
                    content=content,
                    link=member.linkname.removeprefix("./") if member.islnk() else member.linkname,
                    uid=member.uid,
                    gid=member.gid,
                ),
            )


async def _download(
    packages: Sequence[str], *, staging: Path, platform: Platform, tell: Callable[[str], None]
) -> list[Path]:
    """The archives of the closure, by name."""
    folder = staging / "apt"
    archives, lists = folder / "archives", folder / "lists"
    for each in (archives / "partial", lists / "partial", folder / "cache"):
        each.mkdir(parents=True)
    status = folder / "status"
    status.write_text(_taken_as_there(packages, platform))
    settings = [
        f"Dir::State::status={status}",
        f"Dir::Cache={folder / 'cache'}",
        f"Dir::Cache::archives={archives}",
        "Debug::NoLocking=1",
        "APT::Install-Recommends=0",
        "APT::Sandbox::User=",
        f"APT::Architecture={_architecture(platform)}",
    ]
    tell(f"fetching Debian packages: {', '.join(packages)}")
    words = ("install", "--yes", "--download-only", *packages)
    done = await _apt(settings, *words)
    if done.code != 0:
        # The system's lists may be missing or old, and only root could renew them.
        tell("fetching the lists of Debian's packages")
        settings.append(f"Dir::State::lists={lists}")
        await _apt(settings, "update")
        done = await _apt(settings, *words)
    if done.code != 0:
        raise _refused(packages, done)
    return sorted(archives.glob("*.deb"), key=lambda path: path.name)


def _refused(packages: Sequence[str], done: process.Finished) -> InputError | Unavailable:
    said = [line.removeprefix("E: ") for line in done.error_text.splitlines() if line.startswith("E: ")]
    message = (
        f"the Debian packages {', '.join(packages)} cannot be had: {' / '.join(said[:2]) or 'apt-get said nothing'}"
    )
    is_ours = any(line.startswith(("Unable to locate", "Version ", "Package ", "Unable to correct")) for line in said)
    return InputError(message, hint=_ADVICE) if is_ours else Unavailable(message, hint=_ADVICE)


def _taken_as_there(packages: Sequence[str], platform: Platform) -> str:
    named = {package.partition("=")[0] for package in packages}
    return "\n".join(
        f"Package: {name}\nStatus: install ok installed\nPriority: required\nSection: admin\nInstalled-Size: 1\n"
        f"Maintainer: nobody\nArchitecture: {_architecture(platform)}\nMulti-Arch: foreign\nVersion: 9999\n"
        f"Description: taken as there\n"
        for name in _SCRIPTS_ONLY
        if name not in named
    )


def _architecture(platform: Platform) -> str:
    return _ARCHITECTURES.get(platform.arch, platform.arch)


async def _apt(settings: Sequence[str], *words: str) -> process.Finished:
    options = [word for setting in settings for word in ("-o", setting)]
    env = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    if settings_file := os.environ.get("APT_CONFIG"):
        env["APT_CONFIG"] = settings_file
    return await _run("apt-get", "-q", *options, *words, env=env, timeout=_SECONDS)


async def _dpkg(verb: str, archive: Path, *, into: Path | None = None) -> bytes:
    done = await _run("dpkg-deb", verb, archive, stdout_file=into, timeout=_UNPACK_SECONDS)
    if done.code != 0:
        raise Unavailable(f"{archive.name} cannot be unpacked: {done.error_text}", hint="make room, then try again")
    return done.stdout


async def _run(
    program: str,
    *words: str | Path,
    env: Mapping[str, str] | None = None,
    stdout_file: Path | None = None,
    timeout: float,
) -> process.Finished:
    try:
        return await process.run([program, *words], env=env, stdout_file=stdout_file, timeout=timeout)
    except process.TimedOut:
        raise
    except Unavailable as err:
        raise Unavailable(
            f"images of Debian packages need {program}: {err.message}",
            hint="build on Debian or Ubuntu, or use a Dockerfile",
        ) from err
