"""The project file and what it names on disk: where it is, and whether its paths lead somewhere inside the project."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from fairlead.model.component import (
    CheckSource,
    Component,
    HelmSource,
    KustomizeSource,
    ManifestsSource,
    TerraformSource,
    TestSource,
)
from fairlead.model.environment import ALIASES, Environment, expand
from fairlead.model.errors import InputError
from fairlead.model.finding import Finding, Location
from fairlead.model.frozen import dataclass
from fairlead.model.image import ImageSource
from fairlead.model.project import Project

FILE_NAME: Final = "fairlead.yaml"
_CHART: Final = ("Chart.yaml",)
_KUSTOMIZATION: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_TERRAFORM: Final = ("*.tf", "*.tf.json", "*.tofu", "*.tofu.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """*holds* are patterns of which a folder has at least one; without them a file is wanted, *any_kind* takes both."""

    path: str
    what: str
    holds: tuple[str, ...] = ()
    any_kind: bool = False


class NoProject(InputError):
    def __init__(self, start: Path) -> None:
        super().__init__(
            f"no {FILE_NAME} in {start} or above it", hint="`fairlead import` writes one for what is there"
        )


def find_project(start: Path) -> Path:
    """The project file of *start* or of the nearest folder above it, as git finds its repository. Raises NoProject."""
    folder = start.absolute()
    for each in (folder, *folder.parents):
        if (each / FILE_NAME).is_file():
            return each / FILE_NAME
    raise NoProject(start)


def check_paths(project: Project, root: Path) -> tuple[Finding, ...]:
    """A finding per path that is missing, of the wrong kind, or leads out of *root*, the project's folder.

    The same path is looked at once, and reported once per component with the environments it is for.
    """
    findings = list(_two_folders(project, root))
    seen: dict[_Wanted, str] = {}
    for component in project.components:
        wanted: dict[_Wanted, list[str]] = {}
        for environment in project.environments.values():
            if component.is_in(environment.name):
                for each in _paths_of(component, environment):
                    wanted.setdefault(each, []).append(environment.name)
        for each, environments in wanted.items():
            if each not in seen:
                seen[each] = _fault(each, root)
            if seen[each]:
                findings.append(_finding(seen[each], component, each, environments, len(project.environments)))
    return tuple(findings)


def _finding(fault: str, component: Component, wanted: _Wanted, environments: Sequence[str], known: int) -> Finding:
    where = "" if len(environments) == known else f" (in {', '.join(environments)})"
    hint = ""
    if isinstance(component.source, HelmSource) and wanted.path == component.source.chart and "/" in wanted.path:
        hint = f"if {wanted.path.split('/', maxsplit=1)[0]} is a chart repository, write its URL under `repositories`"
    elif where:
        hint = "write it, or say in `environments` where the component belongs"
    return Finding(
        rule="missing-path" if "leads out" not in fault else "path-leaves-project",
        message=f"component {component.name}{where}: {fault}",
        hint=hint,
        location=component.location,
        component=component.name,
    )


def _paths_of(component: Component, environment: Environment) -> Iterator[_Wanted]:
    match component.source:
        case HelmSource() as source:
            if not source.repository:
                yield _Wanted(path=expand(source.chart, environment), what="chart", holds=_CHART)
            for path in source.value_files:
                yield _Wanted(path=expand(path, environment), what="values file")
        case KustomizeSource() as source:
            yield _Wanted(path=expand(source.folder, environment), what="kustomization", holds=_KUSTOMIZATION)
        case ManifestsSource() as source:
            for path in source.paths:
                yield _Wanted(path=expand(path, environment), what="manifests", any_kind=True)
        case TerraformSource() as source:
            yield _Wanted(path=expand(source.folder, environment), what="Terraform root", holds=_TERRAFORM)
        case ImageSource() as source:
            yield from _paths_of_image(source, environment)
        case TestSource(job=str(job)) if job:
            yield _Wanted(path=expand(job, environment), what="job")
        case CheckSource() | TestSource():
            pass
    for path in component.secrets:
        yield _Wanted(path=expand(path, environment), what="secrets file")


def _paths_of_image(source: ImageSource, environment: Environment) -> Iterator[_Wanted]:
    if source.go is not None and source.go.folder:
        yield _Wanted(path=expand(source.go.folder, environment), what="Go module", holds=("go.mod",))
    if source.dockerfile is not None:
        folder = expand(source.dockerfile.folder, environment)
        yield _Wanted(path=f"{folder}/{expand(source.dockerfile.file, environment)}", what="Dockerfile")
    for path in source.files.values():
        yield _Wanted(path=expand(path, environment), what="image file", any_kind=True)


def _fault(wanted: _Wanted, root: Path) -> str:
    path = root / wanted.path
    if not path.exists():
        return f"{wanted.what} {wanted.path} does not exist"
    if not path.resolve().is_relative_to(root.resolve()):
        return f"{wanted.what} {wanted.path} leads out of the project by a symbolic link"
    if wanted.holds:
        if not path.is_dir():
            return f"{wanted.what} {wanted.path} is no folder"
        if not any(next(path.glob(pattern), None) for pattern in wanted.holds):
            return f"{wanted.what} {wanted.path} holds no {' or '.join(wanted.holds)}"
    elif not wanted.any_kind and not path.is_file():
        return f"{wanted.what} {wanted.path} is no file"
    return ""


def _two_folders(project: Project, root: Path) -> Iterator[Finding]:
    """Values of one environment under two names, or under the name that is not looked at."""
    for alias, name in ALIASES.items():
        environment = project.environments.get(name)
        folders = [folder for folder in (name, alias) if (root / "environments" / folder).is_dir()]
        if environment is None or not folders:
            continue
        used = environment.name_for("values")
        if len(folders) == 2:
            message = f"environments/{name} and environments/{alias} are two folders for one environment"
            yield _folder_finding(message, hint="merge them into one", project=project)
        elif used not in folders and used in (name, alias):
            message = f"environments/{folders[0]} is not read: the environment {name} reads environments/{used}"
            hint = f"write `as: {{values: {folders[0]}}}` in {name}, or rename the folder"
            yield _folder_finding(message, hint=hint, project=project)


def _folder_finding(message: str, *, hint: str, project: Project) -> Finding:
    return Finding(rule="two-names", message=message, hint=hint, location=Location(project.file))
