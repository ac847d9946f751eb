"""Builds tools from the Go module proxy, in a module that we generate: it needs `go` only.

Reproducible: exact versions, the checksums of every module in `sums/`, trimmed paths, no C compiler and no version
control.
The user's Go settings (proxy, checksum database, toolchain, private modules) hold.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from fairlead.adapters import process
from fairlead.adapters.tools.go_settings import result_settings
from fairlead.adapters.tools.tool import GoBuild, Platform
from fairlead.model.errors import Unavailable

_TIMEOUT = 3600.0
# What a user sets to reach modules and to say where Go keeps its files; nothing that changes the result.
_SETTINGS = frozenset(
    (
        *("GOAUTH", "GOCACHE", "GOENV", "GOINSECURE", "GOMODCACHE", "GONOPROXY", "GONOSUMDB", "GOPATH"),
        *("GOPRIVATE", "GOPROXY", "GOROOT", "GOSUMDB", "GOTOOLCHAIN", "GOVCS", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH"),
    )
)
# What `go_environment` states itself: the settings file is not asked for it.
_OVERRIDDEN = ("CGO_ENABLED", "GOOS", "GOARCH", "GOWORK", "GOFLAGS", "GOTMPDIR")
# Of GOFLAGS, what says how a build is done and not what comes out.
_FLAGS = frozenset(("-insecure", "-modcacherw", "-p", "-v", "-x"))
_NO_SPACE = "no space left on device"
_NETWORK = re.compile(r"dial tcp|i/o timeout|TLS handshake timeout|connection re(?:fused|set)|no such host|: 50[0234] ")


def find_go(*, search_path: str | None = None) -> Path | None:
    found = shutil.which("go", path=search_path)
    return Path(found) if found else None


async def build(
    spec: GoBuild,
    platform: Platform,
    *,
    go: Path,
    folder: Path,
    progress: Callable[[str], None],
    progress_every: float,
) -> None:
    """Put the programs of *spec* into `folder/bin`. Raises Unavailable with the compiler's last words."""
    _write_module(spec, folder)
    needs = f"it needs Go {spec.go} or newer and access to Go modules; or put {spec.name} {spec.version} on PATH"
    await compile_programs(
        {folder / "bin" / program: package for program, package in _targets(spec)},
        go=go,
        folder=folder,
        platform=platform,
        title=f"{spec.name} {spec.version}",
        stamps=spec.stamps,
        hint=needs,
        progress=progress,
        progress_every=progress_every,
    )
    for link in spec.links:
        (folder / "bin" / link).symlink_to(spec.name)


async def compile_programs(
    programs: Mapping[Path, str],
    *,
    go: Path,
    folder: Path,
    platform: Platform,
    title: str,
    stamps: Mapping[str, str],
    tags: Sequence[str] = (),
    hint: str,
    progress: Callable[[str], None],
    progress_every: float = 5.0,
) -> None:
    """Compile packages of the module in *folder*, each to its path: static, stripped, and the same bytes anywhere.

    Raises BuildFailed with the compiler's last words and *hint*, Unavailable where something outside was.
    """
    with tempfile.TemporaryDirectory(prefix=".go-", dir=folder) as work:
        env = go_environment(platform, work=Path(work))
        seen = _Seen(title=title)
        async with _reporting(seen, progress, every=progress_every):
            for program, package in programs.items():
                argv: list[str | Path] = [go, "build", *_flags(stamps, tags), "-o", program, package]
                done = await process.run(argv, env=env, cwd=folder, timeout=_TIMEOUT, on_stderr_line=seen.take)
                if done.code != 0:
                    raise _failed(title, done.error_text, hint=hint)


def go_mod(spec: GoBuild) -> str:
    """The text of the module that a build happens in."""
    return "".join(
        (
            f"module fairlead.dev/tools/{spec.name}\n\ngo {spec.go}\n",
            _block("godebug", (f"{name}={value}" for name, value in spec.godebug.items())),
            _block("require", (f"{path} {version}" for path, version in spec.modules.items())),
            _block("replace", (f"{old} => {new}" for old, new in spec.replaces.items())),
        )
    )


def _block(word: str, lines: Iterator[str]) -> str:
    body = "".join(f"\t{line}\n" for line in lines)
    return f"\n{word} (\n{body})\n" if body else ""


