"""Checks a project and its manifests offline, and reports every fault at once with its place."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from fairlead.engine.manifest_files import require_object
from fairlead.engine.offline import PASSING_KEY, RenderedComponent, kubernetes_of, offline_target, render_offline
from fairlead.engine.planned import PlanOptions
from fairlead.engine.renderer import Renderer, Sources
from fairlead.formats.manifests import Document, expand_lists, read_documents, read_value_file
from fairlead.model.component import Component, HelmSource, ManifestsSource
from fairlead.model.environment import Environment, expand
from fairlead.model.errors import InputError
from fairlead.model.finding import Finding, Location, Severity
from fairlead.model.objects import Manifest
from fairlead.model.plan import Phase
from fairlead.model.project import Project
from fairlead.planning.stand_ins import holds_stand_in
from fairlead.planning.value_path import value_at
from fairlead.planning.values import unused_globals
from fairlead.ports import ProjectFiles, SchemaCheck


@dataclass(slots=True, kw_only=True)
class Validation:
    """*checked* counts objects, *files* files; *unknown* objects of kinds that no schema covers.
    *components* counts components, *deployed* those of them that should have objects. *is_partial*: nothing was
    rendered, because the project file is faulty."""

    findings: list[Finding] = field(default_factory=list)
    checked: int = 0
    files: int = 0
    unknown: int = 0
    components: int = 0
    deployed: int = 0
    is_partial: bool = False

    @property
    def errors(self) -> int:
        return sum(f.severity is Severity.ERROR for f in self.findings)

    @property
    def is_empty(self) -> bool:
        """There was no object, though there should be. Of Terraform roots and images alone, the project file is all
        there is to check offline."""
        return not self.checked and (self.deployed > 0 or not self.components)

    def settle(self) -> None:
        """Put the findings in the order of their places; a fault that several components meet is one fault."""
        said = {(f.location or f.ref or f.component, f.message): f for f in reversed(self.findings)}
        self.findings = sorted(said.values(), key=lambda f: (f.location or Location("~"), f.message))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """A manifest with what can say where each of its fields stands: its document, where it was read from a file.
    *unknown* are the outputs whose values are not in it yet."""

    manifest: Manifest
    component: str
    document: Document | None = None
    unknown: tuple[str, ...] = ()


async def validate(
    project: Project, environments: Sequence[Environment], sources: Sources, schemas: SchemaCheck
) -> Validation:
    """Every environment's manifests, values and rendered objects. The same fault is reported once."""
    phases = {c.name: c.phase for environment in environments for c in project.components_of(environment)}
    found = Validation(components=len(phases), deployed=sum(phase is Phase.DEPLOY for phase in phases.values()))
    for environment in environments:
        await _validate_environment(project, environment, sources, schemas, found)
    found.settle()
    return found


async def _validate_environment(
    project: Project, environment: Environment, sources: Sources, schemas: SchemaCheck, found: Validation
) -> None:
    components = [c for c in project.components_of(environment) if c.phase is Phase.DEPLOY]
    placed = [p for c in components for p in _read_plain(c, environment, sources.files, found)]
    _check_values(project, environment, sources.files, found)
    rendered = tuple(c for c in components if not isinstance(c.source, ManifestsSource))
    renderer = Renderer(offline_target(project, environment, PlanOptions()), sources, key=PASSING_KEY)
    results = await asyncio.gather(*(render_offline(renderer, (c,)) for c in rendered), return_exceptions=True)
    for component, result in zip(rendered, results, strict=True):
        if isinstance(result, InputError):
            found.findings += _findings_of(result, component.name)
        elif isinstance(result, BaseException):
            raise result
        else:
            found.findings += [_not_rendered(r) for r in result if r.desired is None]
            placed += [
                _Placed(manifest=m, component=component.name, unknown=r.unknown)
                for r in result
                if r.desired
                for m in (*r.desired.crds.values(), *r.desired.objects.values())
            ]
    _check_schemas(placed, kubernetes_of(environment), schemas, found)


