"""A project as its file: what cannot be found out again by reading the repository, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from fairlead.formats.yaml.text import dump_yaml
from fairlead.model.component import Component, KustomizeSource, ManifestsSource
from fairlead.model.environment import Delivery, Environment
from fairlead.model.project import Project

API_VERSION: Final = "fairlead.dev/v1"
_HEAD: Final = "# Written by `fairlead import`: change it as you like, it is not written again.\n"


def format_project(project: Project, *, stated: Sequence[Component] = ()) -> str:
    """The text of `fairlead.yaml` for *project*: *stated* are its components that no environment is read from."""
    fields: dict[str, Any] = {
        "apiVersion": API_VERSION,
        "project": project.name,
        "environments": {name: _environment(each) for name, each in project.environments.items()},
        "components": [_component(each, project) for each in stated],
    }
    return _HEAD + dump_yaml(fields)


def _environment(environment: Environment) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if environment.names:
        fields["as"] = {str(tool): name for tool, name in environment.names.items()}
    if environment.cluster.context:
        fields["cluster"] = {"driver": str(environment.cluster.driver), "context": environment.cluster.context}
    if environment.delivery is not Delivery.PUSH:
        fields["delivery"] = str(environment.delivery)
    if environment.kubernetes:
        fields["kubernetes"] = environment.kubernetes
    if environment.names:
        fields["as"] = dict(environment.names)
    if environment.read_from:
        fields["from"] = [{str(source.dialect): source.path} for source in environment.read_from]
    return fields


def _component(component: Component, project: Project) -> dict[str, Any]:
    fields: dict[str, Any] = {"name": component.name}
    match component.source:
        case KustomizeSource(folder=folder):
            fields["kustomize"] = folder
        case ManifestsSource(paths=paths):
            fields["manifests"] = paths[0] if len(paths) == 1 else list(paths)
    if set(component.environments) != set(project.environments):
        fields["environments"] = list(component.environments)
    return fields