def _targets(spec: GoBuild) -> Iterator[tuple[str, str]]:
    if spec.main:
        yield spec.name, "."
    else:
        yield from spec.packages.items()


def _write_module(spec: GoBuild, folder: Path) -> None:
    (folder / "go.mod").write_text(go_mod(spec))
    sums = resources.files(__package__) / "sums" / f"{spec.name}.sum"
    if sums.is_file():
        (folder / "go.sum").write_bytes(sums.read_bytes())
    if spec.main:
        (folder / "main.go").write_text(spec.main)


def go_environment(platform: Platform, *, work: Path) -> dict[str, str]:
    """What `go` gets beside the clean environment: the user's settings, and what makes its result the same anywhere."""
    settings = {name: value for name, value in os.environ.items() if name in _SETTINGS}
    return settings | {
        "CGO_ENABLED": "0",
        "GOOS": platform.os,
        "GOARCH": platform.arch,
        "GOWORK": "off",
        "GOFLAGS": _harmless_flags(os.environ.get("GOFLAGS", "")),
        # Its work goes with our folder when somebody kills it.
        "GOTMPDIR": str(work),
    }


def result_choices() -> dict[str, str]:
    """What the user's settings say about the result of a build: which Go it takes, for which processor, …"""
    home = Path(os.environ.get("HOME") or Path.home())
    found = result_settings(os.environ, home=home, without=_SETTINGS.union(_OVERRIDDEN) - {"GOTOOLCHAIN"})
    toolchain = os.environ.get("GOTOOLCHAIN", "")
    return found | ({"GOTOOLCHAIN": toolchain} if toolchain else {})


def _harmless_flags(given: str) -> str:
    """Never empty: Go would take those of the user's settings file then."""
    return " ".join(("-buildvcs=false", *(flag for flag in given.split() if flag.partition("=")[0] in _FLAGS)))


def _flags(stamps: Mapping[str, str], tags: Sequence[str]) -> tuple[str, ...]:
    linker = " ".join(("-s -w", *(f"-X {name}={value}" for name, value in stamps.items())))
    # -mod=mod: the generated go.mod names what we want, Go adds what follows from it.
    return ("-v", "-mod=mod", "-trimpath", "-buildvcs=false", "-ldflags", linker, "-tags", ",".join(tags))


class BuildFailed(Unavailable):
    """The source does not build: trying again is of no use."""


def _failed(title: str, said: str, *, hint: str) -> Unavailable:
    if _NO_SPACE in said:
        return Unavailable(f"building {title} failed: {_NO_SPACE}", hint="make room; a build needs up to 5 GB")
    lines = [line for line in said.splitlines() if line.strip() and not _is_progress(line)]
    cause = " / ".join(lines[-3:]) or "go said nothing"
    failure = Unavailable if _NETWORK.search(said) else BuildFailed
    return failure(f"building {title} failed: {cause}", hint=hint)


def _is_progress(line: str) -> bool:
    """What `go build -v` prints while all is well: a download, or the import path of a package being compiled."""
    return line.startswith("go: downloading ") or re.fullmatch(r"[\w.~-]+(/[\w.~-]+)*", line) is not None


# --- progress --------------------------------------------------------------------------------


@dataclass(kw_only=True)
class _Seen:
    """What go has printed so far, summed up."""

    title: str
    modules: int = 0
    packages: int = 0
    last: str = ""

    def take(self, line: str) -> None:
        if not _is_progress(line):
            return
        if line.startswith("go: "):
            self.modules += 1
            self.last = line.split()[2]
        else:
            self.packages += 1
            self.last = line

    def line(self, seconds: float) -> str:
        counts = f"{self.modules} modules fetched, {self.packages} packages compiled"
        return f"building {self.title}: {seconds:.0f} s, {counts}" + (f", now {self.last}" if self.last else "")


@contextlib.asynccontextmanager
async def _reporting(seen: _Seen, progress: Callable[[str], None], *, every: float) -> AsyncIterator[None]:
    started = time.monotonic()

    async def tick() -> None:
        while True:
            await asyncio.sleep(every)
            progress(seen.line(time.monotonic() - started))

    progress(f"building {seen.title} from the Go modules (the first time takes minutes)")
    ticker = asyncio.create_task(tick())
    try:
        yield
    finally:
        ticker.cancel()
    progress(f"built {seen.title} in {time.monotonic() - started:.0f} s")
