"""All that one environment deploys, built offline for being judged: the objects with their places, and every fault."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from fairlead.engine.manifest_files import require_object
from fairlead.engine.offline import PASSING_KEY, RenderedComponent, offline_target, render_offline
from fairlead.engine.planned import PlanOptions
from fairlead.engine.renderer import Renderer, Sources
from fairlead.formats.manifests import Document, expand_lists, read_documents, read_value_file
from fairlead.model.component import Component, HelmSource, ManifestsSource
from fairlead.model.environment import Environment, expand
from fairlead.model.errors import InputError, Unavailable
from fairlead.model.finding import Finding, Location, Severity
from fairlead.model.objects import Manifest
from fairlead.model.plan import Phase
from fairlead.model.project import Project
from fairlead.model.rules import RULES
from fairlead.planning.values import unused_globals
from fairlead.ports import ProjectFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedObject:
    """A manifest with what can say where each of its fields stands: its document, where it was read from a file.
    *stated* is where its component is. *unknown* are the outputs whose values are not in it yet."""

    manifest: Manifest
    component: str
    document: Document | None = None
    stated: Location | None = None
    unknown: tuple[str, ...] = ()

    def located(self, finding: Finding, path: tuple[str | int, ...]) -> Finding:
        """*finding*, which is about the field at *path*, with its place or with what led to it."""
        if self.document:
            return replace(finding, component=self.component, location=self.document.mark(path))
        chain = (self.stated,) if self.stated else ()
        return replace(finding, component=self.component, chain=finding.chain or chain)


@dataclass(slots=True, kw_only=True)
class EnvironmentBuild:
    """*objects* are those of every component that was built, *findings* say why others were not. *files* counts the
    files that were read here."""

    environment: Environment
    components: tuple[Component, ...]
    renderer: Renderer
    objects: list[PlacedObject] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    files: int = 0


async def build_environment(
    project: Project, environment: Environment, sources: Sources, *, free: asyncio.Semaphore
) -> EnvironmentBuild:
    """*free* bounds how many components are rendered at once."""
    components = tuple(c for c in project.components_of(environment) if c.phase is Phase.DEPLOY)
    renderer = Renderer(offline_target(project, environment, PlanOptions()), sources, key=PASSING_KEY)
    build = EnvironmentBuild(environment=environment, components=components, renderer=renderer)
    files = FileReading(sources.files)
    for component in components:
        if isinstance(component.source, ManifestsSource):
            build.objects += files.manifests(component, environment)
    _read_values(project, environment, files)
    build.findings, build.files = files.findings, files.count
    rendered = [c for c in components if not isinstance(c.source, ManifestsSource)]

    async def render(component: Component) -> tuple[RenderedComponent, ...] | InputError | Unavailable:
        async with free:
            try:
                return await render_offline(renderer, (component,))
            except (InputError, Unavailable) as err:
                return err

    for component, result in zip(rendered, await asyncio.gather(*map(render, rendered)), strict=True):
        if isinstance(result, InputError):
            build.findings += findings_of(result, component)
        elif isinstance(result, Unavailable):
            build.findings.append(_unavailable(result, component))
        else:
            build.findings += [_not_rendered(r) for r in result if r.desired is None]
            build.objects += _placed(result)
    return build


def findings_of(error: InputError, component: Component | None = None) -> Iterator[Finding]:
    """Every fault in *error*, with the place of *component* as what led there."""
    stated = (component.location,) if component and component.location else ()
    for finding in error.as_findings(component=component.name if component else ""):
        rule = RULES.get(finding.rule)
        severity = rule.severity if rule and not error.findings else finding.severity
        yield replace(finding, severity=severity, chain=finding.chain or stated)


def _placed(rendered: Iterable[RenderedComponent]) -> Iterator[PlacedObject]:
    for one in rendered:
        if one.desired is None:
            continue
        for manifest in (*one.desired.crds.values(), *one.desired.objects.values()):
            yield PlacedObject(
                manifest=manifest, component=one.component.name, stated=one.component.location, unknown=one.unknown
            )


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


def _unavailable(error: Unavailable, component: Component) -> Finding:
    is_chart = isinstance(component.source, HelmSource)
    return Finding(
        rule="chart-unavailable" if is_chart else "base-unavailable",
        message=f"not rendered: {error.message}",
        hint=error.hint,
        severity=Severity.WARNING,
        location=component.location,
        component=component.name,
    )


def value_paths(name: str, stated: Iterable[str], environment: Environment) -> tuple[str, ...]:
    """The value files of the Helm component *name*; only those that it states must be there."""
    seen = environment.name_for("values")
    return (*(expand(path, environment) for path in stated), f"environments/{seen}/{name}.yaml")


def _read_values(project: Project, environment: Environment, files: FileReading) -> None:
    components = project.components_of(environment)
    for component in components:
        if isinstance(component.source, HelmSource):
            for path in value_paths(component.name, component.source.value_files, environment):
                files.values(path)
    shared = files.values(f"environments/{environment.name_for('values')}/values.yaml")
    declared = shared.data.get("global") if shared else None
    if shared and isinstance(declared, dict):
        files.findings += unused_globals(declared, components=components, place=shared.mark)


class FileReading:
    """Reads manifests and values files, and keeps what is wrong with them."""

    def __init__(self, files: ProjectFiles) -> None:
        self._files = files
        self.findings: list[Finding] = []
        self.count = 0

    def manifests(self, component: Component, environment: Environment) -> Iterator[PlacedObject]:
        if not isinstance(component.source, ManifestsSource):
            return
        paths = [expand(path, environment) for path in component.source.paths]
        try:
            found = self._files.expand(paths)
        except InputError as err:
            self.findings += findings_of(err, component)
            return
        for file in found:
            yield from self.manifest_file(file, component.name)

    def manifest_file(self, file: str, component: str) -> Iterator[PlacedObject]:
        self.count += 1
        for document in self._documents(file):
            try:
                require_object(document.data, document.mark)
            except InputError as err:
                self.findings += err.as_findings(component=component)
                continue
            yield PlacedObject(manifest=document.data, component=component, document=document)

    def _documents(self, file: str) -> tuple[Document, ...]:
        try:
            documents = read_documents(self._files.read_text(file), file=file)
            self.findings += documents.findings
            return expand_lists(documents.documents)
        except InputError as err:
            self.findings += err.as_findings()
            return ()

    def values(self, path: str) -> Document | None:
        """The one document of a values file, None where it is not there, empty or faulty."""
        if self._files.find(path) is None:
            return None
        self.count += 1
        try:
            read = read_value_file(self._files.read_text(path), file=path)
        except InputError as err:
            self.findings += err.as_findings()
            return None
        self.findings += read.findings
        return read.documents[0] if read.documents else None

    def expanded(self, path: str) -> tuple[str, ...]:
        try:
            return self._files.expand([path])
        except InputError:
            return ()  # the project file's own findings name a missing path
