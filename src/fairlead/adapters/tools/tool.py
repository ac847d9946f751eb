"""What is known of a tool: its pinned version, how to recognise another copy of it, and where it comes from."""

from __future__ import annotations

import platform as machine
import sys
from collections.abc import Mapping
from enum import StrEnum

from fairlead.model.frozen import dataclass, field


class Fit(StrEnum):
    """Which version found on PATH is taken instead of the pinned one. A pre-release or vendor suffix never fits."""

    MINOR = "minor"
    """Same major and minor, and no older patch."""
    MAJOR = "major"
    """Same major: for tools whose file format alone matters."""


class Archive(StrEnum):
    NONE = ""
    TAR_GZ = "tar.gz"
    ZIP = "zip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """Names as Go and the release pages of these tools write them, e.g. `linux`, `amd64`."""

    os: str
    arch: str

    def __str__(self) -> str:
        return f"{self.os}-{self.arch}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """An official release file. *url* and *member* (its path in the archive) hold `{version}`, `{os}` and `{arch}`.

    Only a platform whose checksum is in *sha256* (key as `linux-amd64`, value in hex) is ever tried.
    *limit* is the largest file accepted, in bytes, packed or unpacked.
    """

    url: str
    archive: Archive = Archive.NONE
    member: str = ""
    sha256: Mapping[str, str] = field(default_factory=dict)
    limit: int = 300_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class GoBuild:
    """One build from the Go module proxy, in a module that we generate. It makes one program or several.

    *packages* names the import path of each program. With *main*, the text of a `main.go`, it makes one multi-call
    binary called *name* instead, and *links* are the programs that it is called by.

    *go*, *godebug* and *replaces* repeat the upstream module's own lines, for Go takes them from the main module
    only, which is ours. The first two set the runtime's behaviour.
    """

    name: str
    version: str
    go: str
    modules: Mapping[str, str] = field(default_factory=dict)
    replaces: Mapping[str, str] = field(default_factory=dict)
    godebug: Mapping[str, str] = field(default_factory=dict)
    packages: Mapping[str, str] = field(default_factory=dict)
    main: str = ""
    links: tuple[str, ...] = ()
    stamps: Mapping[str, str] = field(default_factory=dict)

    @property
    def programs(self) -> tuple[str, ...]:
        return self.links if self.main else tuple(self.packages)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One program. *version_argv* prints its version, which the one group of *version_pattern* finds. One that few
    projects want is made *by_name_only*, never along with all others."""

    name: str
    version: str
    version_argv: tuple[str, ...] = ("--version",)
    version_pattern: str = r"v?(\d+\.\d+\.\d+\S*)"
    fits: Fit = Fit.MINOR
    download: Download | None = None
    build: GoBuild
    by_name_only: bool = False

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"


def this_platform() -> Platform:
    arch = machine.machine().lower()
    return Platform(os=sys.platform, arch={"x86_64": "amd64", "aarch64": "arm64"}.get(arch, arch))
