"""Checks a project and its manifests offline, and reports every fault at once with its place."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from fairlead.engine.chance import drifting
from fairlead.engine.environment_build import EnvironmentBuild, FileReading, PlacedObject, build_environment
from fairlead.engine.kustomize_judging import KustomizeJudging
from fairlead.engine.offline import kubernetes_of
from fairlead.engine.read_files import ReadFiles
from fairlead.engine.repository_scan import scan_repository
from fairlead.engine.sources import Sources
from fairlead.engine.value_judging import judge_values
from fairlead.formats.json_data import dig_text
from fairlead.model.environment import ALIASES, Environment
from fairlead.model.finding import Finding
from fairlead.model.plan import Phase
from fairlead.model.project import Project
from fairlead.model.rule import Stage
from fairlead.model.validation import Validation
from fairlead.model.waiver import Waiver
from fairlead.planning.rules.environment_objects import FieldPath
from fairlead.planning.rules.object_rules import judge_objects
from fairlead.planning.stand_ins import holds_stand_in
from fairlead.planning.telling_once import told_once
from fairlead.planning.value_path import value_at
from fairlead.planning.waiving import waive
from fairlead.ports import ProjectFiles, SchemaCheck

FILES_ONLY = (Stage.PROJECT, Stage.FILES)


async def validate(
    project: Project,
    environments: Sequence[Environment],
    sources: Sources,
    schemas: SchemaCheck,
    *,
    seen: Sequence[Finding] = (),
    waivers: Sequence[Waiver] = (),
    today: date,
    parallelism: int,
) -> Validation:
    """Every environment's manifests, values and rendered objects, *parallelism* components at once. *seen* was found
    while the project was read. The same fault is reported once; what *waivers* are about does not count."""
    free, read = asyncio.Semaphore(parallelism), ReadFiles(sources.files)
    judging = KustomizeJudging(sources.files)
    builds = await asyncio.gather(
        *(build_environment(project, e, sources, judging, read=read, free=free) for e in environments)
    )
    phases = {c.name: c.phase for environment in environments for c in project.components_of(environment)}
    found = Validation(
        components=len(phases),
        deployed=sum(phase is Phase.DEPLOY for phase in phases.values()),
        environments=tuple(environment.name for environment in environments),
    )
    for build in builds:
        _judge(build, schemas, found)
        found.findings += await judge_values(build, sources)
    found.findings += scan_repository(read, environments=_names(project))
    found.findings = [*told_once(seen, found.findings)]
    found.settle()
    is_whole = len(environments) == len(project.environments)
    found.findings, found.waived = waive(found.findings, waivers, today=today, is_whole=is_whole)
    found.settle()
    return found


def _names(project: Project) -> frozenset[str]:
    """Everything that an environment, or a group of them, is called."""
    seen = (name for environment in project.environments.values() for name in environment.names.values())
    return frozenset((*project.environments, *project.groups, *seen, *ALIASES))


def _judge(build: EnvironmentBuild, schemas: SchemaCheck, found: Validation) -> None:
    found.files += build.files
    found.findings += build.findings
    _check_schemas(build.objects, kubernetes_of(build.environment), schemas, found)
    scene = build.scene()
    for judgement in judge_objects(scene):
        other = None if judgement.other is None else build.objects[judgement.other].place(judgement.path)
        finding = judgement.finding
        if other is not None:
            finding = dataclasses.replace(finding, message=f"{finding.message}; the other one: {other}")
        _add(build.objects[judgement.index], finding, judgement.path, found)
    for one, judged in zip(build.objects, scene.objects, strict=True):
        if path := build.drifting.get(judged.ref):
            _add(one, drifting(judged.ref, path), path, found)


def _add(one: PlacedObject, finding: Finding, path: FieldPath, found: Validation) -> None:
    """Nothing is said of a field whose real value is not known yet."""
    if not holds_stand_in(value_at(one.manifest, path), one.unknown):
        found.findings.append(one.located(finding, path))


def _check_schemas(objects: Sequence[PlacedObject], kubernetes: str, schemas: SchemaCheck, found: Validation) -> None:
    minor = ".".join(kubernetes.lstrip("v").split(".")[:2])
    faults, unknown = schemas.validate([one.manifest for one in objects], kubernetes=minor)
    found.checked += len(objects)
    found.unknown = Counter(found.unknown) + Counter(_kind(objects[index]) for index in unknown)
    for index, finding, path in faults:
        _add(objects[index], finding, path, found)


def _kind(one: PlacedObject) -> str:
    return f"{dig_text(one.manifest, 'kind')} ({dig_text(one.manifest, 'apiVersion')})"


def scan_files(
    files: ProjectFiles, *, manifests: Iterable[str], values: Iterable[str], schemas: SchemaCheck, kubernetes: str
) -> Validation:
    """The files alone: what can still be checked where the project file itself is faulty. Nothing is rendered."""
    reading = FileReading(ReadFiles(files))
    found = Validation(stages=FILES_ONLY, is_partial=True)
    objects = [one for path in manifests for name in reading.expanded(path) for one in reading.manifest_file(name, "")]
    for path in values:
        reading.values(path)
    found.findings, found.files = reading.findings, reading.count
    _check_schemas(objects, kubernetes, schemas, found)
    found.settle()
    return found
