"""All that one environment deploys, built offline for being judged: the objects with their places, and every fault."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator

from fairlead.engine.chance import drifting_fields
from fairlead.engine.kustomize_judging import KustomizeJudging
from fairlead.engine.manifest_files import is_named_later, require_object
from fairlead.engine.offline import PASSING_KEY, RenderedComponent, offline_target, render_offline
from fairlead.engine.plan_options import PlanOptions
from fairlead.engine.read_files import ReadFiles
from fairlead.engine.renderer import Renderer
from fairlead.engine.sources import Sources
from fairlead.engine.unknown_values import resolved_by_others
from fairlead.formats.manifests import Document, expand_lists, one_map
from fairlead.model.component import Component, HelmSource, ManifestsSource
from fairlead.model.environment import Delivery, Environment, expand
from fairlead.model.errors import InputError, Unavailable
from fairlead.model.finding import Finding, Location, Severity
from fairlead.model.frozen import dataclass, field, replace
from fairlead.model.objects import Manifest, ObjectRef, ref_of
from fairlead.model.plan import Phase
from fairlead.model.project import Project
from fairlead.model.rules import RULES
from fairlead.planning.chart_origins import ChartOrigins
from fairlead.planning.desired import Scopes, scopes_of
from fairlead.planning.kustomize.origins import KustomizeOrigins
from fairlead.planning.order import is_hook
from fairlead.planning.rules.environment_objects import EnvironmentObjects, FieldPath, JudgedObject
from fairlead.planning.stand_ins import left_open
from fairlead.planning.values import unused_globals
from fairlead.ports import ProjectFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedObject:
    """A manifest with what can say where each of its fields stands: its document, where it was read from a file, or its
    *origins*, where a tool built it. *stated* is where its component is. *unknown* are the outputs whose values are
    not in it yet. *namespace* is where it goes where it does not say. *is_hook*: only Helm runs it; *is_release*: Helm
    writes it."""

    manifest: Manifest
    component: str
    document: Document | None = None
    origins: KustomizeOrigins | ChartOrigins | None = None
    stated: Location | None = None
    unknown: tuple[str, ...] = ()
    namespace: str = ""
    is_hook: bool = False
    is_release: bool = False

    def judged(self, scopes: Scopes) -> JudgedObject:
        """As rules look at it: its reference has the namespace that it will have."""
        ref = ref_of(self.manifest)
        is_namespaced = scopes.is_namespaced(ref.group, ref.kind)
        namespace = (ref.namespace or self.namespace or "default") if is_namespaced else ""
        return JudgedObject(
            component=self.component,
            manifest=self.manifest,
            ref=replace(ref, namespace=namespace),
            is_hook=self.is_hook,
            is_release=self.is_release,
        )

    def located(self, finding: Finding, path: tuple[str | int, ...]) -> Finding:
        """*finding*, which is about the field at *path*, with its place or with what led to it."""
        found = replace(finding, component=self.component, location=self.place(path))
        chain = (self.stated,) if self.stated and not self.document else ()
        return replace(found, chain=finding.chain or chain)

    def place(self, path: tuple[str | int, ...]) -> Location | None:
        """Where the field at *path* is written, as far as that is known."""
        if self.document:
            return self.document.mark(path)
        return self.origins.place(self.manifest, path) if self.origins else None


@dataclass(slots=True, kw_only=True)
class EnvironmentBuild:
    """*objects* are those of every component that was built, *findings* say why others were not. *files* counts the
    files that were read here; *is_whole*: every component was built. *drifting* are fields that each
    rendering makes anew."""

    environment: Environment
    components: tuple[Component, ...]
    renderer: Renderer
    objects: list[PlacedObject] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    files: int = 0
    is_whole: bool = True
    drifting: dict[ObjectRef, FieldPath] = field(default_factory=dict)

    def scene(self) -> EnvironmentObjects:
        """What rules look at; in the order of *objects*."""
        scopes = scopes_of((one.manifest for one in self.objects), None)
        return EnvironmentObjects(
            objects=[one.judged(scopes) for one in self.objects],
            delivery=self.environment.delivery,
            is_whole=self.is_whole,
            guessed=self._guessed(),
        )

    def _guessed(self) -> tuple[str, ...]:
        """Folders of manifests that no file names."""
        if self.renderer.target.project.file:
            return ()
        return tuple(c.name for c in self.components if isinstance(c.source, ManifestsSource) and not c.location)


async def build_environment(
    project: Project,
    environment: Environment,
    sources: Sources,
    judging: KustomizeJudging,
    *,
    read: ReadFiles,
    free: asyncio.Semaphore,
) -> EnvironmentBuild:
    """*free* bounds how many components are rendered at once. What *judging* finds broken is not built."""
    components = tuple(c for c in project.components_of(environment) if c.phase is Phase.DEPLOY)
    renderer = Renderer(offline_target(project, environment, PlanOptions()), sources, key=PASSING_KEY)
    build = EnvironmentBuild(environment=environment, components=components, renderer=renderer)
    files = FileReading(read)
    for component in components:
        if isinstance(component.source, ManifestsSource):
            build.objects += files.manifests(component, environment)
    _read_values(project, environment, files)
    build.findings, build.files = files.findings, files.count
    judged = {c.name: judging.findings(c, environment) for c in components}
    build.findings += (finding for findings in judged.values() for finding in findings)
    broken = {name for name, findings in judged.items() if _is_broken(findings)}
    build.is_whole &= not broken
    rendered = [c for c in components if not isinstance(c.source, ManifestsSource) and c.name not in broken]

    async def render(component: Component) -> tuple[RenderedComponent, ...] | InputError | Unavailable:
        async with free:
            try:
                return await render_offline(renderer, (component,))
            except (InputError, Unavailable) as err:
                return err

    for component, result in zip(rendered, await asyncio.gather(*map(render, rendered)), strict=True):
        if isinstance(result, InputError):
            found = (_in_project(f, component, sources.files) for f in findings_of(result, component))
            build.findings += [_as_delivered(finding, project, environment) for finding in found]
            build.is_whole = False
        elif isinstance(result, Unavailable):
            build.findings.append(_unavailable(result, component))
            build.is_whole = False
        else:
            left_out = [_not_rendered(r) for r in result if r.desired is None]
            build.findings += left_out
            build.is_whole &= not left_out
            build.objects += _placed(result, judging, environment, sources.files)
            build.drifting |= await drifting_fields(renderer, result)
    return build


def _is_broken(findings: Iterable[Finding]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings)


def findings_of(error: InputError, component: Component | None = None) -> Iterator[Finding]:
    """Every fault in *error*, with the place of *component* as what led there."""
    stated = (component.location,) if component and component.location else ()
    name = component.name if component else ""
    for finding in error.as_findings(component=name):
        rule = RULES.get(finding.rule)
        severity = rule.severity if rule and not error.findings else finding.severity
        component_name = finding.component or name
        yield replace(finding, severity=severity, component=component_name, chain=finding.chain or stated)


def _as_delivered(finding: Finding, project: Project, environment: Environment) -> Finding:
    """What no lock file settles keeps us from deploying; who resolves it otherwise has no need of one."""
    is_ours = project.file and environment.delivery is Delivery.PUSH
    return finding if is_ours else resolved_by_others(finding)


def _in_project(finding: Finding, component: Component, files: ProjectFiles) -> Finding:
    """*finding* with a place that is a file of the project: helm names a chart's files from the chart's name on."""
    if not isinstance(component.source, HelmSource) or finding.location is None:
        return finding
    at = finding.location
    if file := ChartOrigins(component.source, {}, files.find).file(at.file):
        return replace(finding, location=replace(at, file=file))
    if files.find(at.file):
        return finding
    return replace(finding, location=None, message=f"{finding.message} ({at})")


def _placed(
    rendered: Iterable[RenderedComponent], judging: KustomizeJudging, environment: Environment, files: ProjectFiles
) -> Iterator[PlacedObject]:
    for one in rendered:
        if one.desired is None:
            continue
        source = one.component.source
        is_release = isinstance(source, HelmSource)
        origins = (
            ChartOrigins(source, one.templates, files.find)
            if isinstance(source, HelmSource)
            else judging.origins(one.component, environment)
        )
        ours = {id(crd) for crd in one.desired.crds.values()}  # of a chart's `crds/`
        for manifest in (*one.desired.crds.values(), *one.desired.objects.values(), *one.desired.hooks):
            yield PlacedObject(
                manifest=manifest,
                component=one.component.name,
                origins=origins,
                stated=one.component.location,
                unknown=(*one.unknown, *left_open(one.component)),
                namespace=one.component.namespace,
                is_hook=is_hook(manifest),
                is_release=is_release and id(manifest) not in ours,
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

    def __init__(self, read: ReadFiles) -> None:
        self._files = read.files
        self._read = read
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
            yield from self.manifest_file(file, component.name, namespace=component.namespace)

    def manifest_file(self, file: str, component: str, *, namespace: str = "") -> Iterator[PlacedObject]:
        self.count += 1
        for document in self._documents(file):
            if is_named_later(document.data):
                continue
            try:
                require_object(document.data, document.mark)
            except InputError as err:
                self.findings += err.as_findings(component=component)
                continue
            yield PlacedObject(
                manifest=document.data,
                component=component,
                document=document,
                namespace=namespace,
                is_hook=is_hook(document.data),
            )

    def _documents(self, file: str) -> tuple[Document, ...]:
        try:
            documents = self._read.documents(file)
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
            read = one_map(self._read.documents(path))
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
