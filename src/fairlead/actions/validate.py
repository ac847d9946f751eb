"""Checks a project and its manifests offline, and reports every fault at once with its place."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from fairlead.engine.offline import PASSING_KEY, kubernetes_of, offline_target, render_offline
from fairlead.engine.planner import PlanOptions
from fairlead.engine.renderer import Renderer, Sources, require_object
from fairlead.formats.manifests import Document, expand_lists, load_value_file, read_documents
from fairlead.model.component import Component, ManifestsSource
from fairlead.model.environment import Environment, expand
from fairlead.model.errors import InputError
from fairlead.model.finding import Finding, Location, Severity
from fairlead.model.objects import Manifest
from fairlead.model.plan import Phase
from fairlead.model.project import Project
from fairlead.planning.values import unused_globals
from fairlead.ports import ProjectFiles, SchemaCheck


@dataclass(slots=True, kw_only=True)
class Validation:
    """*checked* counts objects, *files* files; *unknown* objects of kinds that no schema covers."""

    findings: list[Finding] = field(default_factory=list)
    checked: int = 0
    files: int = 0
    unknown: int = 0

    @property
    def errors(self) -> int:
        return sum(f.severity is Severity.ERROR for f in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """A manifest with what can say where each of its fields stands: its document, where it was read from a file."""

    manifest: Manifest
    component: str
    document: Document | None = None


async def validate(
    project: Project, environments: Sequence[Environment], sources: Sources, schemas: SchemaCheck
) -> Validation:
    """Every environment's manifests, values and rendered objects. The same fault is reported once."""
    found = Validation()
    for environment in environments:
        await _validate_environment(project, environment, sources, schemas, found)
    found.findings = list(dict.fromkeys(found.findings))
    found.findings.sort(key=lambda f: (f.location or Location("~"), f.message))
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
            objects = [m for r in result if r.desired for m in (*r.desired.crds.values(), *r.desired.objects.values())]
            placed += [_Placed(manifest=m, component=component.name) for m in objects]
    _check_schemas(placed, kubernetes_of(environment), schemas, found)


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
            require_object(document.data, document.mark())
        except InputError as err:
            found.findings += _findings_of(err, component)
            continue
        yield _Placed(manifest=document.data, component=component, document=document)


def _check_values(project: Project, environment: Environment, files: ProjectFiles, found: Validation) -> None:
    path = f"environments/{environment.name_for('values')}/values.yaml"
    if files.find(path) is None:
        return
    found.files += 1
    try:
        values = load_value_file(files.read_text(path), file=path)
    except InputError as err:
        found.findings += _findings_of(err, "")
        return
    declared = values.get("global")
    if isinstance(declared, dict):
        found.findings += unused_globals(declared, components=project.components_of(environment), file=path)


def _check_schemas(placed: Sequence[_Placed], kubernetes: str, schemas: SchemaCheck, found: Validation) -> None:
    minor = ".".join(kubernetes.lstrip("v").split(".")[:2])
    faults, unknown = schemas.validate([p.manifest for p in placed], kubernetes=minor)
    found.checked += len(placed)
    found.unknown += unknown
    for index, finding, path in faults:
        found.findings.append(_located(finding, placed[index], path))


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


def scan_files(files: ProjectFiles, paths: Sequence[str]) -> Validation:
    """The manifests in *paths* alone: what can still be checked where the project file itself is faulty."""
    found = Validation()
    try:
        names = files.expand(paths) if paths else ()
    except InputError:
        return found  # the project file's own findings name the missing path
    for name in names:
        for _ in _read_file(name, "", files, found):
            found.checked += 1
    return found
