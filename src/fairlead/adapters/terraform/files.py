"""Which files determine a root's plan, found without starting a process.

Every regular file below the root and below the local modules it calls counts, because `file`, `templatefile` and
`fileset` can read any of them; and those outside that a string names (`"${path.module}/../values.yaml"`).
State, lock information and Terraform's own folder do not count: they change with each run.
"""

from __future__ import annotations

import os
import re
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
    """The files, in path order; one outside of *project* as `project/../name`, the same in every clone.

    Raises InputError where a module or a link leaves *project*, or a folder is missing.
    """
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
        files, links = _files_and_links(folder)
        for file in files:
            _require_inside(file.resolve(), inside, root)
        above, modules = _named_by(files, program=root.program)
        found |= files | above
        waiting += [*links, *modules]
    return tuple(sorted(project / os.path.relpath(file, inside) for file in found))


def _require_inside(path: Path, project: Path, root: TerraformRoot) -> None:
    if not path.is_relative_to(project):
        raise InputError(
            f"{root.component}: {path} is read by {Path(root.folder).name}, but lies outside of the project",
            hint="move it into the project, or name it by a registry or Git source",
        )


def _files_and_links(top: Path) -> tuple[set[Path], list[Path]]:
    """All files below *top*, and the links to folders."""
    if not top.is_dir():
        raise InputError(
            f"{top}: no such folder", hint="see `terraform:` of the component and the `source` of its modules"
        )
    files: set[Path] = set()
    links: list[Path] = []
    for place, folders, names in os.walk(top):
        folders[:] = [name for name in folders if name not in _SKIPPED_FOLDERS]
        links += [path for name in folders if (path := Path(place, name)).is_symlink()]
        files |= {path for name in names if not _SKIPPED_FILES.search(name) and (path := Path(place, name)).is_file()}
    return files, links


def _named_by(files: set[Path], *, program: str) -> tuple[set[Path], list[Path]]:
    """What the configuration among *files* names: files by a path that goes up, and local modules."""
    above: set[Path] = set()
    modules: list[Path] = []
    for folder in {file.parent for file in files}:
        modules += [folder / source for source in read_configuration(folder, program=program).module_sources]
        for file in configuration_files(folder, program=program):
            named = (folder / text for text in _PATH_ABOVE.findall(file.read_text(encoding="utf-8", errors="replace")))
            above |= {path.resolve() for path in named if path.is_file()}
    return above, modules
