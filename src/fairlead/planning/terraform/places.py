"""Which folders with Terraform files are roots, and which environments each has."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from fairlead.formats.terraform.module import TerraformModule
from fairlead.model.frozen import dataclass
from fairlead.planning.argocd.environments import named_by_path

_MODULES: Final = frozenset(("modules", "module"))
_AUTOMATIC: Final = re.compile(r"(^|/)(terraform|[^/]*\.auto)\.tfvars(\.json)?$")
_SHARED: Final = frozenset(("common", "shared", "global", "globals", "default", "defaults", "base", "all", "variables"))
_TRIED: Final = frozenset(("examples", "example", "fixtures", "testdata"))
_FOLDERS: Final = ("environments", "envs", "env", "tfvars", "vars", "config")


@dataclass(frozen=True, slots=True, kw_only=True)
class TerraformPlace:
    """A root, for the environment that its folder or a variable file names: empty where neither does. *file* is that
    variable file."""

    folder: str
    environment: str = ""
    file: str = ""


def find_roots(modules: Mapping[str, TerraformModule]) -> tuple[str, ...]:
    """Folders that configure a backend, or that no module calls and that are not kept among modules. A folder that is
    called may configure providers, as old modules do."""
    called = {folder for module in modules.values() for folder in module.local_calls()}
    return tuple(
        sorted(
            folder
            for folder, module in modules.items()
            if module.backend
            or (folder not in called and (module.is_configured or not _MODULES & set(folder.split("/"))))
        )
    )


def without_examples(folders: Collection[str]) -> tuple[str, ...]:
    """Those that somebody deploys: examples and what tests use are left out where there is anything else."""
    real = tuple(f for f in folders if not _TRIED & set(f.split("/")) and not f.startswith("tests/"))
    return real or tuple(folders)


def places_of(folder: str, files: Collection[str]) -> tuple[TerraformPlace, ...]:
    """The environments of the root in *folder*: one for each variable file that is named like one, else that of its
    path."""
    if named := named_by_path(folder):
        return (TerraformPlace(folder=folder, environment=named),)
    found = tuple(_by_variables(folder, files))
    return found or (TerraformPlace(folder=folder),)


def automatic_files(folder: str, files: Collection[str]) -> tuple[str, ...]:
    """The variable files that Terraform reads by itself, in its order."""
    found = [f for f in files if (posixpath.dirname(f) or ".") == folder and _AUTOMATIC.search(f)]
    return tuple(sorted(found, key=lambda file: (".auto.tfvars" in file, file)))


def shared_files(folder: str, files: Collection[str]) -> tuple[str, ...]:
    """The variable files that are named as one for all environments: somebody gives them besides the one of each."""
    return tuple(file for file, name in _named_files(folder, files) if name in _SHARED)


def _by_variables(folder: str, files: Collection[str]) -> Iterator[TerraformPlace]:
    for file, name in _named_files(folder, files):
        if name not in _SHARED:
            yield TerraformPlace(folder=folder, environment=name, file=file)


def _named_files(folder: str, files: Collection[str]) -> Iterator[tuple[str, str]]:
    """The variable files in and below *folder* that no root reads by itself, with what they are named after."""
    for file in sorted(files):
        below = posixpath.relpath(f"/{file}", f"/{folder}")
        if _AUTOMATIC.search(file) or below.startswith(".."):
            continue
        stem = posixpath.basename(file).removesuffix(".json").removesuffix(".tfvars")
        parts = below.split("/")
        if (len(parts) == 1 and (stem in _SHARED or named_by_path(stem))) or (len(parts) == 2 and parts[0] in _FOLDERS):
            yield file, stem
        elif len(parts) == 3 and parts[0] in _FOLDERS:
            yield file, parts[1]