def _not_rendered(rendered: RenderedComponent) -> Finding:
    name, outputs = rendered.component.name, ", ".join(rendered.unknown)
    return Finding(
        rule="not-rendered",
        message=f"{name} is not checked, for it cannot be rendered before {outputs} are known: {rendered.why_not}",
        hint="`fairlead plan` checks it once they are",
        severity=Severity.WARNING,
        location=rendered.component.location,
        component=name,
    )


def _read_plain(
    component: Component, environment: Environment, files: ProjectFiles, found: Validation
) -> Iterable[_Placed]:
    if not isinstance(component.source, ManifestsSource):
        return
    for file in files.expand([expand(path, environment) for path in component.source.paths]):
        yield from _read_file(file, component.name, files, found)


def _read_file(file: str, component: str, files: ProjectFiles, found: Validation) -> Iterable[_Placed]:
    found.files += 1
    try:
        documents = read_documents(files.read_text(file), file=file)
        found.findings += documents.findings
        expanded = expand_lists(documents.documents)
    except InputError as err:
        found.findings += _findings_of(err, component)
        return
    for document in expanded:
        try:
            require_object(document.data, document.mark)
        except InputError as err:
            found.findings += _findings_of(err, component)
            continue
        yield _Placed(manifest=document.data, component=component, document=document)


def value_paths(name: str, stated: Iterable[str], environment: Environment) -> tuple[str, ...]:
    """The value files of the Helm component *name*; only those that it states must be there."""
    seen = environment.name_for("values")
    return (*(expand(path, environment) for path in stated), f"environments/{seen}/{name}.yaml")


def _check_values(project: Project, environment: Environment, files: ProjectFiles, found: Validation) -> None:
    components = project.components_of(environment)
    for component in components:
        if isinstance(component.source, HelmSource):
            for path in value_paths(component.name, component.source.value_files, environment):
                _read_values(path, files, found)
    shared = _read_values(f"environments/{environment.name_for('values')}/values.yaml", files, found)
    declared = shared.data.get("global") if shared else None
    if shared and isinstance(declared, dict):
        found.findings += unused_globals(declared, components=components, place=shared.mark)


def _read_values(path: str, files: ProjectFiles, found: Validation) -> Document | None:
    """The one document of a value file, None where it is not there, empty or faulty."""
    if files.find(path) is None:
        return None
    found.files += 1
    try:
        read = read_value_file(files.read_text(path), file=path)
    except InputError as err:
        found.findings += _findings_of(err, "")
        return None
    found.findings += read.findings
    return read.documents[0] if read.documents else None


def _check_schemas(placed: Sequence[_Placed], kubernetes: str, schemas: SchemaCheck, found: Validation) -> None:
    minor = ".".join(kubernetes.lstrip("v").split(".")[:2])
    faults, unknown = schemas.validate([p.manifest for p in placed], kubernetes=minor)
    found.checked += len(placed)
    found.unknown += unknown
    for index, finding, path in faults:
        one = placed[index]
        if not holds_stand_in(value_at(one.manifest, path), one.unknown):
            found.findings.append(_located(finding, one, path))


def _located(finding: Finding, placed: _Placed, path: tuple[str | int, ...]) -> Finding:
    return Finding(
        rule=finding.rule,
        message=finding.message,
        hint=finding.hint,
        severity=finding.severity,
        location=placed.document.mark(path) if placed.document else None,
        ref=finding.ref,
        component=placed.component,
    )


def _findings_of(error: InputError, component: str) -> tuple[Finding, ...]:
    own = Finding(rule="input", message=error.message, hint=error.hint, location=error.location, component=component)
    return error.findings or (own,)


def scan_files(
    files: ProjectFiles, *, manifests: Iterable[str], values: Iterable[str], schemas: SchemaCheck, kubernetes: str
) -> Validation:
    """The files alone: what can still be checked where the project file itself is faulty. Nothing is rendered."""
    found = Validation()
    placed = [p for path in manifests for name in _expanded(path, files) for p in _read_file(name, "", files, found)]
    for path in values:
        _read_values(path, files, found)
    _check_schemas(placed, kubernetes, schemas, found)
    found.settle()
    return found


def _expanded(path: str, files: ProjectFiles) -> tuple[str, ...]:
    try:
        return files.expand([path])
    except InputError:
        return ()  # the project file's own findings name a missing path
