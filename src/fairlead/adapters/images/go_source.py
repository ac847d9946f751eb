"""Go sources: what determines a build without starting a process, and a copy to build in.

A module is built in a copy of its own source, so that its own go.mod and go.sum hold, replaces included. Replaces that
point into a source tree which the module proxy does not serve need `replaces` of ours.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final, NoReturn

import orjson

from fairlead.adapters import process
from fairlead.adapters.images.tree import entries
from fairlead.adapters.tools.go import BuildFailed, compile_programs, find_go, go_environment
from fairlead.adapters.tools.tool import Platform
from fairlead.model.errors import InputError, StepFailed, Unavailable
from fairlead.model.image import GoSource

_DOWNLOAD_SECONDS: Final = 900
_EDIT_SECONDS: Final = 60
_REPLACE: Final = re.compile(
    r"""^[ \t]*(?:replace[ \t]+)?\S+(?:[ \t]+v\S+)?[ \t]+=>[ \t]+(?:"([^"\n]+)"|`([^`\n]+)`|([^\s"`]\S*))""",
    re.MULTILINE,
)
"""A line of go.mod; the target may be quoted."""
_LOCAL: Final = re.compile(r"\.{0,2}/|\.{1,2}$")
"""A path, not the path of a module: it begins with ./ or ../, or is absolute."""


def go_version(go: Path) -> str:
    """The version of a Go installation, without starting it."""
    program = go.resolve()
    stated = program.parent.parent / "VERSION"
    if stated.is_file():
        return stated.read_text().split("\n")[0].strip()
    found = program.stat()
    return f"{found.st_size} {found.st_mtime_ns}"


def require_go() -> Path:
    """Raises Unavailable where there is no Go."""
    go = find_go()
    if go is None:
        raise Unavailable("there is no Go to build the image with", hint="install Go, or put it on PATH")
    return go


def source_files(source: GoSource, *, project: Path) -> Iterator[Path]:
    """The files and folders of the project that a build reads, in path order. Raises InputError."""
    for folder in _folders(source, project=project):
        yield from entries(folder)


async def copy_source(source: GoSource, *, project: Path, staging: Path, go: Path, platform: Platform) -> Path:
    """Put the source below *staging* and return the folder of its module."""
    if source.module:
        module = await _copy_module(source, staging=staging, go=go, platform=platform)
    else:
        module = staging / "source" / source.folder
        module.mkdir(parents=True)
        for folder in _folders(source, project=project):
            shutil.copytree(folder, staging / "source" / folder.relative_to(project), symlinks=True, dirs_exist_ok=True)
    for file, text in source.texts.items():
        (module / file).write_text(text)
    for old, new in source.replaces.items():
        await _go(
            go,
            "mod",
            "edit",
            f"-replace={old.replace(' ', '@')}={new.replace(' ', '@')}",
            folder=module,
            platform=platform,
        )
    return module


async def compile_source(
    source: GoSource,
    *,
    title: str,
    module: Path,
    target: Path,
    go: Path,
    platform: Platform,
    tell: Callable[[str], None],
) -> Mapping[str, Path]:
    """Compile every program below *target*; by its path in the image. Raises StepFailed, Unavailable."""
    built = {path: target / f"{number}" for number, path in enumerate(source.programs)}
    try:
        await compile_programs(
            {built[path]: package for path, package in source.programs.items()},
            go=go,
            folder=module,
            platform=platform,
            title=title,
            stamps=source.stamps,
            tags=source.tags,
            hint="see that the module builds with this Go, and that Go modules can be reached",
            progress=tell,
        )
    except BuildFailed as err:
        raise StepFailed(err.message, hint=err.hint) from err
    return built


async def _copy_module(source: GoSource, *, staging: Path, go: Path, platform: Platform) -> Path:
    said = await _go(
        go,
        "mod",
        "download",
        "-json",
        f"{source.module}@{source.version}",
        folder=staging,
        platform=platform,
        seconds=_DOWNLOAD_SECONDS,
    )
    found = orjson.loads(said)
    module = staging / "source"
    # The modules' cache is read-only, and so would the copy be.
    shutil.copytree(found["Dir"], module, copy_function=_copy_writable)
    for folder in (module, *(path for path in module.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
    if not (module / "go.mod").is_file():
        shutil.copyfile(found["GoMod"], module / "go.mod")
    return module


def _copy_writable(source: str, target: str) -> None:
    shutil.copyfile(source, target)
    Path(target).chmod(0o644)


async def _go(go: Path, *words: str, folder: Path, platform: Platform, seconds: float = _EDIT_SECONDS) -> bytes:
    env = go_environment(platform, work=folder)
    done = await process.run([go, *words], env=env, cwd=folder, timeout=seconds)
    if done.code != 0:
        said = _error_of(done.stdout) or done.error_text
        raise Unavailable(
            f"go {' '.join(words)} failed: {' / '.join(said.splitlines()[:2])}",
            hint="see that the module and its version exist, and that Go modules can be reached",
        )
    return done.stdout


def _error_of(stdout: bytes) -> str:
    try:
        found = orjson.loads(stdout)
    except orjson.JSONDecodeError:
        return ""
    return str(found.get("Error", "")) if isinstance(found, dict) else ""


def _folders(source: GoSource, *, project: Path) -> list[Path]:
    """The module's folder, and those that its go.mod and *source* take other modules from."""
    found: list[Path] = []
    pending = [project / source.folder] if source.folder else []
    pending += _replacing_folders(source, project=project)
    while pending:
        folder = pending.pop(0)
        if folder in found:
            continue
        found.append(folder)
        pending += [_inside(folder / path, project=project) for path in _local_replaces(folder, project=project)]
    return found


def _replacing_folders(source: GoSource, *, project: Path) -> list[Path]:
    """Those that the project file names. A module of the proxy has its own folders below it, nothing beside it."""
    local = [path for path in source.replaces.values() if _LOCAL.match(path)]
    if source.folder:
        return [_inside(project / source.folder / path, project=project) for path in local]
    module = Path("/module")
    outside = [path for path in local if not Path(os.path.normpath(module / path)).is_relative_to(module)]
    return [_inside(Path(path), project=project) if path.startswith("/") else _refuse(path) for path in outside]


def _local_replaces(folder: Path, *, project: Path) -> list[str]:
    file = folder / "go.mod"
    if not file.is_file():
        place = folder.relative_to(project)
        raise InputError(f"{place} holds no go.mod", hint=f"run `go mod init` in {place}")
    targets = ("".join(found) for found in _REPLACE.findall(file.read_text()))
    return [target for target in targets if _LOCAL.match(target)]


def _inside(path: Path, *, project: Path) -> Path:
    place = path.resolve()
    if not place.is_relative_to(project):
        _refuse(str(path))
    return place


def _refuse(path: str) -> NoReturn:
    raise InputError(f"a replace of a Go module leaves the project: {path}", hint="copy that module into the project")
