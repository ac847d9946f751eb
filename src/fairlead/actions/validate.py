"""Checks a project and its manifests offline, and reports every fault at once with its place."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence

from fairlead.engine.environment_build import EnvironmentBuild, FileReading, PlacedObject, build_environment
from fairlead.engine.offline import kubernetes_of
from fairlead.engine.renderer import Sources
from fairlead.formats.json_data import dig_text
from fairlead.model.environment import Environment
from fairlead.model.plan import Phase
from fairlead.model.project import Project
from fairlead.model.rule import Stage
from fairlead.model.validation import Validation
from fairlead.planning.stand_ins import holds_stand_in
from fairlead.planning.value_path import value_at
from fairlead.ports import ProjectFiles, SchemaCheck

FILES_ONLY = (Stage.PROJECT, Stage.FILES)


async def validate(
    project: Project,
    environments: Sequence[Environment],
    sources: Sources,
    schemas: SchemaCheck,
    *,
    parallelism: int,
) -> Validation:
    """Every environment's manifests, values and rendered objects, *parallelism* components at once. The same fault is
    reported once."""
    free = asyncio.Semaphore(parallelism)
    builds = await asyncio.gather(*(build_environment(project, e, sources, free=free) for e in environments))
    phases = {c.name: c.phase for environment in environments for c in project.components_of(environment)}
    found = Validation(
        components=len(phases),
        deployed=sum(phase is Phase.DEPLOY for phase in phases.values()),
        environments=tuple(environment.name for environment in environments),
    )
    for build in builds:
        _judge(build, schemas, found)
    found.settle()
    return found


def _judge(build: EnvironmentBuild, schemas: SchemaCheck, found: Validation) -> None:
    found.files += build.files
    found.findings += build.findings
    _check_schemas(build.objects, kubernetes_of(build.environment), schemas, found)


def _check_schemas(objects: Sequence[PlacedObject], kubernetes: str, schemas: SchemaCheck, found: Validation) -> None:
    minor = ".".join(kubernetes.lstrip("v").split(".")[:2])
    faults, unknown = schemas.validate([one.manifest for one in objects], kubernetes=minor)
    found.checked += len(objects)
    found.unknown = Counter(found.unknown) + Counter(_kind(objects[index]) for index in unknown)
    for index, finding, path in faults:
        one = objects[index]
        if not holds_stand_in(value_at(one.manifest, path), one.unknown):
            found.findings.append(one.located(finding, path))


def _kind(one: PlacedObject) -> str:
    return f"{dig_text(one.manifest, 'kind')} ({dig_text(one.manifest, 'apiVersion')})"


def scan_files(
    files: ProjectFiles, *, manifests: Iterable[str], values: Iterable[str], schemas: SchemaCheck, kubernetes: str
) -> Validation:
    """The files alone: what can still be checked where the project file itself is faulty. Nothing is rendered."""
    reading = FileReading(files)
    found = Validation(stages=FILES_ONLY, is_partial=True)
    objects = [one for path in manifests for name in reading.expanded(path) for one in reading.manifest_file(name, "")]
    for path in values:
        reading.values(path)
    found.findings, found.files = reading.findings, reading.count
    _check_schemas(objects, kubernetes, schemas, found)
    found.settle()
    return found
