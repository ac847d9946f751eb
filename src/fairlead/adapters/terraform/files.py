"""Which files determine a root's plan, found without starting a process.

Every regular file below the root and below the local modules it calls counts, because `file`, `templatefile` and
`fileset` can read any of them; and those outside that a string names (`"${path.module}/../values.yaml"`).
State, lock information and Terraform's own folder do not count: they change with each run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from fairlead.adapters.terraform.configuration import configuration_files, read_configuration
from fairlead.model.errors import InputError
from fairlead.model.infrastructure import TerraformRoot

_SKIPPED_FOLDERS = frozenset({".terraform", ".git"})
_SKIPPED_FILES = re.compile(
    r"\.tfstate(\.\d+)?(\.backup)?$|\.tfstate\.lock\.info$|^errored\.tfstate$|^crash(\.\d+)?\.log$"
)
_PATH_ABOVE = re.compile(r'"(?:\$\{path\.(?:module|root|cwd)\}/)?((?:\./)?\.\./[^"$%\\]*)"')


def find_files(root: TerraformRoot, *, project: Path) -> tuple[Path, ...]:
    """The files in path order. Raises InputError where a module or link leaves *project*, or the folder is missing."""
    inside = project.resolve()
    found: set[Path] = set()
    seen: set[Path] = set()
    waiting = [Path(root.folder)]
    while waiting:
        folder = waiting.pop().resolve()
        if folder in seen:
            continue
        seen.add(folder)
        _require_inside(folder, inside, root)
        for path in _walk(folder):
            target = path.resolve()
            if path.is_symlink() and target.is_dir():
                waiting.append(target)
            elif target.is_file():
                _require_inside(target, inside, root)
                found.add(path)
        modules, files = _named_outside(folder, program=root.program)
        waiting += modules
        found |= {file for file in files if file.is_relative_to(inside)}
    return tuple(sorted(found))


def _require_inside(path: Path, project: Path, root: TerraformRoot) -> None:
    if not path.is_relative_to(project):
        raise InputError(
            f"{root.component}: {path} is read by {Path(root.folder).name}, but lies outside of the project",
            hint="move it into the project, or name it by a registry or Git source",
        )


def _walk(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        raise InputError(
            f"{folder}: no such folder", hint="see `terraform:` of the component and the `source` of its modules"
        )
    for place, folders, names in os.walk(folder):
        for name in list(folders):
            if name in _SKIPPED_FOLDERS:
                folders.remove(name)
            elif (path := Path(place, name)).is_symlink():
                yield path
        yield from (Path(place, name) for name in names if not _SKIPPED_FILES.search(name))


def _named_outside(top: Path, *, program: str) -> tuple[list[Path], set[Path]]:
    """Local modules called, and files named by a path that goes up, from any folder below *top*."""
    modules: list[Path] = []
    files: set[Path] = set()
    for folder in {path.parent for path in _walk(top)}:
        modules += [folder / source for source in read_configuration(folder, program=program).module_sources]
        for file in configuration_files(folder, program=program):
            named = (folder / text for text in _PATH_ABOVE.findall(file.read_text(encoding="utf-8", errors="replace")))
            files |= {path.resolve() for path in named if path.is_file()}
    return modules, files
