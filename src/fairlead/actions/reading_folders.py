"""What a repository deploys besides what a tool's files say: trees of kustomizations, and folders of manifests."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

from fairlead.engine.reading.charts import chart_remarks
from fairlead.engine.reading.kustomize import read_kustomize
from fairlead.model.component import Component, KustomizeSource, ManifestsSource
from fairlead.model.environment import Delivery, Environment
from fairlead.model.finding import Severity
from fairlead.model.project import Project
from fairlead.model.repository import Dialect, Reading, Remark
from fairlead.planning.environment_paths import dns_name
from fairlead.ports import ProjectFiles


def with_folders(reading: Reading, files: ProjectFiles, *, read: Collection[str] = ()) -> Reading:
    """*reading* with what nothing but its folder says that it is deployed. *read* are files that its builds read: the
    folders of those are spoken for."""
    folders = {file.rpartition("/")[0] for file in read} - {""}
    is_flux = any(each.delivery is Delivery.FLUX for each in reading.project.environments.values())
    part = read_kustomize(files, taken={*_taken(reading.project), *folders, *reading.put_away}, is_flux=is_flux)
    is_unread = any(environment.unread for environment in reading.project.environments.values())
    if is_unread or any(finding.severity is Severity.ERROR for finding in reading.findings):
        # What could not be read may name it.
        part = dataclasses.replace(part, findings=tuple(f for f in part.findings if f.rule != "kustomize-unused"))
        idle: tuple[Remark, ...] = ()
    else:
        idle = tuple(chart_remarks(reading.project.components, files))
    remarks = (*reading.remarks, *part.remarks, *idle)
    if not part.components:
        return dataclasses.replace(reading, remarks=remarks, findings=(*reading.findings, *part.findings))
    project = reading.project
    written = dict.fromkeys(name for component in part.components for name in component.environments)
    environments = {each.name: each for each in map(_environment_called, written)} | dict(project.environments)
    names = {component.name for component in project.components}
    stated = tuple(_stated(component, names) for component in part.components)
    kinds = {Dialect.KUSTOMIZE if isinstance(c.source, KustomizeSource) else Dialect.MANIFESTS for c in stated}
    return Reading(
        project=dataclasses.replace(project, environments=environments, components=(*project.components, *stated)),
        dialects=(*reading.dialects, *sorted(kinds)),
        remarks=remarks,
        findings=(*reading.findings, *part.findings),
        stated=stated,
    )


def _taken(project: Project) -> frozenset[str]:
    """The folders that what was read so far stands in, or deploys."""
    built = (component.source for component in project.components)
    folders = {s.folder for s in built if isinstance(s, KustomizeSource)}
    listed = {path for c in project.components if isinstance(c.source, ManifestsSource) for path in c.source.paths}
    sources = {source.path for environment in project.environments.values() for source in environment.read_from}
    return frozenset(folders | listed | sources)


def _environment_called(written: str) -> Environment:
    """The environment of a folder called *written*, which may be no name."""
    name = dns_name(written)
    return Environment(name=name, names={} if name == written else {"values": written})


def _stated(component: Component, names: Collection[str]) -> Component:
    name = f"{component.name}-folder" if component.name in names else component.name
    return dataclasses.replace(component, name=name, environments=tuple(map(dns_name, component.environments)))
